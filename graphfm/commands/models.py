"""`graphfm models`: foundation models that come with the package or that others have published."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.terminal import terminal

models_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@models_app.command(name="list")
def list_models() -> None:
    """Models that can be had by name, with what they were trained on and their licence."""
    from rich.table import Table

    from graphfm.models.published import PUBLISHED, find

    table = Table(title="Published models")
    for column in ("name", "size", "licence", "paper", "trained on", "here"):
        table.add_column(column, overflow="fold")
    for model in PUBLISHED.values():
        here = find(model)
        size, trained = f"{model.size / 1e6:.1f} MB", ", ".join(model.trained_on)
        table.add_row(model.name, size, model.licence, model.paper, trained, str(here) if here else "no")
    terminal().print(table)
    say_end("models", "get", "ultra-50g")


@models_app.command()
def get(names: Annotated[list[str], typer.Argument(help="Names of `graphfm models list`.")]) -> None:
    """Make models ready: find them, or download them where they are published."""
    from graphfm.models import published

    for model in [published.published(name) for name in names]:  # all names first, then the network
        console = terminal()
        about = f"{model.size / 1e6:.1f} MB, {model.licence}, {model.paper}, trained on {', '.join(model.trained_on)}"
        console.print(f"{model.name}: {about}", soft_wrap=True, highlight=False)
        console.print(f"  sha256 {model.sha256}", soft_wrap=True, highlight=False)
        console.print(f"  {published.get(model.name)}", soft_wrap=True, highlight=False)
    say_end("complete", "--checkpoint", names[-1], "--data", "FILE", "--head", "NAME", "--relation", "NAME")
