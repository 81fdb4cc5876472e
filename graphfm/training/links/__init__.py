"""Training on triples: queries and batches, and a Lightning module for each family of link models."""
