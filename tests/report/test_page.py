"""Pages: complete, escaped, and without anything that would have to be fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from graphfm.report.images import png, svg
from graphfm.report.page import Note, Picture, Section, Table, html_page
from graphfm.report.plots import histogram

VOID = {"meta", "img"}


class Nesting(HTMLParser):
    """Checks that tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


TABLE = Table(("name", "n"), [("<x>", 1234), ("y", None)], "c")
FIGURE = histogram([1.0, 2.0, 2.0], xlabel="x")
PAGE = html_page(
    "A <title>",
    [
        Section("Words & numbers", ["a < b", Note("<script>alert(1)</script>"), TABLE]),
        Section("Figures", [Picture(svg(FIGURE, "svg"), "an svg"), Picture(png(FIGURE), 'a "png"')]),
    ],
    lead="Lead & more",
)


def test_tags_are_nested_and_closed() -> None:
    parser = Nesting()
    parser.feed(PAGE)
    assert parser.open == []
    assert {"h1", "h2", "svg", "img", "table", "caption", "figcaption"} <= set(parser.seen)
    assert "script" not in parser.seen


def test_everything_is_escaped() -> None:
    for text in (
        "A &lt;title&gt;",
        "a &lt; b",
        "&lt;script&gt;",
        "&lt;x&gt;",
        "Lead &amp; more",
        "Words &amp; numbers",
    ):
        assert text in PAGE


def test_nothing_is_fetched() -> None:
    assert not re.search(r"@import|<link|<iframe", PAGE)
    for address in re.findall(r"(?:src|href)=[\"']([^\"']*)", PAGE):
        assert address.startswith(("data:image/png;base64,", "#"))
    assert set(re.findall(r"url\(([^)]*)\)", PAGE)) <= set(re.findall(r"url\((#[^)]*)\)", PAGE))


def test_the_page_follows_light_and_dark() -> None:
    assert "prefers-color-scheme: dark" in PAGE
    assert "currentColor" in PAGE


def test_numbers_are_set_right_and_none_is_blank() -> None:
    assert '<td class="number">1,234</td>' in PAGE
    assert '<td class="number"></td>' in PAGE
    assert '<th scope="row">y</th>' in PAGE


def test_numbers_of_a_column_have_one_form() -> None:
    page = html_page("t", [Section("s", [Table(["name", "rank", "score"], [["a", 1650.25, 0.5], ["b", 2.0, 0.1234]])])])
    assert re.findall(r'<td class="number">(.*?)</td>', page) == ["1,650.2", "0.500", "2.0", "0.123"]
