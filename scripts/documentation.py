"""Hooks of MkDocs: pages made of what the repository holds elsewhere, so that nothing is said twice; equations as MathML.

- tables of the studies, recipes of CONTRIBUTING.md, model cards, changes: `SOURCES`, with their links turned to the pages;
- commands and their options, from the command line itself;
- notebooks with their outputs.

Equations stand between dollars, as GitHub reads them too.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ROOT / "results"
#: Page of the site: file of the repository.
SOURCES = {
    "changelog.md": ROOT / "CHANGELOG.md",
    "security.md": ROOT / "SECURITY.md",
    "numbers/weights.md": ROOT / "graphfm" / "weights" / "README.md",
    "numbers/link_prediction.md": ROOT / "configs" / "link_prediction" / "README.md",
    **{
        f"numbers/{path.parent.relative_to(STUDIES).as_posix().replace('/', '_')}.md": path
        for path in sorted(STUDIES.glob("*/**/README.md"))
    },
}
CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
DISPLAYED, INLINE = re.compile(r"\$\$(.+?)\$\$", re.DOTALL), re.compile(r"(?<![\\\w$])\$([^\s$][^$\n]*?)\$(?![\w$])")
HELD = re.compile(r"(?:<p>)?math(inline|block)q([0-9a-f]*)q(?:</p>)?")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def held(tex: str, *, block: bool) -> str:
    """A word that Markdown leaves alone, which `on_page_content` turns into the equation."""
    return f"math{'block' if block else 'inline'}q{tex.strip().encode().hex()}q"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages that are made to the navigation, under the heading they belong to."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    made = {"Numbers": [page for page in SOURCES if page.startswith("numbers/")], "Extend": [*recipes(text)][1:]}
    for section in config.nav or ():
        for title, pages in made.items():
            if title in section:
                section[title] += pages
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    made: dict[str, str | bytes] = {page: path.read_text(encoding="utf-8") for page, path in SOURCES.items()}
    made |= recipes((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    made["reference/commands.md"] = commands()
    for path in sorted((ROOT / "docs" / "tutorials").glob("*.ipynb")):
        made |= notebook(path)
    for page, path in SOURCES.items():
        for picture in path.parent.glob("*.png"):
            made[f"{Path(page).parent}/{Path(page).stem}_{picture.name}"] = picture.read_bytes()
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    return files


def recipes(text: str) -> dict[str, str]:
    """A page for each recipe of CONTRIBUTING.md, and one for what stands before them."""
    head, *parts = re.split(r"^### (?:An? )", text, flags=re.MULTILINE)
    pages = {f"extend/{slug(part)}.md": f"# To add a {part}" for part in parts}
    index = "\n".join(f"- [{part.partition(chr(10))[0]}](extend/{slug(part)}.md)" for part in parts)
    return {"contributing.md": f"{head}\n{index}\n", **pages}


def slug(part: str) -> str:
    return part.partition("\n")[0].replace(" ", "-").lower()


def notebook(path: Path) -> dict[str, str | bytes]:
    """The page of a notebook, with its outputs, and their pictures."""
    from nbconvert import MarkdownExporter

    body, resources = MarkdownExporter().from_filename(str(path))
    pictures = {name: f"{path.stem}_{name}" for name in resources["outputs"]}
    for name, own in pictures.items():
        body = body.replace(f"({name})", f"({own})")
    title, _, rest = body.partition("\n")
    get = f'[Notebook]({path.name}){{ download="{path.name}" }}'
    page: dict[str, str | bytes] = {f"tutorials/{path.name}.md": f"{title}\n\n{get}\n\n{rest}"}
    return page | {f"tutorials/{own}": resources["outputs"][name] for name, own in pictures.items()}


def commands() -> str:
    """The page of all commands and their options."""
    import typer
    from typer.core import TyperGroup

    from graphfm.cli import app

    lines = [
        "# Commands",
        "",
        "`graphfm COMMAND --help` says the same. Each is a [function](jobs.md) of the same name, too.",
    ]

    def add(name: str, command: Any) -> None:
        if isinstance(command, TyperGroup):
            for own, part in command.commands.items():
                add(f"{name} {own}", part)
            return
        lines.extend(["", f"## {name}", "", command.help or "", ""])
        options = [option for option in command.params if not getattr(option, "hidden", False)]
        if options:
            lines.extend(["| option | | default |", "|---|---|---|"])
        for option in options:
            names = ", ".join(f"`{word}`" for word in (*option.opts, *option.secondary_opts))
            words = " ".join((getattr(option, "help", None) or "").split()).replace("|", "\\|")
            value = "" if option.default in (None, [], False) or callable(option.default) else f"`{option.default}`"
            lines.append(f"| {names} | {words} | {'required' if option.required else value} |")

    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        add(f"graphfm {name}", command)
    return "\n".join(lines) + "\n"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository into links to their pages, and put equations out of Markdown's reach."""
    uri = page.file.src_uri
    source = SOURCES.get(uri, ROOT / "docs" / uri)
    if uri == "contributing.md" or uri.startswith("extend/"):
        source = ROOT / "CONTRIBUTING.md"
    parts = CODE.split(markdown)
    for number in range(0, len(parts), 2):
        text = LINK.sub(lambda found: _link(found, uri, source, files), parts[number])
        text = DISPLAYED.sub(lambda found: f"\n\n{held(found[1], block=True)}\n\n", text)
        parts[number] = INLINE.sub(lambda found: held(found[1], block=False), text)
    return "".join(parts)


def _link(found: re.Match[str], uri: str, source: Path, files: Files) -> str:
    mark, words, target = found.groups()
    place, hash_, anchor = target.partition("#")
    if not place or "://" in place or place.startswith("mailto:"):
        return found[0]
    aim = Path(os.path.normpath(source.parent / place))
    pages = {path: page for page, path in SOURCES.items()} | {ROOT / "CONTRIBUTING.md": "contributing.md"}
    if aim == ROOT / "CONTRIBUTING.md" and anchor.startswith(("a-", "an-")):  # a recipe has a page of its own
        pages[aim], hash_, anchor = f"extend/{anchor.partition('-')[2]}.md", "", ""
    if mark and uri in SOURCES and aim.suffix == ".png":
        own = f"{Path(uri).parent}/{Path(uri).stem}_{aim.name}"
    elif aim in pages:
        own = pages[aim]
    elif aim == ROOT / "README.md":
        own = "index.md"
    elif aim.suffix == ".ipynb" and not words.startswith("Notebook"):
        own = f"{aim.relative_to(ROOT / 'docs').as_posix()}.md"
    elif aim.is_relative_to(ROOT / "docs"):
        own = aim.relative_to(ROOT / "docs").as_posix()
    elif aim.exists():  # code: named, and not part of the site
        return words
    else:
        return found[0]  # MkDocs says what is wrong
    return f"{mark}[{words}]({os.path.relpath(own, Path(uri).parent)}{hash_}{anchor})"


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Set the equations."""
    return HELD.sub(lambda found: _mathml(bytes.fromhex(found[2]).decode(), found[1]), html)


def _mathml(tex: str, kind: str) -> str:
    from latex2mathml.converter import convert

    return convert(tex, display=kind)
