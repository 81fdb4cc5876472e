"""Settings by name: what a signature declares of each, and values read and refused by it before any work.

A range stands where the parameter is declared, as a part of its type:

    def __init__(self, *, dim: Count = 200, dropout: Share = 0.0, width: Count | Sequence[Count] | None = None)

`Count` and `Share` are `typing.Annotated` types, so that type checkers and other libraries see an `int` and a `float`. A
plain `float` is any finite number.
"""

from __future__ import annotations

import inspect
import math
import operator
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from typing_extensions import Unpack, get_type_hints

from graphfm.errors import DataError, unknown_setting


@dataclass(frozen=True)
class Bound:
    """A limit of a number: `Annotated[int, AtLeast(1)]`; several of them hold together."""

    words: str
    holds: Callable[[float, float], bool]
    limit: float

    def __str__(self) -> str:
        return f"{self.words} {self.limit:,}"


AtLeast, Above = partial(Bound, "at least", operator.ge), partial(Bound, "above", operator.gt)
AtMost, Below = partial(Bound, "at most", operator.le), partial(Bound, "below", operator.lt)

Count = Annotated[int, AtLeast(1), Below(2**31)]
Number = Annotated[int, AtLeast(0), Below(2**31)]  # of what there may be none of
Layers = Annotated[int, AtLeast(1), AtMost(1000)]
Seed = Annotated[int, AtLeast(0), Below(2**31)]
Positive = Annotated[float, Above(0)]
NotNegative = Annotated[float, AtLeast(0)]
Share = Annotated[float, AtLeast(0), Below(1)]  # such as dropout, which may leave nothing out but not everything
Factor = Annotated[float, Above(0), AtMost(1)]  # such as a decay

UNIONS = (Union, types.UnionType)
NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a string", type(None): "None"}


def declared(what: Callable[..., Any]) -> dict[str, Any]:
    """The types that a function, or a class, declares of its settings, by name; `Annotated` ones whole.

    Keywords that it hands on are listed where they are declared too: ``**options: Unpack[SomeTypedDict]``.

    >>> def build(size: Count, *, name: str = "it"): ...
    >>> list(declared(build))
    ['size', 'name']
    """
    constructor = getattr(what, "__init__") if isinstance(what, type) else what  # noqa: B009 (mypy fears subclasses)
    hints = get_type_hints(constructor, include_extras=True)
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(what).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            found[name] = hints.get(name, Any)
        elif get_origin(hints.get(name)) is Unpack:
            found |= get_type_hints(get_args(hints[name])[0], include_extras=True)
    return found


def typed(what: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as `what` declares them: 1e-3 out of YAML is a string until then. Names it does not have are left alone.

    Raises:
        DataError: a value of another type, or out of its range.
    """
    from jsonargparse import ArgumentParser  # too slow for those who only `check`

    types_of, read = declared(what), dict(settings)
    for name in settings.keys() & types_of.keys():
        parser = ArgumentParser(exit_on_error=False)
        parser.add_argument(f"--{name}", type=types_of[name])
        try:
            read[name] = parser.parse_object({name: settings[name]})[name]
        except Exception as error:  # jsonargparse wraps what it meets in exceptions of several modules
            raise _refused(name, settings[name], _words(types_of[name])) from error
    check(what, read)
    return read


def check(what: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    """Refuse what no work should begin with: values of another type than declared, out of their range, NaN or infinite.

    Names that `what` does not have are left alone.

    >>> check(lambda: None, {"any": 3})

    Raises:
        DataError: the first one.
    """
    types_of = declared(what)
    for name, value in settings.items():
        complaint = _complaint(value, types_of.get(name, Any))
        if complaint is not None:
            raise _refused(name, value, complaint.expected)


def check_options(what: Callable[..., Any], options: Mapping[str, Any], *, known: Collection[str], of: str) -> None:
    """`check`, and refuse names that are not among those a user sets.

    Args:
        what: declares the options.
        options: by name.
        known: names that a user sets.
        of: what they are options of, for the message.

    Raises:
        DataError: the first one.
    """
    for name in options:
        if name not in known:
            raise unknown_setting(name, known, of=of)
    check(what, options)


@dataclass(frozen=True)
class _Complaint:
    expected: str
    of_type: bool = True  # rather than of the range: then another type of a union may fit


def _complaint(value: Any, hint: Any) -> _Complaint | None:
    """What is wrong with a value; None where it is as declared."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _of_range(value, _complaint(value, parts[0]), [part for part in parts[1:] if isinstance(part, Bound)])
    if origin in UNIONS:
        answers = [_complaint(value, part) for part in parts]
        if None in answers:
            return None
        return next((a for a in answers if a and not a.of_type), _Complaint(_words(hint)))
    if not _is_a(value, hint):
        return _Complaint(_words(hint))
    if isinstance(value, float) and not math.isfinite(value):
        return _Complaint("a finite number", of_type=False)
    items = value if _is_list(origin) else ()
    return next((found for item in items if (found := _complaint(item, parts[0]))), None)


def _of_range(value: Any, found: _Complaint | None, bounds: list[Bound]) -> _Complaint | None:
    """What is wrong with a value of bounds, of whose type something may have been found already."""
    if found is not None and found.of_type:
        return found
    if found is None and all(bound.holds(value, bound.limit) for bound in bounds):
        return None
    range_ = " and ".join(map(str, bounds))
    return _Complaint(range_ if found is None else f"{found.expected}, {range_}", of_type=False)


def _is_a(value: Any, hint: Any) -> bool:
    """Whether a value is of a type, which is no union; items of lists are not looked at."""
    origin = get_origin(hint)
    if origin is Literal:
        return any(value == part and type(value) is type(part) for part in get_args(hint))
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    if _is_list(origin):
        return isinstance(value, Sequence) and not isinstance(value, str | bytes)
    kind = type(None) if hint is None else origin or hint
    return kind is Any or not isinstance(kind, type) or isinstance(value, kind)


def _is_list(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _words(hint: Any) -> str:
    """A type in words, without its bounds."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _words(parts[0])
    if origin in UNIONS:
        return " or ".join(map(_words, parts))
    if origin is Literal:
        return f"one of {', '.join(map(repr, parts))}"
    if _is_list(origin):
        return f"a list, each {_words(parts[0])}"
    return NAMES.get(hint) or f"a {getattr(origin or hint, '__name__', hint)}"


def _refused(name: str, value: Any, expected: str) -> DataError:
    return DataError(f"{name}={value!r}", expected=expected)
