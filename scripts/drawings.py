"""The drawings of `docs/how`: boxes and arrows as SVG, from what is listed here.

    python scripts/drawings.py

Colours are those of the reports: a part that is trained is green, one that is frozen or given is grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from graphfm.report.palette import ACCENT, CURVATURE_COLORS, INK

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "how"
GIVEN, TRAINED = "#eceef1", "#d5efec"
LINE = 15  # height of a line of text
FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


class Box(NamedTuple):
    """A box around lines of text; `x`, `y` is its middle."""

    x: float
    y: float
    text: str
    width: float = 120
    fill: str = GIVEN
    edge: str = INK

    @property
    def height(self) -> float:
        return LINE * (self.text.count("\n") + 1) + 14


class Arrow(NamedTuple):
    """From one box to another, with words beside its middle."""

    start: str
    end: str
    text: str = ""
    dashed: bool = False


class Drawing(NamedTuple):
    """What a file holds."""

    title: str
    width: int
    height: int
    boxes: dict[str, Box]
    arrows: Sequence[Arrow]


def svg(drawing: Drawing) -> str:
    """The drawing as a file."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" role="img" '
        f'font-family="{FONT}" font-size="12" text-anchor="middle">',
        f"<title>{escape(drawing.title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{INK}"/></marker></defs>',
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="#ffffff"/>',
    ]
    for arrow in drawing.arrows:
        a, b = drawing.boxes[arrow.start], drawing.boxes[arrow.end]
        (x0, y0), (x1, y1) = _leaves(a, b), _leaves(b, a)
        dash = ' stroke-dasharray="4 3"' if arrow.dashed else ""
        parts.append(
            f'<line x1="{x0:g}" y1="{y0:g}" x2="{x1:g}" y2="{y1:g}" stroke="{INK}" stroke-width="1.2"{dash} '
            'marker-end="url(#tip)"/>'
        )
        if arrow.text:
            parts.append(
                f'<text x="{(x0 + x1) / 2:g}" y="{(y0 + y1) / 2 - 6:g}" fill="{INK}">{escape(arrow.text)}</text>'
            )
    for box in drawing.boxes.values():
        left, top = box.x - box.width / 2, box.y - box.height / 2
        parts.append(
            f'<rect x="{left:g}" y="{top:g}" width="{box.width:g}" height="{box.height:g}" rx="5" fill="{box.fill}" '
            f'stroke="{box.edge}"/>'
        )
        for number, line in enumerate(box.text.split("\n")):
            parts.append(f'<text x="{box.x:g}" y="{top + 7 + LINE * (number + 0.75):g}">{escape(line)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _leaves(box: Box, other: Box) -> tuple[float, float]:
    """Where an arrow to another box leaves this one: at a side if that stands beside it, else above or below."""
    dx, dy = other.x - box.x, other.y - box.y
    apart = abs(dx) - (box.width + other.width) / 2
    if apart > 0:
        return box.x + (box.width / 2 if dx > 0 else -box.width / 2), box.y
    return box.x, box.y + (box.height / 2 if dy > 0 else -box.height / 2)


def text_model() -> Drawing:
    """Texts and structure in, rows of the text space out."""
    boxes = {
        "text": Box(75, 60, "texts"),
        "encoder": Box(235, 60, "language model\n(frozen)"),
        "graph": Box(75, 235, "edges"),
        "structure": Box(235, 290, "local structure\ndegree, cycles,\ncurvature, returns"),
        "hyperbolic": Box(420, 135, "hyperbolic expert", fill=TRAINED, edge=CURVATURE_COLORS[-1]),
        "euclidean": Box(420, 180, "Euclidean expert", fill=TRAINED, edge=CURVATURE_COLORS[0]),
        "spherical": Box(420, 225, "spherical expert", fill=TRAINED, edge=CURVATURE_COLORS[1]),
        "gate": Box(420, 290, "gate", fill=TRAINED, edge=ACCENT),
        "mixture": Box(590, 180, "weighted sum\nwhat neighbours\nsay: p", fill=TRAINED, edge=ACCENT),
        "row": Box(730, 60, "normalize(x + αp)", width=130),
    }
    arrows = [
        Arrow("text", "encoder"),
        Arrow("encoder", "row", "x"),
        Arrow("graph", "structure"),
        Arrow("structure", "gate"),
        *(Arrow("encoder", expert) for expert in ("hyperbolic", "euclidean", "spherical")),
        *(Arrow(expert, "mixture") for expert in ("hyperbolic", "euclidean", "spherical")),
        Arrow("gate", "mixture", dashed=True),
        Arrow("mixture", "row"),
    ]
    return Drawing("A model of text graphs", 810, 330, boxes, arrows)


def zero_shot() -> Drawing:
    """Readers and their pool."""
    names = ["text", "smoothed", "refitted", "words", "words, no edges", "experts"]
    boxes = {
        "texts": Box(75, 70, "texts of nodes"),
        "classes": Box(75, 140, "names and texts\nof classes"),
        "edges": Box(75, 210, "edges"),
        **{
            name: Box(300, 30 + 46 * i, name, width=130, fill=TRAINED if name == "experts" else GIVEN)
            for i, name in enumerate(names)
        },
        "pool": Box(520, 145, "mean of logarithms\none temperature", width=140, edge=ACCENT),
        "answer": Box(710, 145, "probability of\neach class", edge=ACCENT),
    }
    reads = {"texts": names, "classes": names, "edges": ["smoothed", "refitted", "words", "experts"]}
    arrows = [Arrow(source, name) for source, some in reads.items() for name in some]
    arrows += [*(Arrow(name, "pool") for name in names), Arrow("pool", "answer")]
    return Drawing("Six readers, one average", 790, 290, boxes, arrows)


def paths() -> Drawing:
    """A query that grows."""
    boxes = {
        "head": Box(60, 150, "head", width=60, edge=ACCENT),
        "a": Box(200, 60, "a", width=44),
        "b": Box(200, 150, "b", width=44),
        "c": Box(200, 240, "c (dropped)", width=90, fill="#ffffff"),
        "d": Box(350, 60, "d", width=44),
        "tail": Box(350, 150, "answer", width=70, edge=ACCENT),
        "pruning": Box(200, 320, "pruning experts choose what stays", width=230, fill=TRAINED),
        "one": Box(540, 70, "score by\npaths of length 2", width=130),
        "two": Box(540, 150, "score by\npaths of length 3", width=130),
        "gate": Box(540, 240, "gate over lengths", width=130, fill=TRAINED),
        "score": Box(715, 110, "score of\nthe answer", width=100, edge=ACCENT),
    }
    arrows = [
        Arrow("head", "a"),
        Arrow("head", "b"),
        Arrow("head", "c", dashed=True),
        Arrow("a", "d"),
        Arrow("b", "tail"),
        Arrow("d", "tail"),
        Arrow("pruning", "c", dashed=True),
        Arrow("tail", "one"),
        Arrow("tail", "two"),
        Arrow("one", "score"),
        Arrow("two", "score"),
        Arrow("gate", "score", dashed=True),
    ]
    return Drawing("A query grows from its head", 790, 350, boxes, arrows)


def foundation() -> Drawing:
    """Relations as a graph, whose vectors steer the paths."""
    boxes = {
        "facts": Box(90, 150, "facts of the graph\nyou ask about", width=140),
        "relations": Box(300, 75, "relation graph:\nwhich share heads or tails", width=180),
        "encoder": Box(520, 75, "relation encoder,\nstarted at the\nrelation asked for", width=140, fill=TRAINED),
        "vectors": Box(700, 75, "a vector for\neach relation", width=110),
        "reasoner": Box(520, 215, "path reasoner", width=140, fill=TRAINED),
        "answer": Box(700, 215, "answers", width=110, edge=ACCENT),
        "question": Box(300, 215, "question:\nhead and relation", width=140),
    }
    arrows = [
        Arrow("facts", "relations"),
        Arrow("relations", "encoder"),
        Arrow("encoder", "vectors"),
        Arrow("vectors", "reasoner"),
        Arrow("question", "reasoner"),
        Arrow("question", "encoder", dashed=True),
        Arrow("reasoner", "answer"),
    ]
    return Drawing("A model of all knowledge graphs", 780, 270, boxes, arrows)


DRAWINGS = {"text-model": text_model, "zero-shot": zero_shot, "paths": paths, "foundation": foundation}


def main() -> None:
    for name, make in DRAWINGS.items():
        (FOLDER / f"{name}.svg").write_text(svg(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
