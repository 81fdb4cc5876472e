"""Names, texts and numbers as they reach a terminal, a page or a picture: no character of a user's data acts."""

from __future__ import annotations

import re
from html import escape as _html

#: Characters that act in place of being shown: control characters but for tab and line feed, marks that change the direction or
#: the joining of what follows, halves of surrogate pairs, and what XML has not.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    r"""The text with every character that acts written as its escape.

    >>> print(printable("a\x1b[31mb"), printable("a\u202eb"))
    a\x1b[31mb a\u202eb
    """
    return _ACTING.sub(_escape, text)


def escape(text: str, *, quote: bool = False) -> str:
    """Text as HTML that shows it, and does nothing else."""
    return _html(printable(text), quote=quote)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def amount(value: float) -> str:
    """A number of things or a rank: thousands apart, a half where there is one, never a power of ten.

    >>> amount(1650.0), amount(2.5)
    ('1,650', '2.5')
    """
    return f"{value:,.1f}".removesuffix(".0")
