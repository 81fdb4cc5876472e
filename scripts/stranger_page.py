"""The page of `scripts/stranger.py`, made of its records."""

from __future__ import annotations

from records import Record

#: Places where one had to stop and think, found by walking, and what became of them.
STOPS = (
    (
        "`graphfm quickstart` ended in `ModuleNotFoundError`: the wheel lacked a folder whose name `.gitignore` leaves out",
        "patterns of the top folder alone; a test that no file of the repository is ignored",
    ),
    (
        "The README's `zero-shot --data cora` could be run by nobody: no published form of that set can be downloaded",
        "the pages' own folder `papers`, with labels; `datasets list` says how each set is to be had",
    ),
    (
        "`quickstart` ended in a table of 260 lines, ten words a class, and the result above it was gone",
        "the twelve largest classes, three words each; the page has all",
    ),
    (
        "`quickstart --job kg` said nothing for minutes while it trained",
        "a bar, or a line a minute where there is no terminal",
    ),
    (
        "A mistyped file was answered with the 64 names of the catalogue, a mistyped folder too",
        "with the files and folders here that are like it",
    ),
    ("`few-shot` on 80 columns: four methods that all read `prototypes+descripti…`", "names are folded, not cut"),
    (
        "A file of triples given to `zero-shot`, a text graph given to `complete`: no word of what it is",
        "what it is, and which commands take it",
    ),
    ("`--checkpoint defualt` named three other models first", "`Did you mean default?`"),
    ("`--names databases`: every node gets the one class, with probability 1, and nothing was said", "a note"),
    ("`datasets info cora` ended with a command that cannot be run without its files", "`datasets list`"),
    ("How a notebook is run was written nowhere", "two lines on the page of the tutorials"),
    (
        "`graphfm doctor` listed twenty packages that only developers need, and two extras by their bare names",
        "three and how many more; what each extra is for",
    ),
    (
        "`graphfm cache list` of an empty cache: a table without rows, and `cache clear` as the next command",
        "that it holds nothing",
    ),
    (
        "`overlap` with a source of which the target has every text led to a `pretrain` that is refused",
        "to it without that source, or to `datasets list`",
    ),
    (
        "A wrong request to the served model was told `top: found another value`",
        "what stands there, and what is expected",
    ),
    (
        "Working in Python, sharing and serving each had two pages that said nearly the same",
        "one page each",
    ),
)


def page(records: list[Record]) -> str:
    """The walk, its times and sizes, and what was mended on the way."""
    total = sum(record.get("seconds", 0) for record in records)
    cpu = sum(record.get("cpu", 0) for record in records)
    bad = sum(not record["good"] for record in records)
    offline = sum("no network here" in record.get("said", "") for record in records)
    rows = "\n".join(_row(record) for record in records)
    stops = "\n".join(f"| {place} | {mended} |" for place, mended in STOPS)
    return f"""# A stranger's first minutes

The built wheel in an empty environment and an empty home, every command of the first pages word for word, mistakes that hands
make, a notebook, the served page: `python scripts/stranger.py` does it again and writes this page. {len(records)} steps,
{bad} not as the pages say; {offline} asked for a data set that is published elsewhere where there was no network, and said so.
{total:,.0f} s by the clock, {cpu:,.0f} CPU s, in one go, on two cores that other work shared (column *load*, at the start of a
step). The package index was near: from afar the installation waits for its downloads. Step 6 was at first counted as not
as the pages say: the check took `traceback.TracebackException`, an entity in its table, for a traceback.

| | command | s | CPU s | load | ends with |
| ---: | --- | ---: | ---: | ---: | --- |
{rows}

## Where one had to stop and think

| found on the way | now |
| --- | --- |
{stops}
"""


def _row(record: Record) -> str:
    command = record["command"].replace("|", "\\\\|")
    if "mb" in record:
        return f"| {record['nth']} | {command} | | | | {record['mb']:,} MB |"
    numbers = [f"{record[name]:.1f}" if name in record else "" for name in ("seconds", "cpu", "load")]
    said = record["said"][:100].replace("|", "\\\\|").replace("`", "'")
    mark = "" if record["good"] else "**not as expected** "
    return f"| {record['nth']} | `{command}` | {' | '.join(numbers)} | {mark}{said} |"
