"""Contrastive pretraining on text graphs: corpora, batches, the loss and its Lightning module."""
