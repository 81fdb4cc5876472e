"""Models with a vector per entity: tables, negatives, losses of a batch, optimisers that touch few rows."""
