"""The figures of the fault harness and of costs: `python scripts/fault_figures.py [HARNESS.jsonl ...] [--growth GROWTH.json]`.

Files of `python -m tests.faults --out` replace the records of the faults they hold, that of `benchmarks/zero_shot_growth.py`
those of growth. Then the README is written from all records; without files, from those that are there. The costs before and now
were measured by hand, as the page says, and are records of their own.
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
    "lost", "traceback", "hangs", "untold", "unheard", "differs", "accepted_wrong", "code_ran", "left", "left_over", "acted",
    "live_markup", "broken_svg", "formulas",
)  # fmt: skip
#: Fields of the harness that are no figures.
WORDS = ("number", "command", "said", "after", "bad")
#: A signal that found the command ended: nothing was tried.
MISSED = "missed"
#: The kinds of faults, in the words of the table.
KINDS = {
    "kills": "kill: half before an operation on a file, half at a random moment; a third killed again while resuming",
    "stops": "SIGINT and SIGTERM at a random moment of each of 12 long commands; the same command again",
    "writes": "disk full from the n-th operation on, 11 commands",
    "inputs": "malformed inputs: bytes and values of text graphs, triples, run folders, models, settings",
    "hostile": "hostile files: pickles and code in files, tags in configs, acting names on terminal, pages and tables",
    "field": "malformed inputs from the field, as they were found",
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "lost": ("lost",),
    "traceback, hang": ("traceback", "hangs"),
    "refused or stopped without a word": ("untold",),
    "signal not heard": ("unheard",),
    "weights, metrics or log differ": ("differs",),
    "accepted although wrong": ("accepted_wrong",),
    "code run": ("code_ran",),
    "acts on terminal, page or sheet": ("acted", "live_markup", "broken_svg", "formulas"),
    "left-over files": ("left", "left_over"),
}

INTRO = """# Faults on purpose

`python -m tests.faults --kills 120 --stops 48 --writes 66 --inputs 1000 --hostile --field CASES --out FILE` (it goes on where it
was stopped), then `python scripts/fault_figures.py FILE`. Records: `runs.jsonl`, fields that are false or empty left out. Two
shared CPU cores, torch 2.13, Python 3.11; each command runs in a process forked from one that has imported everything, at a fixed
seed.
"""
BEFORE = """
Three cases from the field ask for a refusal and are accepted, for a reason (`tests/faults/field.py`): links held out of a graph
without an edge are none; more lengths than layers are clamped, as the setting says; a folder named there is not there, and a file
of its name is written. Signals are sent a tenth of a second after a process has begun, or later: one that was sent after two
milliseconds, in a pass of before, met no program yet, and ended it as the system does (status -15, nothing lost). A command that
has written its whole result before it is stopped refuses to write over it when it is run again, which loses nothing.

Before: 6 of 23 runs lost with temporary files on another file system, 14 logs or cards that differed, 176 tracebacks and 48
wrong inputs accepted of 978, 45 tracebacks in 50 places of a full disk, 148 of 150 flipped bits of the shipped weights loaded in
silence.
"""
#: In place of a commit, of records that have none.
EARLIER = (
    "several earlier ones, not named in the records (one signal of 24 was swallowed by Python there, which is mended)"
)
#: How the costs of questions were measured.
PAIRS = """
A file of 1,000 questions for tails, ten answers each as CSV: whole processes, in turns; FB15k-237's training triples (14,505
entities), ComplEx of 200.

| | before: `complete --pairs` | now: `complete --questions` |
"""
PAGES = """
`zero-shot --out` on a drawn graph of 25,000 nodes, LSA: whole processes in turns, and of them the page.

| | before | of it the page | now | of it the page | page / rest now |
|---|---|---|---|---|---|
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
        if fault == "stops":
            record[MISSED] = not record.pop("met")
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
        sent, own = len(own), [record for record in own if not record.get(MISSED)]
        elsewhere = sum(bool(record.get("other_disk")) for record in own)
        tried = str(len(own))
        tried += f" ({elsewhere} with temporary files on another file system)" if elsewhere else ""
        tried += f" (of {sent} sent; the others found their command ended)" if len(own) < sent else ""
        cells = [str(sum(any(record.get(name) for name in names) for record in own)) for names in COLUMNS.values()]
        lines.append(f"| {words} | {tried} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def commits(records: list[Record]) -> str:
    """Of which commit each kind of fault was tried."""
    found: dict[str, list[str]] = {}
    for fault in KINDS:
        for record in records:
            if record["fault"] == fault:
                kinds = found.setdefault(record.get("commit", EARLIER), [])
                kinds += [fault] if fault not in kinds else []
    if not found:
        return ""
    of = "; ".join(f"{', '.join(kinds)}: {commit}" for commit, kinds in found.items())
    return f"\nTried on the commit (+: with changes that were not committed yet): {of}.\n"


def costs(records: list[Record]) -> str:
    """What `complete --pairs` costs, before and now, and how zero-shot and its page grow."""
    pairs = [record for record in records if record["fault"] == "pairs"]
    communities = [record for record in records if record["fault"] == "communities"]
    growth = sorted(
        (record for record in records if record["fault"] == "growth"), key=lambda record: int(record["nodes"])
    )
    text = "\n## Cost\n\nCPU seconds of the process, one thread.\n"
    if pairs:
        text += PAIRS
        text += "|---|---|---|\n"
        text += "".join(
            f"| round {record['number'] + 1} | {record['before']:.2f} | {record['now']:.2f} |\n" for record in pairs
        )
    if communities:
        text += "\n| communities for a page | NetworkX (modularity) | now (modularity) |\n|---|---|---|\n"
        text += "".join(_community(record) for record in communities)
    pages = [record for record in records if record["fault"] == "page"]
    if pages:
        text += PAGES
        for record in pages:
            cells = [f"{record[name]:.1f}" for name in ("before", "before_page", "now", "now_page")]
            share = f"{record['now_page'] / (record['now'] - record['now_page']):.2f}"
            text += f"| round {record['number'] + 1} | {' | '.join(cells)} | {share} |\n"
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
    wrong = f"\nWhat went wrong:\n\n{listed}" if bad else ""
    return f"{INTRO}\n{faults(records)}{commits(records)}{wrong}{BEFORE}{costs(records)}"


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
