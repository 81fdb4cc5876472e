"""Readers: each turns what is known of a graph into log posteriors of its nodes, read by a fit that has not seen them.

A reader is a function ``(target, log_posterior or None) -> log posteriors (N, C)``; the second argument is what is believed
so far. A new one is a function here, in a file of its own or not, and one entry in `graphfm.classification.pool.MEMBERS`.
"""
