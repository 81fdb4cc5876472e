"""`graphfm complete`: the missing part of a triple, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import LinkCheckpoint, TripleData
from graphfm.commands.output import check_table, text_parts, write_table
from graphfm.commands.terminal import terminal
from graphfm.printable import amount

if TYPE_CHECKING:
    from graphfm.models.asking import Completion

#: How numbers are shown, by column.
NUMBERS: dict[str, Callable[[float], str]] = {"score": "{:.3f}".format, "rank": amount, "row": amount}
NUMBERS |= dict.fromkeys(("p_true", "p_beats_random"), "{:.3f}".format)
#: What a probability says, where one is shown.
MEANING = {
    "p_true": "p true: of answers listed with this, the share that is true, where the question has an answer not known yet.",
    "p_beats_random": "p beats random: true rather than one random wrong answer.",
}
ANSWERS_SHOWN = 1000  # answers to many questions in the terminal
PROBLEMS = 20  # and questions without one
_SET = "`range` (those that training has on that side), `type:NAME`, or a file with a name a line"


def complete(
    checkpoint: LinkCheckpoint,
    head: Annotated[str | None, typer.Option(help="Identifier or label.")] = None,
    relation: Annotated[
        str | None, typer.Option(help="Identifier or label; alone, its best new triples over all heads.")
    ] = None,
    tail: Annotated[str | None, typer.Option(help="Identifier or label.")] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            "--pairs",
            help="Many questions: a table with the columns head, relation, tail, each row with one of them empty, or none.",
        ),
    ] = None,
    shard: Annotated[
        str | None, typer.Option(help="i/n: part i of n of the questions, so that n machines share a file.")
    ] = None,
    data: TripleData = None,
    top: Annotated[int, typer.Option(min=1, help="Answers to a question.")] = 10,
    new: Annotated[bool, typer.Option("--new", help="Leave out triples that the data has.")] = False,
    candidates: Annotated[str | None, typer.Option(help=f"Entities that may answer: {_SET} (default: all).")] = None,
    known: Annotated[
        Path | None, typer.Option(help="A table of further triples that are known: they are left out.")
    ] = None,
    heads: Annotated[
        str, typer.Option(help=f"Of a relation alone, the heads asked about: {_SET}, or `all`.")
    ] = "range",
    by_name: Annotated[
        bool,
        typer.Option(
            "--by-name",
            help="The relation has no fact, or is new to the graph: its name says what it means (default).",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the answers: .csv, .tsv, .jsonl or .parquet.")
    ] = None,
    style: Annotated[
        Literal["table", "csv", "jsonl"], typer.Option("--format", help="Of answers that are printed.")
    ] = "table",
) -> None:
    """Complete a triple: `graphfm complete --checkpoint default --data umls --head virus --relation causes`.

    Two of head, relation and tail ask for the third; all three are scored; a relation alone asks for its best new triples.
    """
    from graphfm.models.asking import complete as run

    check_table(out, endings=(".csv", ".tsv", ".jsonl", ".parquet"))
    done = run(
        checkpoint,
        head=head,
        relation=relation,
        tail=tail,
        questions=questions,
        shard=shard,
        data=data,
        top=top,
        new=new,
        candidates=candidates,
        known=known,
        heads=heads,
        by_name=by_name,
    )
    if out is not None:
        write_table(out, done.frame())
    elif style == "table":
        terminal().print(show_answers(done) if questions is None else show_many(done))
        if not done.row_count:
            terminal().print(
                "No answer is left: all candidates are facts that the data or --known has.", style="yellow"
            )
            if questions is None and head is None and tail is None and heads == "range":
                terminal().print("--heads all asks about every entity as a head.", highlight=False)
    else:
        for part in text_parts(done.frame(), style):
            typer.echo(part, nl=False)
        return
    say_problems(done, told=PROBLEMS if out is None else 1)
    on = ("--checkpoint", checkpoint, *(() if data is None else ("--data", data)))
    # A relation by its name is none of the graph, so that no path to an answer can be asked for.
    best = done.rows[0] if done.explained and not by_name and done.rows else None
    if best is None:
        say_end("evaluate", *on, wrote=(out,))
    else:
        named = {"head": head, "relation": relation, "tail": tail}
        triple = {end: name or best.get(f"{end}_id", "NAME") for end, name in named.items()}
        say_end("explain", *on, *(word for end, name in triple.items() for word in (f"--{end}", name)), wrote=(out,))


def show_answers(done: Completion) -> Any:
    """Answers to one question as a table for the terminal; labels that only repeat the identifiers are left out, and the
    names of a triple that is scored, which the title has.
    """
    from graphfm.models.asking import plain

    rows, names = done.rows, list(done.columns)
    ends = [end for end in ("head", "relation", "tail") if f"{end}_id" in names]
    if len(ends) == 3:
        names = [name for name in names if name.partition("_")[0] not in ends]
    for end in ends:
        ids, labels = f"{end}_id", f"{end}_label"
        if labels in names and all(plain(str(row[ids])) == plain(str(row[labels])) for row in rows):
            names.remove(labels)
    return _table(done.question, names, rows)


def show_many(done: Completion) -> Any:
    """The first answers to many questions as a table for the terminal: each question in its words, each answer by its label.

    An identifier is shown where another answer bears the same label; `--out` and `--format csv` have all of them.
    """
    answered, _ = _places(done)
    rows = _rows(done, answered[:ANSWERS_SHOWN])
    bearers: dict[str, set[str]] = {}
    for row in rows:
        bearers.setdefault(row["answer_label"], set()).add(row["answer_id"])
    for row in rows:
        row["question"] = "  ".join(row[end] or "?" for end in ("head", "relation", "tail"))
        label, name = row["answer_label"], row["answer_id"]
        row["answer"] = label if len(bearers[label]) == 1 else f"{label} ({name})"
    numbers = [name for name in done.columns if name in ("score", "rank", "known", *MEANING)]
    table = _table(done.question, ["row", "question", "answer", *numbers], rows)
    if left := len(answered) - len(rows):
        table.caption = f"{table.caption}\n... and {left:,} more answers: --out FILE has all".strip()
    return table


def say_problems(done: Completion, *, told: int) -> None:
    """Which of many questions have no answer, and why, of as many as are told."""
    _, lacking = _places(done) if "problem" in done.columns else ([], [])
    if lacking:
        every = len({*done.columns["row"]})
        console = terminal()
        console.print(f"{len(lacking):,} of {every:,} questions have no answer:", style="yellow", highlight=False)
        for row in _rows(done, lacking[:told]):
            console.print(f"row {amount(row['row'])}: {row['problem']}", soft_wrap=True, highlight=False)
        if len(lacking) > told:
            more = f"... and {len(lacking) - told:,} more: the column problem of --out has all"
            console.print(more, soft_wrap=True, highlight=False)


def _places(done: Completion) -> tuple[list[int], list[int]]:
    """Where the rows with an answer stand among those of many questions, and those without: a million rows stay columns."""
    answered: list[int] = []
    lacking: list[int] = []
    for place, problem in enumerate(done.columns["problem"]):
        (lacking if problem else answered).append(place)
    return answered, lacking


def _rows(done: Completion, places: list[int]) -> list[dict[str, Any]]:
    """Some of the rows as plain values."""
    frame = done.frame().iloc[places]
    return done._replace(columns={str(name): column for name, column in frame.items()}).rows


def _table(title: str, names: list[str], rows: list[dict[str, Any]]) -> Any:
    from rich.cells import cell_len
    from rich.table import Table

    about = [words for name, words in MEANING.items() if name in names]
    table = Table(title=title, caption="\n".join(about), caption_justify="left", min_width=min(cell_len(title), 76))
    for name in names:
        table.add_column(name.replace("_", " "), justify="right" if name in NUMBERS else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in names))
    return table


def _cell(name: str, value: Any) -> str:
    if repr(value) in ("None", "nan", "<NA>"):  # what has no answer has no numbers
        return ""
    if name == "known":
        return "known" if value else "new"
    return NUMBERS.get(name, str)(value)
