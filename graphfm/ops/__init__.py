"""Sparse building blocks every model stands on: adjacency, sparse products, segment reductions, typed messages.

Three tiers compute the same numbers, chosen by the argument ``tier``: ``"native"`` (the default: plain torch, works
everywhere), ``"compiled"`` (`torch.compile`; native where there is no C++ compiler) and ``"torch_scatter"`` (the
optional package).
"""

from graphfm.ops.adjacency import Adjacency, adjacency, spmm
from graphfm.ops.message import typed_message
from graphfm.ops.segment import segment_max, segment_mean, segment_softmax, segment_sum
from graphfm.ops.tiers import Tier

__all__ = [
    "Adjacency",
    "Tier",
    "adjacency",
    "segment_max",
    "segment_mean",
    "segment_softmax",
    "segment_sum",
    "spmm",
    "typed_message",
]
