"""What every RDF reader yields: one statement at a time, its object a resource or a literal."""

from __future__ import annotations

from typing import Literal as Choice
from typing import NamedTuple

#: What to do with literals that are neither name nor text: make them entities, or leave them out and count them.
Literals = Choice["drop", "keep"]

#: What to do with RDF-star.
STARRED = (
    "Take the statements about statements out, or write them as qualifiers: a table of head, relation, tail and pairs of "
    "relation and value, read by --qualifiers pairs."
)


class Literal(NamedTuple):
    """The object of a statement that is no resource."""

    value: str
    language: str = ""
    datatype: str = ""

    def written(self) -> str:
        """It in one canonical spelling, in quotes, so that it is no resource's name.

        >>> print(Literal('say "hi"', "en").written())
        "say \\\\"hi\\\\""@en
        """
        value = self.value
        for character, letter in (("\\", "\\"), ("\t", "t"), ("\n", "n"), ("\r", "r"), ('"', '"')):
            value = value.replace(character, f"\\{letter}")
        tag = f"@{self.language}" if self.language else f"^^<{self.datatype}>" if self.datatype else ""
        return f'"{value}"{tag}'


class Statement(NamedTuple):
    """Subject, predicate, object: an IRI without brackets, or a blank node as ``_:name``; `line` is 0 where unknown."""

    head: str
    relation: str
    tail: str | Literal
    line: int = 0
