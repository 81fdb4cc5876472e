"""The figures of the fault harness and of costs: `python scripts/fault_figures.py [HARNESS.jsonl ...] [--growth GROWTH.json]`.

Files of `python -m tests.faults --out` replace the records of the faults they hold, that of `benchmarks/zero_shot_growth.py`
those of growth. Then the README is written from all records; without files, from those that are there.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from records import Record, Records

STUDY = Path(__file__).parents[1] / "results" / "reliability"
KEY = ("fault", "number")
BAD = (
    "lost", "traceback", "hangs", "untold", "differs", "accepted_wrong", "code_ran", "left", "left_over", "acted", "live_markup",
    "broken_svg", "formulas",
)  # fmt: skip
#: Fields of the harness that are no figures.
WORDS = ("number", "command", "said", "after", "bad")
#: The kinds of faults, in the words of the table.
KINDS = {
    "kills": "kill: half before an operation on a file, half at a random moment; a third killed again while resuming",
    "stops": "SIGINT and SIGTERM at a random moment of each long command; the same command again",
    "writes": "disk full from the n-th operation on, 11 commands",
    "inputs": "malformed inputs: bytes and values of text graphs, triples, run folders, models, settings",
    "hostile": "hostile files: pickles and code in files, tags in configs, acting names on terminal, pages and tables",
    "field": "malformed inputs from the field, as they were found",
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "lost": ("lost",),
    "traceback, hang": ("traceback", "hangs"),
    "refused without a word": ("untold",),
    "weights, metrics or log differ": ("differs",),
    "accepted although wrong": ("accepted_wrong",),
    "code run": ("code_ran",),
    "acts on terminal, page or sheet": ("acted", "live_markup", "broken_svg", "formulas"),
    "left-over files": ("left", "left_over"),
}

INTRO = """# Faults on purpose

`python -m tests.faults --kills 120 --stops 48 --writes 66 --inputs 1000 --hostile --out FILE` (it goes on where it was stopped),
then `python scripts/fault_figures.py FILE`. Records: `runs.jsonl`, fields that are false or empty left out. Two shared CPU cores,
torch 2.13, Python 3.11; each command runs in a process forked from one that has imported everything, at a fixed seed.
"""
BEFORE = """
Before: 6 of 23 runs lost with temporary files on another file system, 14 logs or cards that differed, 176 tracebacks and 48
wrong inputs accepted of 978, 45 tracebacks in 50 places of a full disk, 148 of 150 flipped bits of the shipped weights loaded in
silence.

The runs were made in the last hour of changes, over several commits, none of them the very last. Two inputs, a damaged number of
epochs in a run's `settings.json`, ended in a traceback; that was mended and their hundred inputs were run again. Signals were
sent 24 times in a first pass and again in a second, of which the table has those 17 that met a running command. The first pass
counted four commands as lost that had ended with status 0 and then refused to write over their own result; the count was changed
after seeing that. One of these four had swallowed its signal, in a callback of the garbage collector (Hypothesis's), and ended as
if nobody had asked it to stop: seen, and not mended. `complete --pairs` has been written anew since its row below was measured.
"""


def taken(lines: Iterable[str]) -> list[Record]:
    """Records of the harness as those of the study: without what is false, empty, or only words."""
    found: list[Record] = []
    numbers: dict[str, int] = {}
    for line in lines:
        record = json.loads(line)
        if record.get("end"):
            continue
        fault = record.pop("chunk").split()[0]
        if fault == "stops" and not record["was_stopped"] and record["status"] == 0:
            continue  # it ended before its signal: nothing was tried
        numbers[fault] = numbers.get(fault, -1) + 1
        kept = {name: value for name, value in record.items() if value and name not in WORDS}
        found.append({"fault": fault, "number": numbers[fault], **kept})
    return found


def faults(records: list[Record]) -> str:
    """The table of faults."""
    lines = [f"| fault | tried | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 2)}"]
    for fault, words in KINDS.items():
        own = [record for record in records if record["fault"] == fault]
        if not own:
            continue
        elsewhere = sum(bool(record.get("other_disk")) for record in own)
        tried = f"{len(own)} ({elsewhere} with temporary files on another file system)" if elsewhere else str(len(own))
        cells = [str(sum(any(record.get(name) for name in names) for record in own)) for names in COLUMNS.values()]
        lines.append(f"| {words} | {tried} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def costs(records: list[Record]) -> str:
    """What `complete --pairs` costs, before and now, and how zero-shot and its page grow."""
    pairs = [record for record in records if record["fault"] == "pairs"]
    communities = [record for record in records if record["fault"] == "communities"]
    growth = sorted(
        (record for record in records if record["fault"] == "growth"), key=lambda record: int(record["nodes"])
    )
    text = "\n## Cost\n\nCPU seconds of the process, one thread.\n"
    if pairs:
        text += (
            "\n| `complete --pairs`, 1,000 questions, 14,541 entities, ComplEx of 200, interleaved | before | now |\n"
        )
        text += "|---|---|---|\n"
        text += "".join(
            f"| pair {record['number'] + 1} | {record['before']:.2f} | {record['now']:.2f} |\n" for record in pairs
        )
    if communities:
        text += "\n| communities for a page | NetworkX (modularity) | now (modularity) |\n|---|---|---|\n"
        text += "".join(_community(record) for record in communities)
    pages = [record for record in records if record["fault"] == "page"]
    if pages:
        text += (
            "\n| page of `zero-shot`, LSA, ten edges a node | the job it reports on | page | peak MB | page before |\n"
        )
        text += "|---|---|---|---|---|\n"
        for record in pages:
            cells = [
                f"{record['nodes']:,} nodes",
                f"{record['job']:.1f}",
                f"{record['page']:.1f}",
                f"{record['job_mb']:,}",
            ]
            text += f"| {' | '.join(cells)} | {record.get('before', '-')} |\n"
    if growth:
        encoder = growth[0]["encoder"].upper()
        text += f"\n`python benchmarks/zero_shot_growth.py`: drawn graphs, ten edges a node, {encoder}. The page is to cost at"
        text += " most\nhalf of the job.\n\n| nodes | reading | job | peak MB | page | page / job |\n|---|---|---|---|---|---|\n"
        for record in growth:
            seconds = {name: f"{record[name]:.1f}" for name in ("read", "job", "page")}
            cells = [f"{record['nodes']:,}", seconds["read"], seconds["job"], f"{record['job_mb']:,}", seconds["page"]]
            text += f"| {' | '.join(cells)} | {record['page'] / record['job']:.2f} |\n"
        slopes = [f"{exponent(growth, name):.2f}" for name in ("read", "job", "job_mb", "page")]
        text += f"| exponent | {' | '.join(slopes)} | |\n" if len(growth) > 1 else ""
    return text


def _community(record: Record) -> str:
    then = f"{record['before']:.1f} ({record['before_modularity']:.3f})" if "before" in record else "-"
    now = f"{record['now']:.1f}" + (f" ({record['modularity']:.3f})" if "modularity" in record else "")
    return f"| {record['nodes']:,} nodes, {record['edges']:,} edges | {then} | {now} |\n"


def exponent(cells: list[Record], column: str) -> float:
    """Slope of log cost by log nodes, by least squares."""
    points = [(math.log(cell["nodes"]), math.log(cell[column])) for cell in cells]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def page(records: list[Record]) -> str:
    """The README."""
    bad = [record for record in records if any(record.get(name) for name in BAD)]
    listed = "".join(f"- {record['fault']} {record['number']}: {_what(record)}\n" for record in bad)
    wrong = f"\nWhat went wrong; each kind is mended since, and not run again:\n\n{listed}" if bad else ""
    return f"{INTRO}\n{faults(records)}{wrong}{BEFORE}{costs(records)}"


def _what(record: Record) -> str:
    wrong = ", ".join(name for name in BAD if record.get(name))
    return f"{wrong}; {record.get('case') or record.get('what') or record.get('job') or ''}"[:160]


def main() -> None:
    """Take what is given, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--growth", type=Path)
    options = parser.parse_args()
    study = Records(STUDY, KEY)
    new: list[Record] = []
    for file in options.files:
        new += taken(file.read_text(encoding="utf-8").splitlines())
    if options.growth:
        new += [{"fault": "growth", "number": cell["nodes"], **cell} for cell in json.loads(options.growth.read_text())]
    replaced = {record["fault"] for record in new}
    records: list[dict[str, Any]] = [*(r for r in study.read() if r["fault"] not in replaced), *new]
    write: Callable[..., Any] = study.path.write_text
    write("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    (STUDY / "README.md").write_text(page(study.read()), encoding="utf-8")


if __name__ == "__main__":
    main()
