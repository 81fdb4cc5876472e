"""The documentation builds with no warning and fetches nothing; drawings and small tables are those of their scripts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import docstring_notation
import documentation
import drawings
import filling
import pytest
import readme_picture
import readme_tables

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_it_builds_with_no_warning_and_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in ROOT.glob("docs/**/*.md")} <= pages
    assert {f"numbers/{Path(page).stem}" for page in documentation.SOURCES if page.startswith("numbers/")} <= pages


def test_nothing_is_fetched(site: Path) -> None:
    asked = re.compile(r"""(?:<(?:script|img|iframe|source)[^>]*\ssrc=|<link[^>]*\shref=|url\()["']?(?:https?:)?//""")
    assert [path.name for path in site.rglob("*.html") if asked.search(path.read_text(encoding="utf-8"))] == []


def test_equations_are_set(site: Path) -> None:
    page = (site / "how" / "paths.html").read_text(encoding="utf-8")
    assert page.count("<math") >= 10
    left = [
        p.name for p in site.rglob("*.html") if re.search(r"mathblockq|mathinlineq|\.\. math::|:math:", p.read_text())
    ]
    assert left == []


def test_docstrings_are_turned_into_markdown() -> None:
    text = docstring_notation.notation("It is :math:`x^2`.\n\nArgs:\n    a, b: two\n        lines.\n\n>>> 1\n1")
    assert documentation.held("x^2", block=False) in text
    assert "    a: two\n        lines.\n    b: See `a`." in text
    assert "```pycon\n>>> 1\n1\n```" in text


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_that_of_the_script(name: str) -> None:
    kept = (drawings.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert kept == drawings.svg(drawings.DRAWINGS[name]()), "run scripts/drawings.py"


def test_the_small_tables_are_those_of_the_studies() -> None:
    for path, text in filling.pages(readme_tables.PLACES, script="readme_tables").items():
        assert path.read_text(encoding="utf-8") == text, "run scripts/readme_tables.py"


@pytest.mark.data
def test_the_sentence_below_the_picture_is_true(data_home: Path) -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert readme_picture.claim(readme_picture.explained()) in readme
