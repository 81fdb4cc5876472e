"""The small tables of README.md and the first one of docs/numbers.md, taken from the pages of the studies.

    python scripts/readme_tables.py

Each stands between comments that name it. Run it after the script of a study has written its page.
"""

from __future__ import annotations

from pathlib import Path

from filling import fill

ROOT = Path(__file__).resolve().parents[1]
ZERO_SHOT = ROOT / "results" / "zero_shot_nested" / "README.md"
FOUNDATION = ROOT / "results" / "kg_foundation" / "README.md"
Rows = dict[str, dict[str, str]]


def rows(page: str) -> Rows:
    """The first table of a page: cells by the name of the row and of the column, without bold marks."""
    lines = page[page.index("\n| ") :].strip().split("\n\n")[0].splitlines()
    cells = [[cell.strip().strip("*") for cell in line.strip().strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}


def markdown(header: list[str], body: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *body))


def zero_shot() -> str:
    """Four graphs and the mean of nine, accuracy of the rows that nothing is trained for."""
    found = rows(ZERO_SHOT.read_text(encoding="utf-8"))
    graphs = {
        "cora": "Cora", "citeseer": "CiteSeer", "webkb_cornell": "WebKB Cornell", "python-stdlib": "python-stdlib",
        "mean of nine": "mean of nine",
    }  # fmt: skip
    methods = {
        "majority": "largest class", "description": "text alone", "description+smooth": "smoothed text",
        "text+pool": "**pool of readers**",
    }  # fmt: skip
    header = ["accuracy, %, nothing trained", *graphs.values()]
    body = [[words, *(accuracy(found[graph][row]) for graph in graphs)] for row, words in methods.items()]
    return markdown(header, body)


def nested() -> str:
    """All graphs: accuracy of the main rows, and the calibration error of three."""
    found = rows(ZERO_SHOT.read_text(encoding="utf-8"))
    main = ["majority", "description", "description+smooth", "text+refine", "text+pool", "graphfm"]
    sure = ["description", "text+refine", "text+pool"]
    header = ["graph", *main, *(f"ECE: {row}" for row in sure)]
    body = [
        [graph, *(accuracy(row[name]) for name in main), *(row[name].rpartition("/")[2] for name in sure)]
        for graph, row in found.items()
    ]
    return markdown(header, body)


def foundation() -> str:
    """Four sets and the mean of eleven, MRR of a model that has not seen them."""
    found = rows(FOUNDATION.read_text(encoding="utf-8"))
    sets = {
        "nell_v2": "NELL v2", "ingram_nl-100": "InGram NL-100", "family": "Family", "umls": "UMLS",
        "mean of the first eleven": "mean of eleven",
    }  # fmt: skip
    models = {
        "frequency": "frequency of answers",
        "ULTRA 3g": "ULTRA, three graphs",
        "universal": "recipe of `default`, pretrained without them",
    }
    body = []
    for start, words in models.items():
        cells = [next(cell for name, cell in found[own].items() if name.startswith(start)) for own in sets]
        body.append([words, *(cell.split(",")[0] for cell in cells)])
    return markdown(["MRR, nothing trained on the graph", *sets.values()], body)


def accuracy(cell: str) -> str:
    return cell.split("/", maxsplit=1)[0]


PLACES = {ROOT / "README.md": (zero_shot, foundation), ROOT / "docs" / "numbers.md": (nested,)}


def main() -> None:
    fill(PLACES, script="readme_tables")


if __name__ == "__main__":
    main()
