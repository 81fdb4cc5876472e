"""HTML in texts: whether there is some, and the words without it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

_TAG = re.compile(
    r"</?(?:html|head|body|p|div|span|br|a|b|i|em|strong|table|tr|td|th|ul|ol|li|h[1-6]|img|script|style|font|center|title|nav"
    r"|section|article|sup|sub)(?:\s[^<>]*)?/?>|<!doctype|<!--",
    re.IGNORECASE,
)
_SILENT = {"script", "style", "head", "noscript", "template", "nav"}
_BREAKS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "section",
    "article",
}


def share_with_markup(texts: Sequence[str]) -> int:
    """How many texts hold tags of HTML."""
    return sum("<" in text and _TAG.search(text) is not None for text in texts)


def plain_text(text: str) -> str:
    """The words of a page: no tags, no scripts, styles, navigation and heads, entities as their characters.

    >>> plain_text("<p>Fish &amp; chips<br>for <b>two</b></p><script>x()</script>")
    'Fish & chips for two'
    """
    if "<" not in text and "&" not in text:
        return text
    reader = _Words()
    reader.feed(text)
    reader.close()
    return " ".join("".join(reader.words).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in ("body", "html"):
            self._silent.clear()  # a head that was not closed ends where the body begins
        if tag in _BREAKS:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        if tag in _BREAKS:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
