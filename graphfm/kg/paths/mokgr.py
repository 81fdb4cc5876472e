"""Path reasoners ready to train: MoKGR, and the two that fall out of it as settings, AdaProp and RED-GNN."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from typing_extensions import Unpack

from graphfm.kg.paths.gate import EarlyStop, LastLength, LengthGate
from graphfm.kg.paths.pruning import PRUNING_EXPERTS, PruningMixture, widths
from graphfm.kg.paths.reasoner import Reasoner, ReasonerOptions
from graphfm.settings import Count, Layers, Positive


def mokgr(
    num_relations: int,
    *,
    channels: Count = 64,
    num_layers: Layers = 6,
    min_length: Count = 2,
    num_lengths: Count = 4,
    experts: Sequence[str] = ("score", "attention", "semantic"),
    num_experts: Count = 2,
    width: Count | Sequence[Count] | None = None,
    temperature: Positive = 1.0,
    noise: bool = True,
    stop: Positive | None = None,
    **options: Unpack[ReasonerOptions],
) -> Reasoner:
    """MoKGR: mixtures of length experts and of pruning experts (Du et al. 2025, arXiv 2507.20498).

    Args:
        num_relations: R, without inverses.
        channels: d.
        num_layers: L, the longest path.
        min_length: L_min, the shortest path that counts.
        num_lengths: k1, lengths that a query uses, clamped to what there is.
        experts: names of `graphfm.kg.paths.pruning.PRUNING_EXPERTS`.
        num_experts: k2, pruning experts that a query uses.
        width: nodes that an expert keeps, one number or one for each layer; `widths` unless given.
        temperature: of the length gate.
        noise: draw noise in the gates while training.
        stop: threshold of `EarlyStop`; None never stops early. The paper's 0.1 ends every query after half of the layers:
            the ratio it is compared with was 0.8 to 6 after two layers of a trained model.
        **options: see `Reasoner`.

    Raises:
        ValueError: an unknown expert or one named twice, lengths beyond the layers, or more or fewer widths than layers.

    >>> mokgr(3, channels=8, num_layers=4).lengths.first
    2
    """
    unknown = [name for name in experts if name not in PRUNING_EXPERTS]
    if unknown or not experts or len(set(experts)) < len(experts):
        raise ValueError(
            f"received the pruning experts {[*experts]}, expected some of {', '.join(PRUNING_EXPERTS)}, once each"
        )
    per_layer = _per_layer(widths(num_layers) if width is None else width, num_layers)
    available = num_layers - min_length + 1
    return Reasoner(
        num_relations,
        channels,
        lengths=LengthGate(
            channels,
            first=min_length,
            last=num_layers,
            k=min(num_lengths, available),
            temperature=temperature,
            noise=noise,
        ),
        pruning=[
            PruningMixture([PRUNING_EXPERTS[name]() for name in experts], channels, width=k, k=num_experts, noise=noise)
            for k in per_layer
        ],
        stop=None if stop is None else EarlyStop(channels, threshold=stop),
        **options,
    )


def adaprop(
    num_relations: int,
    *,
    channels: Count = 64,
    num_layers: Layers = 6,
    width: Count | Sequence[Count] = 1000,
    **options: Unpack[ReasonerOptions],
) -> Reasoner:
    """AdaProp: one length, and the nodes of highest score kept (Zhang et al. 2023, arXiv 2205.15319)."""
    return Reasoner(
        num_relations,
        channels,
        lengths=LastLength(num_layers),
        pruning=[
            PruningMixture([PRUNING_EXPERTS["score"]()], channels, width=k, k=1) for k in _per_layer(width, num_layers)
        ],
        **options,
    )


def red_gnn(
    num_relations: int,
    *,
    channels: Count = 64,
    num_layers: Layers = 4,
    **options: Unpack[ReasonerOptions],
) -> Reasoner:
    """RED-GNN: one length, nothing pruned (Zhang and Yao 2022, arXiv 2108.06040)."""
    return Reasoner(
        num_relations,
        channels,
        lengths=LastLength(num_layers),
        **options,
    )


#: The reasoners by name.
METHODS: dict[str, Callable[..., Reasoner]] = {"mokgr": mokgr, "adaprop": adaprop, "redgnn": red_gnn}


def _per_layer(width: int | Sequence[int], num_layers: int) -> list[int]:
    given = [width] * num_layers if isinstance(width, int) else [*width]
    if len(given) != num_layers:
        raise ValueError(f"received {len(given)} widths for {num_layers} layers, expected one for each")
    return given
