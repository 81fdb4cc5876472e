"""Relations read from the graph they stand in: vectors for relations that no training had a name for."""
