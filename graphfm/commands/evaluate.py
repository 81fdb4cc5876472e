"""`graphfm evaluate`: rank the triples of a split with a trained model."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from graphfm.commands.terminal import terminal


class Split(str, Enum):
    """What `--split` may be."""

    val = "val"
    test = "test"


def evaluate(
    checkpoint: Annotated[Path, typer.Argument(help="model.ckpt of a link prediction run, or its folder.")],
    data: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--data", "-d", help="Name of the catalogue or folder of triples (default: the data of the run)."),
    ] = None,
    split: Annotated[Split, typer.Option(help="Triples to rank.")] = Split.test,
    sampled: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Also rank among so many random wrong answers, under a name of its own."),
    ] = None,
    protocol: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Of an inductive set: U, R or G (default: the one trained under, else U)."),
    ] = None,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the result as JSON.")] = None,  # noqa: UP045
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
) -> None:
    """Rank with a trained model: `graphfm evaluate runs/umls-rotate-0 --data umls`."""

    from graphfm.datasets import catalog, load_triples
    from graphfm.errors import DataError
    from graphfm.evaluation.links import evaluate as run
    from graphfm.evaluation.links import trained_under
    from graphfm.files import check_writable, write_json
    from graphfm.models import LinkModel

    check_writable(file=json_file)
    model = LinkModel.load(checkpoint, device=device(accelerator))
    graph = None if data is None else load_triples(data)
    if graph is None and trained_under(model) and model.graph.name in catalog.names("kg"):
        graph = load_triples(model.graph.name)  # with its second graph, which is not kept with the model
        if graph.digest() != model.card["settings"].get("data_digest", graph.digest()):
            raise DataError(
                f"a model of another {graph.name} than the catalogue's",
                expected="the data it was trained on",
                hint="Give its folder: --data FOLDER.",
            )
    result = run(model, graph, split=split.value, sampled=sampled, protocol=protocol)
    terminal().print(show_result(result))
    if json_file is not None:
        write_json(json_file, {**{k: v for k, v in model.card.items() if k != "result"}, "result": result})


def device(accelerator: str) -> str:
    """The device that `--accelerator` means.

    Raises:
        DataError: another word, or a GPU where there is none.
    """
    import torch

    from graphfm.errors import DataError

    found = torch.cuda.is_available()
    if accelerator not in ("auto", "cpu", "gpu") or (accelerator == "gpu" and not found):
        there = "" if found else "; there is no GPU here"
        raise DataError(f"--accelerator {accelerator}", expected=f"auto, cpu or gpu{there}")
    return "cuda" if found and accelerator != "cpu" else "cpu"


def show_result(result: dict[str, Any]) -> Any:
    """The result as a table for the terminal: the model, and below it what learns nothing."""
    from rich.table import Table

    report = result["report"]
    low, high = report["mrr_interval_95"]
    unseen = f", {report['queries_unseen']:,} with an entity unseen in training" if report["queries_unseen"] else ""
    area = ""
    if "auc_pr" in result:
        area = f"; AUC-PR {result['auc_pr']['auc_pr']:.3f} (constant {result['auc_pr']['constant']:.3f})"
    calibration = result["calibration"]
    brier = "" if calibration is None else f"; Brier score {calibration['brier']:.3f} (constant 0.250)"
    table = Table(
        title=f"{result['model']} on {result['data']}, {result['split']}",
        caption=f"{report['protocol']}; ties {report['ties']}; {report['queries']:,} queries{unseen}; "
        f"MRR interval 95% {low:.3f} to {high:.3f}{area}{brier}",
    )
    table.add_column("method")
    names = ("mrr", "hits@1", "hits@3", "hits@10", "mean_rank")
    for name in names:
        table.add_column("MRR" if name == "mrr" else name.replace("_", " "), justify="right")
    rows = [(result["model"], report), *result["baselines"].items()]
    if result.get("protocol") == "R":  # what MoKGR's and AdaProp's own inductive numbers are to be compared with
        rows.insert(1, (f"{result['model']}, optimistic ties", report["optimistic"]))
    for method, row in rows:
        cells = [f"{row[name]:.1f}" if name == "mean_rank" else f"{row[name]:.3f}" for name in names]
        table.add_row(method, *cells, style="bold" if row is report else "")
    return table
