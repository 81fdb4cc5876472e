"""What objects show of themselves: tables with their words, and nothing that acts."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import torch

import graphfm
from graphfm.datasets import TextGraph, Triples
from graphfm.models import LinkModel
from graphfm.models.families.embeddings import kge_model
from graphfm.notebook import cells, table_html

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"
ALLOWED = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """The tags of a piece of HTML and its text; it fails on any that is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style"}
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(thing: Any) -> str:
    """The text of what a notebook shows, after a look at its tags; the plain form may hold nothing that acts either."""
    tags = Tags(thing._repr_html_())
    assert tags.seen <= ALLOWED
    assert "\x1b" not in repr(thing) + tags.text
    assert "\u202e" not in repr(thing) + tags.text
    return tags.text


@pytest.fixture
def pages() -> TextGraph:
    texts = [f"a page about {['trees', 'rings'][n % 2]}, number {n} {HOSTILE}" for n in range(40)]
    ring = torch.stack([torch.arange(40), (torch.arange(40) + 2) % 40])
    classes = ["trees", f"rings {HOSTILE}"]
    return TextGraph(ring, name=HOSTILE, text=texts, y=torch.arange(40) % 2, class_names=classes)


def test_graphs_and_their_results_show_their_tables(pages: TextGraph) -> None:
    assert "40" in shown(pages)
    zero = graphfm.zero_shot(pages, encoder="lsa")
    for method in zero.frame()["method"]:
        assert method in shown(zero)
        assert method in repr(zero)
    assert "40 labelled nodes, 2 classes" in shown(zero)
    assert len(repr(zero)) < 3000  # and no tensor
    classified = graphfm.classify(pages, encoder="lsa")
    assert "20 more" in shown(classified)
    assert "text" in shown(graphfm.link_text(pages, encoder="lsa", share=0.2))
    assert "nats" in shown(classified.answer.decision)


def test_models_and_answers_show_what_they_are(ring: Triples) -> None:
    labels = [HOSTILE, *ring.entity_labels[1:]]
    people = Triples("people", ring.entities, ring.relations, ring.train, ring.val, ring.test, entity_labels=labels)
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "RotatE", "dim": 4}
    model = LinkModel(kge_model(**settings), people, settings=settings, card={"model": HOSTILE})
    assert "20 entities" in shown(model)
    assert "Person" in shown(people) or "person" in shown(people)
    answers = graphfm.complete(model, head="person_03", relation="next_to", top=20)
    assert "tail_label" in shown(answers)
    judged = graphfm.evaluate(model)
    assert "answer frequency" in shown(judged)
    assert "answer frequency" in repr(judged)


def test_the_same_table_for_other_libraries(ring: Triples) -> None:
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "DistMult", "dim": 4}
    model = LinkModel(kge_model(**settings), ring, settings=settings)
    answers = graphfm.complete(model, head="person_03", relation="next_to", top=5)
    frame = answers.frame()
    assert isinstance(answers.polars(), polars.DataFrame)
    assert answers.polars()["tail_id"].to_list() == list(frame["tail_id"])
    assert isinstance(answers.arrow(), pyarrow.Table)
    assert answers.arrow().column("rank").to_pylist() == list(frame["rank"])
    judged = graphfm.evaluate(model)
    assert judged.polars().columns == judged.arrow().column_names == list(judged.frame().columns)


def test_numbers_of_a_column_have_one_form() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [0.5, float("nan")], "b": [1650.0, 2.0], "c": [12.25, 3.5], "d": ["x", None]})
    assert cells(frame) == (["a", "b", "c", "d"], [["0.500", "1,650", "12.2", "x"], ["", "2", "3.5", ""]])
    assert cells(pd.DataFrame({"a": range(50)}))[1][-1] == ["… 30 more"]
    assert "<thead>" not in table_html(("", ""), [("a", "b")])
