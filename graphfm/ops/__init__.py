"""Sparse building blocks every model stands on: adjacency, sparse products, segment reductions, typed messages."""

from graphfm.ops.adjacency import Adjacency, adjacency, spmm
from graphfm.ops.message import typed_message
from graphfm.ops.segment import segment_max, segment_softmax

__all__ = ["Adjacency", "adjacency", "segment_max", "segment_softmax", "spmm", "typed_message"]
