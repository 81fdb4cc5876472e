"""`graphfm evaluate`: rank the triples of a split with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import Accelerator, JsonFile, LinkCheckpoint
from graphfm.commands.output import Outputs
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.links import Evaluation


DIVISION_WIDTH, PART_WIDTH = 8, 14  # of "relation" and "1,000 to 2,999": a part is a line, in 80 columns


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
    relations: Annotated[
        list[str] | None, typer.Option(help="Rank the triples of these relations alone; several may follow.")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(help="Rank the queries whose answers are of these types alone; several may follow."),
    ] = None,
    known: Annotated[
        Path | None, typer.Option(help="A table of further triples that are known: they count as no wrong answers.")
    ] = None,
    accelerator: Accelerator = "auto",
    json_file: JsonFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the page, result.json and parts.csv.")
    ] = None,
) -> None:
    """Rank with a trained model, as a whole and by parts: `graphfm evaluate --checkpoint default --data umls`."""
    from graphfm.commands.import_graph import say_if_imported
    from graphfm.datasets import catalog
    from graphfm.evaluation.links import evaluate as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    say_if_imported(data)
    done = run(
        checkpoint,
        data=data,
        split=split,
        sampled=sampled,
        protocol=protocol,
        relations=relations or None,
        types=types or None,
        known=known,
        accelerator=accelerator,
    )
    console.print(show_result(done.result))
    console.print(show_parts(done.result))
    named = data or (done.model.graph.name if done.model.graph.name in catalog.names("kg") else None)
    say_shortfall(console, done.result, done.model.card, data=named)
    outputs.write(done.as_dict(), lambda: files(done))
    on = () if data is None else ("--data", data)
    wrote = (json_file, out / "index.html" if out is not None else None)
    say_end("complete", "--checkpoint", checkpoint, *on, "--head", "NAME", "--relation", "NAME", wrote=wrote)


def files(done: Evaluation) -> dict[str, Any]:
    """What `--out` holds: the result, its parts as a table, the page."""
    from graphfm.report.link_prediction_page import evaluation_page

    page = evaluation_page(done.result, done.model.card)
    return {"result.json": done.as_dict(), "parts.csv": done.parts(), "index.html": page}


def say_shortfall(console: Any, result: dict[str, Any], card: dict[str, Any], *, data: str | None) -> None:
    """That a model is below its baseline, and what to try on the data, named as the user did."""
    from graphfm.evaluation.shortfall import shortfall

    for sentence in shortfall(result, card=card, data=data):
        console.print(sentence, style="yellow", highlight=False, soft_wrap=True)


def show_parts(result: dict[str, Any]) -> Any:
    """Where the model is good: by what is seen of a query and by how often its entities and relation were; where some
    relations were asked for, each of them.
    """
    from rich.table import Table

    from graphfm.evaluation.links import parts_table

    table = Table(
        title="By parts",
        caption="Seen: whether the graph has a triple of the question's entity and relation, and one of the answer's.\n"
        "Numbers: training triples that the asked entity, the answer or the relation is in.\n"
        "Frequency: MRR of naming the most frequent answers.",
    )
    table.add_column("of the query", max_width=DIVISION_WIDTH)
    table.add_column("", overflow="fold", min_width=PART_WIDTH)
    for name in ("queries", "MRR", "hits 1", "hits 10", "frequency"):
        table.add_column(name, justify="right")
    shown = [*result["drilldown"], *(["relation name"] if "relations" in result else [])]
    before = ""
    for row in parts_table(result):
        if row["division"] not in shown:
            continue
        beside = f"{row['frequency_mrr']:.3f}" if "frequency_mrr" in row else ""
        cells = (f"{row['queries']:,}", *(f"{row[name]:.3f}" for name in ("mrr", "hits@1", "hits@10")), beside)
        first = "" if row["division"] == before else row["division"]
        if first and before:
            table.add_section()
        table.add_row(first, row["part"], *cells)
        before = row["division"]
    return table


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
        title=f"{result['model']} on {result['data']}, {result['split']}{_of_relations(result)}",
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


def _of_relations(result: dict[str, Any]) -> str:
    """The relations that were ranked, where some were chosen."""
    some = [f"{', '.join(result['relations'])} alone"] if "relations" in result else []
    some += [f"{result['known']:,} further triples known"] if "known" in result else []
    some += [f"answers of the type {' or '.join(result['types'])} alone"] if "types" in result else []
    return "".join(f", {words}" for words in some)


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
