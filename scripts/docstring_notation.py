"""What docstrings write in reStructuredText, as the Markdown that mkdocstrings reads: equations and examples."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import griffe

INLINE = re.compile(r":math:`([^`]+)`")
DISPLAYED = re.compile(r"^( *)\.\. math::(.*?)(?=\n *\n(?! {4})|\Z)", re.MULTILINE | re.DOTALL)
TOGETHER = re.compile(r"^( +)(\w+)((?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)
EXAMPLE = re.compile(r"^( *)>>> .*(?:\n(?! *\n).*)*", re.MULTILINE)


def notation(text: str) -> str:
    """The text with equations as words that the hooks of the documentation read, and examples in fences.

    >>> "```pycon" in notation("It adds.\\n\\n>>> 1 + 1\\n2")
    True
    """
    text = DISPLAYED.sub(lambda found: f"{found[1]}{_held(dedent(found[2]), 'block')}\n", text)
    text = TOGETHER.sub(_apart, text)
    text = INLINE.sub(lambda found: _held(found[1], "inline"), text)
    return EXAMPLE.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)


def _apart(found: re.Match[str]) -> str:
    """Parameters that are described together, one by one."""
    indent, first, others, words = found.groups()
    rest = "".join(f"\n{indent}{name}: See `{first}`." for name in others.removeprefix(", ").split(", "))
    return f"{indent}{first}: {words}{rest}"


def _held(tex: str, kind: str) -> str:
    return f"math{kind}q{' '.join(tex.split()).encode().hex()}q"


class Notation(griffe.Extension):
    """Every docstring, before it is parsed."""

    def on_object(self, *, obj: Any, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = notation(obj.docstring.value)
