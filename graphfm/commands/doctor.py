"""`graphfm doctor`: what is installed, what the machine has, what is missing for which feature."""

from __future__ import annotations

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import JsonFile
from graphfm.commands.terminal import terminal


def doctor(json_file: JsonFile = None) -> None:
    """Versions, devices, folders, and what is missing for which feature, with the line that mends it."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.commands.output import Outputs
    from graphfm.report.doctor import doctor as run

    outputs, console, found = Outputs(json_file=json_file), terminal(), run()
    for name, value in (found.versions | found.places).items():
        console.print(Text.assemble((name, "bold"), f": {value}"), soft_wrap=True, highlight=False)
    for device in found.devices:
        console.print(Text.assemble(("device", "bold"), f": {device}"), soft_wrap=True, highlight=False)
    table = Table(title="Features")
    for column in ("feature", "is for", "there"):
        table.add_column(column, overflow="fold")
    for feature in found.features:
        there = "yes" if not feature.missing else f"no: {_few(feature.missing)}"
        table.add_row(feature.extra, feature.use, there, style="" if not feature.missing else "yellow")
    console.print(table)
    for feature in found.features:
        if feature.missing:
            console.print(f"  {feature.extra}: {feature.line}", soft_wrap=True, highlight=False)
    for problem in found.problems:
        console.print(f"Problem: {problem}", style="red", soft_wrap=True, highlight=False)
    outputs.write(found.as_dict())
    say_end("quickstart", wrote=(json_file,))
    if found.problems:
        raise typer.Exit(1)


def _few(names: tuple[str, ...], most: int = 3) -> str:
    """
    >>> _few(("a", "b", "c", "d", "e"))
    'a, b, c and 2 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
