"""Settings as signatures declare them: read, and refused where no work should begin."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict, Unpack

from graphfm.errors import DataError
from graphfm.settings import (
    Above,
    AtMost,
    Below,
    Count,
    Factor,
    NotNegative,
    Positive,
    Seed,
    Share,
    check,
    declared,
    typed,
)


class Shared(TypedDict, total=False):
    """Options that several builders hand on."""

    dropout: Share
    steps: Count


def build(
    size: Count,
    *,
    width: Count | Sequence[Count] | None = None,
    part: Annotated[float, Above(0), Below(1)] | None = None,
    kind: Literal["rotation", "reflection"] = "rotation",
    flag: bool = False,
    gamma: float = 1.0,
    name: str = "",
    names: Sequence[str] = (),
    more: dict[str, Any] | None = None,
    **options: Unpack[Shared],
) -> None:
    """Every kind of type that settings have."""


class Built:
    """A class is asked for what its constructor declares."""

    def __init__(self, size: Count = 1) -> None:
        self.size = size


def test_names_are_those_of_the_signature_and_of_what_it_hands_on() -> None:
    own = ["size", "width", "part", "kind", "flag", "gamma", "name", "names", "more"]
    assert list(declared(build)) == [*own, "dropout", "steps"]
    assert list(declared(Built)) == ["size"]


@pytest.mark.parametrize("how", [check, typed])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("size", 0, "at least 1 and below 2,147,483,648"),
        ("size", 1.5, "a whole number"),
        ("size", True, "a whole number"),
        ("size", None, "a whole number"),
        ("width", 0, "at least 1 and below 2,147,483,648"),
        ("width", [3, 0], "at least 1 and below 2,147,483,648"),
        ("width", "wide", "a whole number or a list, each a whole number or None"),
        ("part", 1.0, "above 0 and below 1"),
        ("kind", "shear", "one of 'rotation', 'reflection'"),
        ("flag", "maybe", "true or false"),
        ("gamma", math.nan, "a finite number"),
        ("gamma", -math.inf, "a finite number"),
        ("dropout", math.nan, "a finite number, at least 0 and below 1"),
        ("dropout", 1.0, "at least 0 and below 1"),
        ("steps", -1, "at least 1 and below 2,147,483,648"),
        ("name", 3, "a string"),
        ("names", "ab", "a list, each a string"),
        ("names", ["a", 2], "a (list, each a )?string"),
        ("more", 3, "a dict or None"),
    ],
)
def test_wrong_values_are_refused_in_words(how: Callable[..., Any], name: str, value: Any, expected: str) -> None:
    with pytest.raises(DataError, match=rf"found {name}=.*, expected {expected}\."):
        how(build, {name: value})


def test_what_yaml_leaves_as_text_is_read() -> None:
    read = typed(
        build, {"gamma": "1e-3", "width": [2, 3], "dropout": 0, "flag": "true", "not one of its": "left alone"}
    )
    assert read == {"gamma": 0.001, "width": [2, 3], "dropout": 0.0, "flag": True, "not one of its": "left alone"}
    assert typed(Built, {"size": 3}) == {"size": 3}


RANGES = {
    Count: lambda v: 1 <= v < 2**31 and v == int(v),
    Seed: lambda v: 0 <= v < 2**31 and v == int(v),
    Positive: lambda v: v > 0,
    NotNegative: lambda v: v >= 0,
    Share: lambda v: 0 <= v < 1,
    Factor: lambda v: 0 < v <= 1,
    Annotated[float, AtMost(2)]: lambda v: v <= 2,
}


@given(st.sampled_from(list(RANGES)), st.integers(-3, 3) | st.floats() | st.sampled_from([2**31 - 1, 2**31]))
def test_a_range_is_what_it_says(hint: Any, value: float) -> None:
    def what(setting): ...

    what.__annotations__ = {"setting": hint}
    whole = hint in (Count, Seed)
    fits = math.isfinite(value) and RANGES[hint](value) and (isinstance(value, int) or not whole)
    try:
        check(what, {"setting": value})
        accepted = True
    except DataError:
        accepted = False
    assert accepted == fits
