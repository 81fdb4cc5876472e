"""`graphfm evaluate`: rank the triples of a split with a trained model."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import Accelerator, JsonFile, LinkCheckpoint
from graphfm.commands.output import Outputs
from graphfm.commands.terminal import terminal


def evaluate(
    checkpoint: LinkCheckpoint,
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="Name of the catalogue or folder of triples (default: the data of the run)."),
    ] = None,
    split: Annotated[Literal["val", "test"], typer.Option(help="Triples to rank.")] = "test",
    sampled: Annotated[
        int | None, typer.Option(min=1, help="Also rank among so many random wrong answers, under a name of its own.")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="Of an inductive set: U, R or G (default: the one trained under, else U).")
    ] = None,
    accelerator: Accelerator = "auto",
    json_file: JsonFile = None,
) -> None:
    """Rank with a trained model: `graphfm evaluate --checkpoint runs/umls-rotate-0 --data umls`."""
    from graphfm.evaluation.links import evaluate as run

    outputs = Outputs(json_file=json_file)
    done = run(checkpoint, data=data, split=split, sampled=sampled, protocol=protocol, accelerator=accelerator)
    terminal().print(show_result(done.result))
    outputs.write(done.as_dict())
    on = () if data is None else ("--data", data)
    say_end("complete", "--checkpoint", checkpoint, *on, "--head", "NAME", "--relation", "NAME", wrote=(json_file,))


def show_result(result: dict[str, Any]) -> Any:
    """The result as a table for the terminal: the model, and below it what learns nothing."""
    from rich.table import Table

    from graphfm.evaluation.links import table as rows

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
        f"MRR interval 95% {low:.3f} to {high:.3f}{area}{brier}{_pretraining(result)}",
    )
    table.add_column("method")
    names = ("mrr", "hits@1", "hits@3", "hits@10", "mean_rank")
    for name in names:
        table.add_column("MRR" if name == "mrr" else name.replace("_", " "), justify="right")
    for method, row in rows(result):
        cells = [f"{row[name]:.1f}" if name == "mean_rank" else f"{row[name]:.3f}" for name in names]
        table.add_row(method, *cells, style="bold" if row is report else "")
    return table


def _pretraining(result: dict[str, Any]) -> str:
    """What a foundation model saw before, in words."""
    if "pretraining" not in result:
        return ""
    about = result["pretraining"]
    words = f"\npretrained on {', '.join(about['sources'])}"
    if "seen_test" not in about:
        return f"{words}; whether these triples are among them is not known"
    shares = f"{about['seen_test']:.1%} of these triples and {about['seen_graph']:.1%} of the graph's"
    return f"{words}, which hold {shares}"
