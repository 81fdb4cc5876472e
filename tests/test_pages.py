"""What README and documentation show is what there is: their blocks run, in order, page by page; their links lead somewhere.

`scripts/blocks.py` reads them.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.core import TyperGroup

import graphfm
from graphfm import __main__ as program
from graphfm.cli import app
from graphfm.text import minilm_files

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from blocks import Block, blocks, lines, write_files  # noqa: E402

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OTHERS = [
    ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "RELEASING.md")
]
#: Blocks that do not run, over all pages: to add one, say why before it, and count it here.
NOT_RUN = 16
#: The page that the documentation makes of the command line; `mkdocs build --strict` checks the links to it.
MADE = "commands.md"


def commands(block: Block) -> Iterator[list[str]]:
    """The words of each line of a shell block, with what a test adds."""
    for line in lines(block):
        yield [*shlex.split(line), *shlex.split(block.more)]


RUNNING = [page for page in PAGES if any(b.language in ("bash", "python") and not b.reason for b in blocks(page))]


@pytest.mark.data
@pytest.mark.usefixtures("data_home")
@pytest.mark.skipif(minilm_files.installed_folder() is None, reason="graphfm[minilm] is not installed")
@pytest.mark.filterwarnings("default")  # what is odd in a user's data is a note, and no error
@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(page, tmp_path)
    for block in blocks(page):
        if block.reason or block.title:
            continue
        if block.language == "python":
            exec(compile(block.text, str(page), "exec"), {})
            assert capsys.readouterr().out.strip(), f"prints nothing: {block.text}"
        elif block.language == "bash":
            for words in commands(block):
                assert words[0] == "graphfm", f"{words}: a test runs graphfm alone; say why this is not run"
                monkeypatch.setattr(sys, "argv", words)
                monkeypatch.setattr(program.signal, "signal", lambda *_: None)
                with pytest.raises(SystemExit) as ended:
                    program.main()
                said = capsys.readouterr()
                assert not ended.value.code, f"{shlex.join(words)}\n{said.err}"
                check_end(said.out, shlex.join(words))


def check_end(out: str, line: str) -> None:
    """A command ends with what it wrote, which is there, and a command that exists."""
    *_, last = out.strip().splitlines()
    assert last.startswith("Next: graphfm "), f"{line} ends with {last!r}"
    check_command(shlex.split(last.removeprefix("Next: ")))
    for written in re.findall(r"^Wrote: (.*)$", out, flags=re.M):
        assert all(Path(name).exists() for name in written.split(", ")), written


def check_command(words: list[str]) -> None:
    """The command exists, and has its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    _, name, *words = words
    command = group.commands[name]
    if isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= options, name


def test_every_block_that_does_not_run_says_why() -> None:
    reasons = [block.reason for page in PAGES for block in blocks(page) if block.reason]
    assert all(len(reason) >= 10 for reason in reasons)
    assert len(reasons) == NOT_RUN
    languages = {block.language for page in PAGES for block in blocks(page)}
    assert languages <= {"bash", "python", "text", "json"}, "a block of another language is read by nobody"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_exist(page: Path) -> None:
    """Those that are not run, too: the command, and its options."""
    for block in blocks(page):
        for words in commands(block) if block.language == "bash" else ():
            if words[0] == "graphfm":
                check_command(words)


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_inside_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if "://" in target or place.startswith("mailto:") or place.endswith(MADE):
            continue
        aim = page if not place else page.parent / place
        assert aim.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", aim.read_text(encoding="utf-8"), flags=re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, target


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100


def test_the_version_is_one() -> None:
    versions = {
        graphfm.__version__,
        re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), flags=re.M)[0],
        yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"],
    }
    assert len(versions) == 1


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_what_the_hosting_reads_is_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
