"""What a user may say about a table where it does not say so itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from graphfm.errors import DataError

_SEPARATORS = {
    "tab": "\t", "\\t": "\t", "\t": "\t", "comma": ",", ",": ",", "semicolon": ";", ";": ";", "pipe": "|", "|": "|",
    "space": " ", "blank": " ", " ": " ", "colon": ":", ":": ":",
}  # fmt: skip
#: Two blanks or more, as columns that are aligned have between them where names hold single ones.
BLANKS = "  "
_NAMES = {BLANKS: "two blanks or more", "\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe", " ": "blank"}


@dataclass(frozen=True)
class Reading:
    """How to read a table; what is None is seen from the file, or asked for where it cannot be seen.

    Args:
        columns: the column of each role, by its name or its number from 1. Roles of triples: head, relation, tail,
            head_label, tail_label, relation_label, split (train, valid, test), truth (1, or 0 where a row is no fact); of
            text graphs: id, text, label, src, dst, kind.
        sep: what separates the columns: one character, or its name (tab, comma, semicolon, pipe, space), or several as ``::``.
        header: whether the first line names the columns.
        encoding: of the text, as Python calls it.
        quotes: whether double quotes enclose a cell. In files separated by tabs or blanks they are data.
        qualifiers: "pairs" where the columns after the third are pairs of qualifier relation and value, or the names of
            the columns that hold a value each; "no" where further columns are to be left out.
        comments: whether lines above the table that begin with ``#`` are left out.
    """

    columns: Mapping[str, str | int] = field(default_factory=dict)
    sep: str | None = None
    header: bool | None = None
    encoding: str | None = None
    quotes: bool | None = None
    qualifiers: Literal["pairs", "no"] | Sequence[str] | None = None
    comments: bool | None = None

    def __post_init__(self) -> None:
        if self.sep is not None:
            words = any(sign.isalnum() or sign.isspace() for sign in self.sep) or not self.sep
            if self.sep not in _SEPARATORS and len(self.sep) != 1 and words:
                expected = "one character, several that are no letters (::), or tab, comma, semicolon, pipe, space"
                raise DataError(f"the separator {self.sep!r}", expected=expected)
            object.__setattr__(self, "sep", _SEPARATORS.get(self.sep, self.sep))

    def at(self, **columns: str | int) -> Reading:
        """The same with further columns named."""
        return replace(self, columns={**self.columns, **columns})


def separator_name(sep: str) -> str:
    return _NAMES.get(sep, repr(sep))


def parse_columns(text: str) -> dict[str, str | int]:
    """The columns that an option names.

    >>> parse_columns("head=subject,relation=predicate,tail=3")
    {'head': 'subject', 'relation': 'predicate', 'tail': 3}

    Raises:
        DataError: something else than ROLE=COLUMN.
    """
    found: dict[str, str | int] = {}
    for pair in text.split(","):
        role, sign, column = (part.strip() for part in pair.partition("="))
        if not sign or not role or not column:
            raise DataError(f"{pair!r}", expected="ROLE=COLUMN, such as head=subject,relation=predicate,tail=object")
        found[role.lower()] = int(column) if column.isdecimal() else column
    return found
