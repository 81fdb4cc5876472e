"""`graphfm link-prediction`: a knowledge graph in, ranks on its test triples and a model that completes triples out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.given import assigned, check_names, read_settings, typed_in
from graphfm.commands.options import (
    Accelerator,
    Config,
    Devices,
    JsonFile,
    LoggerOption,
    Nodes,
    Settings,
    Strategy,
)
from graphfm.commands.output import Outputs, save
from graphfm.commands.terminal import terminal

_FUNCTION = "graphfm.link_prediction"


def link_prediction(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="Name of the catalogue or folder of triples.")
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="RotatE, TransE, ComplEx, RotH, ... or MoKGR, AdaProp, RED-GNN.")
    ] = "rotate",
    init: Annotated[
        str | None,
        typer.Option(help="Start from a foundation model: default, ultra-3g, ultra-4g, ultra-50g, or a file."),
    ] = None,
    config: Config = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder of the run (default runs/DATA-MODEL-SEED); it resumes after a kill, and with more epochs.",
        ),
    ] = None,
    json_file: JsonFile = None,
    protocol: Annotated[
        str | None, typer.Option(help="Of an inductive set: U (default), R or G; their numbers must not be compared.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the triples.")] = 100,
    dim: Annotated[int | None, typer.Option(min=1, help="Width of the model (default 200, MoKGR 64).")] = None,
    lr: Annotated[float | None, typer.Option(min=0.0, help="Learning rate (default 0.001, MoKGR 0.003).")] = None,
    seed: Annotated[int, typer.Option(help="Of starting values, batches, negatives.")] = 0,
    relations: Annotated[
        list[str] | None,
        typer.Option(
            help="Rank, and choose the best weights by, triples of these relations alone; several may follow."
        ),
    ] = None,
    accelerator: Accelerator = "auto",
    devices: Devices = 1,
    num_nodes: Nodes = 1,
    strategy: Strategy = "auto",
    logger: LoggerOption = "csv",
    more: Settings = None,
) -> None:
    """Train on a knowledge graph and rank its test triples: `graphfm link-prediction --model rotate --data umls`."""
    options = typed_in(
        context,
        data=data,
        model=model,
        init=init,
        out=out,
        protocol=protocol,
        epochs=epochs,
        dim=dim,
        lr=lr,
        seed=seed,
        relations=relations,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        logger=logger,
    )
    options |= assigned(more or [])

    from graphfm.commands.evaluate import say_shortfall, show_result
    from graphfm.commands.import_graph import say_if_imported
    from graphfm.errors import DataError
    from graphfm.evaluation.links import Evaluation
    from graphfm.report.link_prediction_page import learning_curve, run_page
    from graphfm.settings import typed
    from graphfm.training.link_prediction import default_folder, run_setting_names
    from graphfm.training.link_prediction import link_prediction as run
    from graphfm.training.links.starting import UNCHOSEN
    from graphfm.training.runs.run_folder import reports

    read = read_settings(config, of=_FUNCTION)
    settings: dict[str, Any] = {"model": model} | read | options
    known = ["out", *run_setting_names(settings["model"])]  # a model's own settings depend on the model
    check_names(read, known, of=_FUNCTION, path=config)
    check_names(options, known, of=_FUNCTION)
    # The default is seen by `Start`; this is the same name given by the user.
    if settings.get("init") is not None and (read | options).get("model") == UNCHOSEN:
        expected = "one of them: the weights of --init are of one model"
        raise DataError(f"--model {UNCHOSEN} with --init", expected=expected)
    if not isinstance(settings.get("data"), str):
        raise DataError("no data", expected="--data NAME or FOLDER, or `data:` in the file of --config")
    say_if_imported(settings["data"])
    folder = Path(settings.pop("out", None) or default_folder(**settings))
    outputs = Outputs(json_file=json_file, out=folder)
    done = run(out=folder, **typed(run, settings))
    if not reports():
        return

    console = terminal()
    if done.card.get("stopped_early"):
        console.print(f"The training {done.card['stopped_early']}", soft_wrap=True, highlight=False)
    if "result" in done.card:
        console.print(show_result(done.card["result"]))
        say_shortfall(console, done.card["result"], done.card, data=settings["data"])
        save(folder / "parts.csv", Evaluation(done, done.card["result"]).parts())
    outputs.write(done.card)
    save(folder / "index.html", run_page(done, curve=learning_curve(folder / "log" / "metrics.csv")))
    where = () if done.graph.inference is None else ("--data", settings["data"])  # its new entities
    written = [folder / name for name in ("index.html", "model.ckpt", "result.json") if (folder / name).is_file()]
    named = ("--head", done.graph.entities[int(done.graph.train[0, 0])]) if where == () else ("--head", "NAME")
    relation = ("--relation", done.graph.relations[int(done.graph.train[0, 1])])
    say_end("complete", "--checkpoint", folder, *where, *named, *relation, wrote=(*written, json_file))
