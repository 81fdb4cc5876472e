"""`graphfm models`: models that come with the package, that others have published, and that are on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.models.checkpoint import Checkpoint

models_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@models_app.command(name="list")
def list_models() -> None:
    """Models that can be had by name: of the package, published, and of the hub as far as they are in its cache."""
    from rich.table import Table

    from graphfm.models import hub
    from graphfm.models.checkpoint import DEFAULT, DEFAULT_LINKS, DEFAULT_PATH
    from graphfm.models.published import PUBLISHED, find

    table = Table(title="Models", caption="Those of the hub are had by org/name: `graphfm models get org/name`.")
    for column in ("name", "size", "licence", "paper", "trained on", "here"):
        table.add_column(column, overflow="fold")
    for path, on in ((DEFAULT_PATH, "text graphs"), (DEFAULT_LINKS, "knowledge graphs")):
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        table.add_row(DEFAULT, size, "MIT", "", f"{on}: `graphfm models show default`", "comes with the package")
    for model in PUBLISHED.values():
        here = find(model)
        size, trained = f"{model.size / 1e6:.1f} MB", ", ".join(model.trained_on)
        table.add_row(model.name, size, model.licence, model.paper, trained, str(here) if here else "no")
    for name, folder in hub.cached_models().items():
        size = f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB"
        table.add_row(name, size, "", "", f"`graphfm models show {name}`", "in the hub's cache")
    terminal().print(table)
    say_end("models", "get", "ultra-50g")


@models_app.command()
def get(names: Annotated[list[str], typer.Argument(help="Names of `graphfm models list`, or org/name.")]) -> None:
    """Make models ready: find them, or download them where they are published."""
    from graphfm.models import hub, published
    from graphfm.models.checkpoint import read

    console = terminal()
    known = {name: published.published(name) for name in names if not hub.is_hub_name(name)}  # all names first
    for name in names:
        if name not in known:
            found = read(name)
            console.print(f"{name}: {_about(found)}", soft_wrap=True, highlight=False)
            console.print(f"  {found.path}", soft_wrap=True, highlight=False)
            continue
        model = known[name]
        about = f"{model.size / 1e6:.1f} MB, {model.licence}, {model.paper}, trained on {', '.join(model.trained_on)}"
        console.print(f"{name}: {about}", soft_wrap=True, highlight=False)
        console.print(f"  sha256 {model.sha256}", soft_wrap=True, highlight=False)
        console.print(f"  {published.get(name)}", soft_wrap=True, highlight=False)
    say_end(*_first_question(read(names[-1]), names[-1]))


@models_app.command()
def show(
    checkpoint: Annotated[str, typer.Argument(help="A model: file, folder, `default`, a name, or org/name.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit of org/name.")] = None,
) -> None:
    """Show the card of a model: what it is, what it has seen, how it did, what it cannot do."""
    from graphfm.commands.markdown import Page
    from graphfm.files import read_text
    from graphfm.models.checkpoint import DEFAULT, DEFAULT_LINKS, DEFAULT_PATH, GRAPH, LINK, read
    from graphfm.models.hub import is_hub_name
    from graphfm.models.model_card import model_card

    if checkpoint == DEFAULT:  # two models bear the name, one for each kind of graph; their card was written for them
        found, paths = read(DEFAULT, kind=LINK), [DEFAULT_PATH, DEFAULT_LINKS]
        card = read_text(DEFAULT_PATH.with_name("README.md"))
    else:
        found = read(checkpoint, revision=revision)
        paths = [found.path]
        card = model_card(
            found.content, text_graphs=found.kind is GRAPH, name=checkpoint, shared=is_hub_name(checkpoint)
        ).partition("\n---\n")[2]
    console = terminal()
    console.print(Page(card))
    for path in paths:
        console.print(f"{path}", soft_wrap=True, highlight=False, style="dim")
    say_end(*_first_question(found, checkpoint))


@models_app.command()
def push(
    checkpoint: Annotated[str, typer.Argument(help="A model: file, folder, run, or a name.")],
    name: Annotated[str, typer.Argument(help="org/name on the hub; made where it is missing.")],
    private: Annotated[bool, typer.Option("--private", help="Make a repository that its owners alone see.")] = False,
    revision: Annotated[str | None, typer.Option(help="Branch; the main one by default.")] = None,
    licence: Annotated[str | None, typer.Option(help="Of the weights, such as mit; else what the model says.")] = None,
    about: Annotated[Path | None, typer.Option(help="Markdown file that the model card begins with.")] = None,
) -> None:
    """Share a model on the hub, with its card: `graphfm models push runs/umls org/umls-rotate --licence mit`."""
    from graphfm.files import read_text
    from graphfm.models import load_model

    words = "" if about is None else read_text(about)
    address = load_model(checkpoint).push_to_hub(name, private=private, revision=revision, licence=licence, about=words)
    console = terminal()
    console.print(f"Pushed: {address}", soft_wrap=True, highlight=False)
    console.print(f"Others load it with --checkpoint {name}, or graphfm.load_model({name!r}).", highlight=False)
    say_end("models", "show", name)


def _first_question(found: Checkpoint, checkpoint: str) -> list[str]:
    """A command that asks the model; where it knows its own entities alone, with names that it knows."""
    from graphfm.models.checkpoint import GRAPH

    if found.kind is GRAPH:
        return ["classify", "--checkpoint", checkpoint, "--data", "NAME", "--out", "predictions.csv"]
    content = found.content
    if content["kind"] != "kge":
        return ["complete", "--checkpoint", checkpoint, "--data", "FILE", "--head", "NAME", "--relation", "NAME"]
    head, relation, _ = content["triples"]["train"][0].tolist()
    names = "--head", content["entities"][head], "--relation", content["relations"][relation]
    return ["complete", "--checkpoint", checkpoint, *names]


def _about(found: Checkpoint) -> str:
    card = found.content["card"]
    sources = ", ".join(map(str, card.get("sources") or [card.get("data", "graphs that it does not name")]))
    return f"{found.kind.words}, trained on {sources}"
