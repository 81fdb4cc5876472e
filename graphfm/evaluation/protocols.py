"""How an inductive set is trained on and judged: three protocols whose numbers must not be compared with one another.

An inductive set has a training graph X with train, val and test, and an inference graph of other entities with the same
three. What is called training, validation and test differs between papers:

======== ===================== ============ ========================== =================================
protocol training queries      validation   test queries               candidates
======== ===================== ============ ========================== =================================
U        X train, own edges    X val        val + test of inference    all entities of inference
         taken out
R        X val, on X train     X test       val + test of inference    all entities of inference
G        as U                  X val        test of inference          50 random wrong answers
======== ===================== ============ ========================== =================================

A set whose training graph has no validation triples (ILPC) is of none of the three: its inference graph's test is ranked.
U is what NBFNet's and ULTRA's line of papers reports, R that of RED-GNN and AdaProp, G that of GraIL.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError

PROTOCOLS = ("U", "R", "G")
NEGATIVES = 50  # of protocol G


def resolve(graph: Triples, protocol: str | None) -> str | None:
    """The protocol to follow: U for an inductive set of this kind unless another is named, none for any other set.

    Raises:
        DataError: an unknown protocol, or one for a set without an inference graph.
    """
    if protocol is None:
        return "U" if graph.inference is not None and len(graph.val) else None
    if protocol.upper() not in PROTOCOLS:
        raise DataError(f"the protocol {protocol!r}", expected=f"one of {', '.join(PROTOCOLS)}")
    if graph.inference is None or not len(graph.val):
        expected = "an inductive set with validation triples on its training graph"
        raise DataError(f"protocol {protocol} for {graph.name}", expected=expected)
    return protocol.upper()


def asked(graph: Triples, protocol: str | None) -> Tensor:
    """Triples to ask for in training, `(n, 3)`."""
    return graph.val if protocol == "R" else graph.train


def validation(graph: Triples, protocol: str | None) -> Tensor:
    """Triples to rank on the training graph while training, `(n, 3)`."""
    return graph.test if protocol == "R" else graph.val


def judged(graph: Triples, protocol: str | None, split: str = "test") -> Triples:
    """The graph whose `split` is ranked: `graph` itself, or its inference graph as the protocol reads it.

    Validation triples are those of training, so that what is chosen by them has seen nothing of the inference graph.
    """
    if graph.inference is None:
        return graph
    if split == "val" and protocol is not None:
        other = graph.val if protocol == "R" else graph.test  # known answers all the same
        return replace(graph, val=validation(graph, protocol), test=other, inference=None, qualifiers={})
    inference = graph.inference
    if protocol not in ("U", "R"):
        return inference
    return replace(inference, val=inference.val[:0], test=torch.cat([inference.val, inference.test]), qualifiers={})
