"""Sparse building blocks every model stands on: adjacency, products, segment reductions, typed messages."""

from graphfm.ops.adjacency import Adjacency, adjacency, spmm
from graphfm.ops.message import typed_message
from graphfm.ops.products import Linear, linear
from graphfm.ops.segment import segment_max, segment_softmax

__all__ = ["Adjacency", "Linear", "adjacency", "linear", "segment_max", "segment_softmax", "spmm", "typed_message"]
