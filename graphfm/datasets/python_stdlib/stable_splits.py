"""Deterministic splits for both jobs; nothing is drawn at random, so that they are the same on every machine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from graphfm.datasets.python_stdlib.library import Reference

# In this order where a chapter has too few modules for all three.
NODE_SHARES = {"train": 0.6, "test": 0.2, "val": 0.2}
_HELD_OUT = 0.2


def split_modules(sizes: dict[str, int], groups: dict[str, int]) -> dict[str, str]:
    """The split of each module, such that within each group the splits come near their shares of the nodes.

    Largest module first, each goes to the split that misses most.

    Args:
        sizes: nodes of each module.
        groups: class of each module.

    >>> split_modules({"a": 6, "b": 2, "c": 2}, {"a": 0, "b": 0, "c": 0})
    {'a': 'train', 'b': 'test', 'c': 'val'}
    """
    totals: Counter[int] = Counter()
    for module, size in sizes.items():
        totals[groups[module]] += size
    filled: Counter[tuple[int, str]] = Counter()
    splits = {}
    for module in sorted(sizes, key=lambda module: (-sizes[module], module)):
        group = groups[module]
        missing = {split: share * totals[group] - filled[group, split] for split, share in NODE_SHARES.items()}
        splits[module] = max(missing, key=missing.__getitem__)
        filled[group, splits[module]] += sizes[module]
    return splits


def split_triples(triples: Sequence[Reference]) -> dict[str, list[int]]:
    """Positions of the training, validation and test triples, 80 / 10 / 10.

    Triples are held out in the order of their hashes, unless an entity or relation would be left without a training
    triple, or the two entities are joined by another triple that would give the answer away.
    """
    entities = Counter(entity for source, _, target in triples for entity in (source, target))
    relations = Counter(relation for _, relation, _ in triples)
    joined = Counter(frozenset((source, target)) for source, _, target in triples)

    held_out: list[int] = []
    for position in sorted(range(len(triples)), key=lambda position: _digest(triples[position])):
        source, relation, target = triples[position]
        if len(held_out) >= _HELD_OUT * len(triples):
            break
        if (
            joined[frozenset((source, target))] == 1
            and min(entities[source], entities[target], relations[relation]) > 1
        ):
            entities.subtract((source, target))
            relations.subtract((relation,))
            held_out.append(position)

    splits = defaultdict(list, val=sorted(held_out[::2]), test=sorted(held_out[1::2]))
    splits["train"] = sorted(set(range(len(triples))) - set(held_out))
    return splits


def _digest(triple: Reference) -> bytes:
    return blake2b("\t".join(triple).encode(), digest_size=8).digest()
