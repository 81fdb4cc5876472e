"""N-Triples read line by line, with no dependency: https://www.w3.org/TR/n-triples/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from graphfm.errors import DataError

Literals = Literal["refuse", "keep", "drop"]

_TERM = r"<[^<>\"{}|^`\s]*>|_:\S+"
_NTRIPLE = re.compile(
    rf"[ \t]*(?P<head>{_TERM})[ \t]*(?P<relation><[^<>\"\s]*>)[ \t]*"
    rf"(?P<tail>{_TERM}|\"(?:[^\"\\]|\\.)*\"(?:@[A-Za-z0-9-]+|\^\^<[^<>\s]*>)?)[ \t]*\.[ \t]*(?:#.*)?"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))")
_CHARACTERS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def parse_ntriples(text: str, *, literals: Literals, path: Path) -> tuple[list[tuple[str, str, str]], list[int], int]:
    """The names of subject, predicate and object of each statement, its line, and how many with literals were dropped.

    Names of resources are their IRIs without brackets; literals keep their quotes, language and type, in one canonical
    spelling.

    Args:
        text: the content of a file, with comments and blank lines.
        literals: what to do with objects that are literals: "refuse", "keep" or "drop" the statement.
        path: the file, for messages.

    Raises:
        DataError: on a line that is no statement, or a literal where they are refused.
    """
    triples: list[tuple[str, str, str]] = []
    lines: list[int] = []
    dropped = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _NTRIPLE.fullmatch(line)
        if match is None:
            raise DataError(repr(line[:80]), expected="<subject> <predicate> <object> .", path=path, line=number)
        head, relation, tail = match.groups()
        if tail.startswith('"') and literals != "keep":
            if literals == "refuse":
                hint = (
                    "Read with literals='keep' to make them entities, or literals='drop' to leave such statements out."
                )
                raise DataError(f"the literal {tail[:40]}", expected="an entity", hint=hint, path=path, line=number)
            dropped += 1
            continue
        triples.append((_term(head), _term(relation), _term(tail)))
        lines.append(number)
    return triples, lines, dropped


def _term(term: str) -> str:
    if not term.startswith('"'):
        return _unescape(term.strip("<>"))
    end = term.rindex('"')
    value = _unescape(term[1:end])
    for character, letter in (("\\", "\\"), ("\t", "t"), ("\n", "n"), ("\r", "r"), ('"', '"')):
        value = value.replace(character, f"\\{letter}")
    return f'"{value}{term[end:]}'


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _CHARACTERS.get(m[3], m[0]), text)
