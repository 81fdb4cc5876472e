"""The main job, from files: the order of lines changes no answer, classes come in any form, labels need not be there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

import graphfm
from graphfm.classification.frames import NONE
from graphfm.errors import DataError
from graphfm.text import ENCODERS
from graphfm.text.contract import Encoder

CLASSES = {"cooking": "food from oven and pan", "astronomy": "sky, planet and star", "football": "goals on the pitch"}
WORDS = [
    ["oven", "flour", "recipe", "dough", "simmer", "spice", "pan"],
    ["planet", "orbit", "telescope", "comet", "galaxy", "star", "lens"],
    ["goal", "striker", "referee", "penalty", "stadium", "league", "pitch"],
]
LETTERHEAD = "All rights are reserved by the publisher of these pages."


class Bags(Encoder):
    """A text is the sum of its words, each a direction of its own: close to nothing for an empty one."""

    kind, name, identity, dim = "bags", "bags", "bags", 32

    def __call__(self, texts: Sequence[str], /) -> Tensor:
        rows = torch.stack(
            [sum((_direction(word) for word in text.split()), torch.full((32,), 1e-3)) for text in texts]
        )
        return normalize(rows, dim=-1)


def _direction(word: str) -> Tensor:
    seed = int.from_bytes(hashlib.sha256(word.strip(".,").lower().encode()).digest()[:4], "big")
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(32).astype(np.float32))


@pytest.fixture(autouse=True)
def bags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENCODERS, "bags", Bags)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder of the plain format: 160 nodes, of which some are empty, some copies, half with a letterhead."""

    def write(seed: int = 0, *, order: int | None = None, labels: bool = True) -> Path:
        draw = np.random.default_rng(seed)
        texts, kinds = [], draw.integers(0, 3, 160)
        for node, kind in enumerate(kinds):
            words = [str(draw.choice(WORDS[kind if draw.random() < 0.8 else draw.integers(3)])) for _ in range(5)]
            texts.append(f"{' '.join(words)} item{node}. {LETTERHEAD if node % 2 else ''}".strip())
        for node in range(0, 160, 9):
            texts[node] = ""
        for node in range(4, 160, 11):
            texts[node] = texts[1]
        pairs = draw.integers(0, 160, (700, 2))
        pairs = pairs[(kinds[pairs[:, 0]] == kinds[pairs[:, 1]]) | (draw.random(700) < 0.15)]
        nodes = [{"id": f"n{n}", "text": text} for n, text in enumerate(texts)]
        if labels:
            nodes = [node | {"label": int(kind)} for node, kind in zip(nodes, kinds, strict=True)]
        edges = [f"n{u},n{v}" for u, v in pairs]
        classes: list[dict[str, Any]] = [
            {"id": k, "name": n, "description": d} for k, (n, d) in enumerate(CLASSES.items())
        ]
        if order is not None:
            shuffle = np.random.default_rng(order)
            for lines in (nodes, edges, classes):
                shuffle.shuffle(lines)  # type: ignore[arg-type]
        home = tmp_path / f"graph-{seed}-{order}-{labels}"
        home.mkdir()
        (home / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)), encoding="utf-8")
        (home / "edges.csv").write_text("\n".join(["src,dst", *edges]), encoding="utf-8")
        (home / "classes.json").write_text(json.dumps(classes), encoding="utf-8")
        return home

    return write


def by_node(frame: Any, key: str) -> Any:
    return frame.set_index(key).sort_index()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_lines_and_classes_changes_no_answer(seed: int, folder: Callable[..., Path]) -> None:
    told = by_node(graphfm.classify(folder(seed), encoder="bags").frame(), "node")
    probabilities = [f"p({name})" for name in CLASSES]
    for order in (1, 2):
        home = folder(seed, order=order)
        again = by_node(graphfm.classify(home, encoder="bags").frame(), "node")
        assert again["predicted"].tolist() == told["predicted"].tolist()
        assert np.allclose(again[probabilities], told[probabilities], atol=1e-4)
    counted = graphfm.zero_shot(home, encoder="bags")
    table = by_node(counted.predictions(), "id")
    assert table["predicted"].tolist() == told["predicted"].tolist()
    first = graphfm.zero_shot(folder(seed, order=7), encoder="bags")
    assert [row[:3] for row in first.rows] == [pytest.approx(row[:3]) for row in counted.rows]  # every row of the table


@pytest.mark.filterwarnings("ignore")
def test_the_order_does_not_matter_to_the_experts_either(folder: Callable[..., Path]) -> None:
    from graphfm.models.encoder import graph_encoder
    from graphfm.models.graph_model import GraphFM

    torch.manual_seed(0)
    encoder = graph_encoder(32, hidden_channels=8)
    torch.nn.init.normal_(encoder.projection[-1].weight, std=0.1)
    settings = {"text_dim": 32, "hidden_channels": 8, "experts": ["hyperbolic", "spherical", "euclidean"]}
    model = GraphFM(encoder, Bags(), settings=settings)
    told = by_node(graphfm.classify(folder(3), checkpoint=model).frame(), "node")
    again = by_node(graphfm.classify(folder(3, order=5), checkpoint=model).frame(), "node")
    assert again["predicted"].tolist() == told["predicted"].tolist()
    columns = [column for column in told if column.startswith(("p(", "gate_"))]
    assert len(columns) == 6
    assert np.allclose(again[columns], told[columns], atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_empty_copied_and_boilerplate_texts_do_not_speak_against_structure(folder: Callable[..., Path]) -> None:
    done = graphfm.zero_shot(folder(4), encoder="bags")
    empty = torch.tensor([not text for text in done.graph.text])
    assert done.found.read.decision.used
    right = done.found.read.posterior.argmax(-1) == done.graph.y
    assert float(right[empty].double().mean()) > 0.7  # neighbours speak for them
    assert any("without the sentences that many of them share" in note for note in done.notes)
    assert f"Nodes without a text: {int(empty.sum())};" in done.found.read.words()
    spoken = {word for reason in graphfm.classify(done.graph, encoder="bags").rows for word in reason.words}
    assert not spoken & set(LETTERHEAD.lower().split())


@pytest.mark.filterwarnings("ignore")
def test_a_graph_without_labels_is_classified_from_names_a_mapping_a_file_or_its_own(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    home = folder(5, labels=False)
    own = graphfm.classify(home, encoder="bags", top=2, abstain=0.5)
    frame = own.frame()
    assert list(frame.columns[:5]) == ["node", "predicted", "score", "predicted_2", "score_2"]
    assert set(frame["predicted"]) == {*CLASSES, NONE}
    assert (frame["predicted"] == NONE).sum() == own.as_dict()["abstained"] > 0
    assert np.allclose(frame[[f"p({name})" for name in CLASSES]].sum(axis=1), 1, atol=1e-4)
    mapped = graphfm.classify(home, encoder="bags", names=CLASSES, top=2, abstain=0.5).frame()
    assert mapped["predicted"].tolist() == frame["predicted"].tolist()
    bare = graphfm.classify(home, encoder="bags", names="cooking, astronomy, football").frame()
    (tmp_path / "names.txt").write_text("cooking\nastronomy\nfootball\n")
    filed = graphfm.classify(home, encoder="bags", classes=tmp_path / "names.txt").frame()
    assert filed["predicted"].tolist() == bare["predicted"].tolist()
    with pytest.raises(DataError, match="graphfm classify"):  # nothing to count with, and what to call instead
        graphfm.zero_shot(home, encoder="bags")


@pytest.mark.filterwarnings("ignore")
def test_classes_that_nothing_can_be_read_of_are_refused_with_the_way_out(folder: Callable[..., Path]) -> None:
    home = folder(6, labels=False)
    with pytest.raises(DataError, match=r"classes\.json"):
        graphfm.classify(home, encoder="bags", names="0,1,2")
    (home / "classes.json").unlink()
    with pytest.raises(DataError, match="--names"):
        graphfm.classify(home, encoder="bags")
    one = graphfm.classify(home, encoder="bags", names=["cooking"])
    assert set(one.frame()["predicted"]) == {"cooking"}
