"""`graphfm link-prediction`: a knowledge graph in, ranks on its test triples and a model that completes triples out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from graphfm.commands.settings import assigned, check_names, read_settings
from graphfm.commands.terminal import terminal


def link_prediction(
    model: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--model", "-m", help="RotatE, TransE, ComplEx, RotH, ... or MoKGR, AdaProp, RED-GNN."),
    ] = None,
    data: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--data", "-d", help="Name of the catalogue or folder of triples."),
    ] = None,
    config: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="YAML file with any setting, the model and the data included; options given here win."),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", "-o", help="Folder of the run (default runs/DATA-MODEL-SEED); it resumes after a kill."),
    ] = None,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the result as JSON.")] = None,  # noqa: UP045
    protocol: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Of an inductive set: U (default), R or G; their numbers must not be compared."),
    ] = None,
    epochs: Annotated[Optional[int], typer.Option(min=1, help="Passes over the triples (default 100).")] = None,  # noqa: UP045
    dim: Annotated[Optional[int], typer.Option(min=1, help="Width of the model (default 200, MoKGR 64).")] = None,  # noqa: UP045
    lr: Annotated[Optional[float], typer.Option(min=0.0, help="Learning rate (default 0.001, MoKGR 0.003).")] = None,  # noqa: UP045
    seed: Annotated[Optional[int], typer.Option(help="Of starting values, batches, negatives (default 0).")] = None,  # noqa: UP045
    accelerator: Annotated[Optional[str], typer.Option(help="auto (default), cpu or gpu.")] = None,  # noqa: UP045
    more: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--set", help="Any other setting, as name=value; may be repeated: --set gamma=9."),
    ] = None,
) -> None:
    """Train on a knowledge graph and rank its test triples: `graphfm link-prediction --model rotate --data umls`."""

    from graphfm.commands.evaluate import device, show_result
    from graphfm.errors import DataError
    from graphfm.files import check_writable, write_json
    from graphfm.settings import typed
    from graphfm.training.link_prediction import link_prediction as run
    from graphfm.training.link_prediction import run_setting_names

    given = {"model": model, "data": data, "epochs": epochs, "dim": dim, "lr": lr, "seed": seed}
    given |= {"accelerator": accelerator, "protocol": protocol}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    options |= assigned(more or [])
    # The names of a scorer's own settings depend on the scorer, which the file may name.
    chosen = options.get("model") or _named_in(config) or "rotate"
    known = run_setting_names(chosen)
    check_names(options, known, of="graphfm.link_prediction")
    settings = {"model": "rotate"} | read_settings(config, known, of="graphfm.link_prediction") | options
    if not isinstance(settings.get("data"), str):
        raise DataError("no data", expected="--data NAME or FOLDER, or `data:` in the file of --config")
    device(settings.get("accelerator", "auto"))
    name = Path(settings["data"]).name
    parts = [name, settings["model"], settings.get("protocol"), settings.get("seed", 0)]
    out = out or Path("runs") / "-".join(str(part) for part in parts if part is not None).lower()

    check_writable(file=json_file, folder=out)
    done = run(out=out, **typed(run, settings))
    console = terminal()
    result = done.card.get("result")
    if result is not None:
        console.print(show_result(result))
    if json_file is not None:
        write_json(json_file, done.card)
    _page(done, out)
    console.print(f"Page: {out / 'index.html'}   result: {out / 'result.json'}", soft_wrap=True, highlight=False)
    where = "" if done.graph.inference is None else f" --data {settings['data']}"  # its new entities
    console.print(
        f"Model: {out / 'model.ckpt'}   next: graphfm complete {out}{where} --head NAME --relation NAME",
        soft_wrap=True,
        highlight=False,
    )


def _named_in(config: Path | None) -> str | None:
    """The model that a file names; what is wrong with the file is said when it is read in full."""
    if config is None or not config.is_file():
        return None
    import yaml

    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return None
    named = content.get("model") if isinstance(content, dict) else None
    return named if isinstance(named, str) else None


def _page(model: Any, out: Path) -> None:
    from graphfm.files import write_text
    from graphfm.report.link_prediction_page import learning_curve, run_page

    write_text(out / "index.html", run_page(model, curve=learning_curve(out / "log" / "metrics.csv")))
