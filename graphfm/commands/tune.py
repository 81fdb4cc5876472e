"""`graphfm tune`: settings of link prediction, searched by validation alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.given import assigned, check_names, read_settings, typed_in
from graphfm.commands.options import Accelerator, Config, JsonFile, Settings
from graphfm.commands.output import Outputs, save
from graphfm.commands.terminal import terminal

_FUNCTION = "graphfm.tune"
SHOWN = 5  # trials in the terminal


def tune(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="Name of the catalogue, file or folder of triples.")
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="As link-prediction takes it.")] = "rotate",
    search: Annotated[
        list[str] | None,
        typer.Option(
            help="What varies; several may follow: lr=log:1e-4:1e-1 gamma=float:1:12 dim=int:32:256 queries=choice:both,pairs "
            "(default: what suits the model)."
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Runs in all, those of earlier calls included.")] = 20,
    config: Config = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder of the search (default tuning/DATA-MODEL-SEED); it resumes after a kill."
        ),
    ] = None,
    json_file: JsonFile = None,
    seed: Annotated[int, typer.Option(help="Of the search and of every run.")] = 0,
    accelerator: Accelerator = "auto",
    more: Settings = None,
) -> None:
    """Search settings by validation alone and print the command that trains the best: `graphfm tune --data umls --trials 20`.

    Settings that do not vary stand in --config and --set, as for link-prediction: --set epochs=20. No test triple is looked at.
    """
    options = typed_in(
        context, data=data, model=model, search=search, trials=trials, out=out, seed=seed, accelerator=accelerator
    )
    options |= assigned(more or [])

    from graphfm.commands.import_graph import say_if_imported
    from graphfm.errors import DataError
    from graphfm.training.link_prediction import run_setting_names
    from graphfm.training.tuning import tune as run

    read = read_settings(config, of="graphfm.link_prediction")
    settings: dict[str, Any] = {"model": model} | read | options
    known = ["out", "search", "trials", *run_setting_names(settings["model"])]
    check_names(read, known, of=_FUNCTION, path=config)
    check_names(options, known, of=_FUNCTION)
    if not isinstance(settings.get("data"), str):
        raise DataError("no data", expected="--data NAME or FOLDER, or `data:` in the file of --config")
    say_if_imported(settings["data"])
    folder = settings.pop("out", None)
    outputs = Outputs(json_file=json_file, out=folder)
    done = run(out=folder, **settings)

    console = terminal()
    console.print(show_trials(done))
    outputs.write(done.as_dict())
    table = done.file.with_name("trials.csv")
    save(table, done.frame())
    say_end(*shlex.split(done.command)[1:], wrote=(done.file, table, json_file))


def show_trials(done: Any) -> Any:
    """The best trials as a table for the terminal."""
    from rich.table import Table

    varied = [name for name in done.trials[0] if name not in ("trial", "val_mrr")]
    table = Table(title=f"The best of {len(done.trials)} trials", caption="MRR on all validation triples")
    for column in ("trial", "validation MRR", *varied):
        table.add_column(column, justify="right")
    for row in done.trials[:SHOWN]:
        values = (row[name] for name in varied)
        cells = (f"{value:.3g}" if isinstance(value, float) else str(value) for value in values)
        table.add_row(str(row["trial"]), f"{row['val_mrr']:.3f}", *cells)
    return table
