"""N-Triples and N-Quads read line by line, with no dependency: https://www.w3.org/TR/n-triples/, .../n-quads/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graphfm.datasets.rdf.terms import STARRED, Literal, Statement
from graphfm.errors import DataError

_TERM = r"<[^<>\"{}|^`\s]*>|_:[^\s<>\"]+"
_STATEMENT = re.compile(
    rf"[ \t]*(?P<head>{_TERM})[ \t]*(?P<relation><[^<>\"\s]*>)[ \t]*"
    rf"(?:(?P<tail>{_TERM})|\"(?P<value>(?:[^\"\\]|\\.)*)\"(?:@(?P<language>[A-Za-z0-9-]+)|\^\^<(?P<type>[^<>\s]*)>)?)"
    rf"[ \t]*(?:(?P<graph>{_TERM})[ \t]*)?\.[ \t]*(?:#.*)?"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))")
_CHARACTERS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def parse(lines: Iterable[str], *, path: Path) -> Iterator[Statement]:
    """The statements of a file; graph names are read over.

    Args:
        lines: of the file, with comments and blank lines.
        path: the file, for messages.

    Raises:
        DataError: on a line that is no statement.
    """
    for number, line in enumerate(lines, start=1):
        match = _STATEMENT.fullmatch(line)
        if match is None:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if "<<" in line:
                raise DataError(
                    "a statement about a statement (<<)", expected="resources", hint=STARRED, path=path, line=number
                )
            turtle = line.lstrip().lower().startswith(("@prefix", "prefix ", "@base", "base "))
            hint = f"It is Turtle: name it {path.stem}.ttl." * turtle
            raise DataError(
                repr(line[:80]), expected="<subject> <predicate> <object> .", hint=hint, path=path, line=number
            )
        head, relation, tail, value, language, kind, _ = match.groups()
        try:
            end = (
                _term(tail)
                if tail
                else Literal(_unescape(value), language or "", "" if kind in (None, _STRING) else kind)
            )
            yield Statement(_term(head), _term(relation), end, number)
        except ValueError as error:
            raise DataError(repr(line[:80]), expected="characters that exist", path=path, line=number) from error


def _term(term: str) -> str:
    return _unescape(term[1:-1] if term[0] == "<" else term)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    found = _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _CHARACTERS.get(m[3], m[0]), text)
    found.encode()  # half of a surrogate pair is no character
    return found
