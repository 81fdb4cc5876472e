"""Class labels as people write them, numbers or names, and the classes they stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from graphfm.datasets.text_graphs.records import NOTHING, NodeTable
from graphfm.errors import did_you_mean

_WHOLE = re.compile(r"(?:0|[1-9]\d{0,14})(?:\.0)?")


@dataclass(frozen=True)
class Classes:
    """The classes a label may name; `ids` are the numbers that stand for them, 0, 1, ... when left out."""

    names: list[str]
    descriptions: list[str] | None = None
    ids: Sequence[int] = ()

    @staticmethod
    def named(names: Sequence[str] | None, descriptions: Sequence[str] | None = None) -> Classes | None:
        """The classes of a list of names; None without one."""
        return None if names is None else Classes(list(names), None if descriptions is None else list(descriptions))

    def numbers(self) -> Sequence[int]:
        return self.ids or range(len(self.names))

    def shared_names(self) -> list[str]:
        """Names that stand for more than one class."""
        return [name for name, count in Counter(self.names).items() if count > 1]


def without_marks(nodes: NodeTable, classes: Classes | None) -> tuple[NodeTable, list[str]]:
    """The nodes, without the labels that stand for none (-1, NULL, NaN, ?), and what is to be said of them.

    A class of such a name that is among `classes` stays, and so does -1 among other negative numbers.
    """
    named = set() if classes is None else {*classes.names, *map(str, classes.numbers())}
    below = {str(_plain(label)) for label in nodes.labels if str(label).startswith("-") and str(label) not in NOTHING}
    marks = (NOTHING | {"?"} | ({"-1", "-1.0"} if below <= {"-1", "-1.0"} else set())) - named
    gone = [label is not None and not isinstance(label, bool) and str(label).strip() in marks for label in nodes.labels]
    if not any(gone):
        return nodes, []
    labels = [None if out else label for label, out in zip(nodes.labels, gone, strict=True)]
    left = [label for label in labels if label is not None]
    if left and all(isinstance(label, str) and _WHOLE.fullmatch(label) for label in left):
        labels = [None if label is None else int(float(str(label))) for label in labels]
    shown = ", ".join(dict.fromkeys(str(label) for label, out in zip(nodes.labels, gone, strict=True) if out))
    count = sum(gone)
    return replace(nodes, labels=labels), [
        f"{count:,} node{'s' * (count > 1)} labelled {shown}: read as nodes without a label"
    ]


def encode_labels(nodes: NodeTable, classes: Classes | None) -> tuple[Tensor, Classes]:
    """Class of each node (N,), -1 for none, and the classes: those given, else those that occur in the labels.

    Raises:
        DataError: the first label that is none of the classes.
    """
    if any(isinstance(label, (bool, float)) for label in nodes.labels):
        nodes = replace(nodes, labels=[_plain(label) for label in nodes.labels])
    _check_kinds(nodes)
    if classes is None:
        classes = _classes_in(nodes)
    place: dict[int | str | None, int] = {None: -1}
    place.update({number: i for i, number in enumerate(classes.numbers())})
    shared = set(classes.shared_names())
    place.update({name: i for i, name in enumerate(classes.names) if name not in shared})
    labels = [_number(label, place) for label in nodes.labels]
    wrong = [i for i, label in enumerate(labels) if label not in place]
    if wrong:
        label = labels[wrong[0]]
        found = f"the label {label!r} of node {nodes.ids[wrong[0]]!r}{_further(len(wrong))}"
        raise nodes.error(wrong[0], found, expected=_accepted(classes), hint=_advice(label, classes))
    return torch.tensor([place[label] for label in labels]), classes


def _plain(label: Any) -> Any:
    """True and false are names; a whole number stored as a float is that number."""
    if isinstance(label, bool):
        return str(label)
    return int(label) if isinstance(label, float) and label.is_integer() else label


def _number(label: int | str | None, place: Mapping[int | str | None, int]) -> int | str | None:
    """A label that is the number of a class in quotes, as that number; names come first."""
    if (
        isinstance(label, str)
        and label not in place
        and label.isascii()
        and label.isdecimal()
        and int(label[:18]) in place
    ):
        return int(label[:18])
    return label


def _further(count: int) -> str:
    return f", and of {count - 1:,} more" if count > 1 else ""


def _check_kinds(nodes: NodeTable) -> None:
    whole = {label for label in nodes.labels if isinstance(label, str)}
    several = [i for i, label in enumerate(nodes.labels) if is_several(label, whole)]
    if several:
        raise nodes.error(
            several[0],
            f"several classes {nodes.labels[several[0]]!r} for node {nodes.ids[several[0]]!r}{_further(len(several))}",
            expected="one class a node: multi-label graphs are not supported",
            hint="Keep one class of each node, or make one graph a class, labelled yes and no.",
        )
    odd = [i for i, label in enumerate(nodes.labels) if type(label) not in (int, str, type(None))]
    if odd:
        found = f"the label {nodes.labels[odd[0]]!r} of node {nodes.ids[odd[0]]!r}{_further(len(odd))}"
        raise nodes.error(odd[0], found, expected="a class number, a class name or null")


def is_several(label: Any, whole: set[str]) -> bool:
    """Whether a label names several classes: a list, one that is written, or names of other nodes with a mark between."""
    if not isinstance(label, str):
        return isinstance(label, (list, tuple, set, dict)) or hasattr(label, "__len__")
    if re.fullmatch(r"[\[{(].*['\",].*[\]})]", label, re.DOTALL):
        return True
    return any(
        len(parts := [part.strip() for part in label.split(mark)]) > 1 and whole.issuperset(parts) for mark in ";|,"
    )


def _classes_in(nodes: NodeTable) -> Classes:
    """Names in alphabetical order, or numbers in ascending order with themselves as names."""
    first = next((label for label in nodes.labels if label is not None), None)
    for i, label in enumerate(nodes.labels):
        if label is not None and type(label) is not type(first):
            found = f"the label {label!r} of node {nodes.ids[i]!r} after labels such as {first!r}"
            raise nodes.error(i, found, expected="class numbers or class names throughout")
    values = sorted({label for label in nodes.labels if label is not None})  # type: ignore[type-var]
    return Classes([str(value) for value in values], ids=values if isinstance(first, int) else ())  # type: ignore[arg-type]


def _accepted(classes: Classes) -> str:
    if not classes.names:
        return "null, because there are no classes"
    shown = [f"{number} ({name})" for number, name in zip(classes.numbers(), classes.names, strict=True)]
    return f"null or one of the {len(shown)} classes {', '.join(shown[:8])}{', ...' if len(shown) > 8 else ''}"


def _advice(label: int | str | None, classes: Classes) -> str:
    if label in classes.shared_names():
        return "Two classes have this name: give the number of the class."
    return did_you_mean(label, classes.names, quoted=True) if isinstance(label, str) else ""
