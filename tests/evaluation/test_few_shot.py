"""Few-shot rows: fixed nested draws, prototypes by the formula, and made graphs where the answer is known."""

import pytest
import torch
import torch.nn.functional as F

from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.evaluation.few_shot import (
    check,
    draw_shots,
    few_shot_rows,
    left_out,
    prototypes,
    short_classes,
    shown_nodes,
)
from graphfm.models.encoder import graph_encoder
from graphfm.models.graph_model import GraphFM

WORDS = ["red", "green", "blue"]


def encode(texts: list[str]) -> torch.Tensor:
    """Counts of the three words, with a little of each so that no row is zero."""
    counts = torch.tensor([[0.01 + text.count(word) for word in WORDS] for text in texts])
    return F.normalize(counts, dim=-1)


def colours(class_names: list[str]) -> TextGraph:
    """Thirty nodes whose text is their colour, each joined to the next of its colour."""
    edges = torch.stack([torch.arange(27), torch.arange(3, 30)])
    y = torch.arange(30) % 3
    texts = [WORDS[c] for c in y.tolist()]
    return TextGraph(edges, name="colours", text=texts, y=y, class_names=class_names, directed=False)


@pytest.mark.parametrize("k", [1, 3, 5, 40])
def test_k_of_each_class_are_shown_and_one_is_always_left(k):
    y = torch.randint(-1, 5, (200,), generator=torch.Generator().manual_seed(0))
    y[y == 4] = -1
    y[:1] = 4  # a class of a single node
    shown = draw_shots(y, k, num_classes=5, seed=3)
    sizes, count = torch.bincount(y[y >= 0]), torch.bincount(y[shown], minlength=5)
    assert count.tolist() == [min(k, size - 1) for size in sizes.tolist()]
    assert len(shown.unique()) == len(shown)
    assert bool((y[shown] >= 0).all())


def test_draws_are_fixed_nested_and_different():
    y = torch.arange(90) % 3
    draws = [set(draw_shots(y, k, num_classes=3, seed=0).tolist()) for k in (1, 3, 10)]
    assert draws[0] < draws[1] < draws[2]
    assert set(draw_shots(y, 10, num_classes=3, seed=0).tolist()) == draws[2]
    assert set(draw_shots(y, 10, num_classes=3, seed=1).tolist()) != draws[2]


def test_prototype_scores_follow_the_formula():
    generator = torch.Generator().manual_seed(0)
    shown, text = (F.normalize(torch.randn(n, 8, generator=generator), dim=-1) for n in (5, 3))
    y = torch.tensor([0, 0, 0, 0, 2])  # class 1 shows none
    expected = []
    for c in range(3):
        k = int((y == c).sum())
        share = 1 / (1 + k / 4)
        prototype = F.normalize(shown[y == c].mean(0), dim=0) if k else torch.zeros(8)
        expected.append(F.normalize(share * text[c] + (1 - share) * prototype, dim=0))
    assert torch.allclose(prototypes(shown, y, num_classes=3, text=text), torch.stack(expected))
    bare = prototypes(shown, y, num_classes=3)
    assert torch.allclose(bare[0], F.normalize(shown[:4].mean(0), dim=0))
    assert not bool(bare[1].any())


def test_a_left_out_node_is_judged_by_the_prototypes_of_the_others():
    generator = torch.Generator().manual_seed(0)
    shown, text = (F.normalize(torch.randn(n, 8, generator=generator), dim=-1) for n in (9, 3))
    y = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])  # the last class is its text alone without its only node
    found = left_out(shown, y, text)
    for v in range(9):
        rest = torch.arange(9) != v
        rows = prototypes(shown[rest], y[rest], num_classes=3, text=text)
        expected = (20 * rows @ shown[v]).log_softmax(0)[y[v]]
        torch.testing.assert_close(found[v], expected)


def test_shown_labels_choose_smoothing_where_texts_say_nothing():
    graph = colours(WORDS)
    ring = torch.stack([torch.arange(30), (torch.arange(30) + 3) % 30])  # three rings, one a colour
    graph = TextGraph(
        ring, name="rings", text=["", *WORDS] * 7 + ["red", ""], y=graph.y, class_names=WORDS, directed=False
    )
    x = F.normalize(torch.eye(30)[:, :30] * 0.5 + 0.01, dim=-1)  # every text speaks of itself alone
    rows = {
        r.method: r
        for r in few_shot_rows(graph, x, lambda texts: F.normalize(torch.ones(len(texts), 30), dim=-1), shots=[8])
    }
    text, chosen = (rows[f"prototypes+description{end}"].accuracy for end in ("", "+decide"))
    assert sum(chosen) > sum(text) + 100  # five draws


def test_a_class_that_shows_no_node_is_found_by_its_text_alone():
    def centred(texts: list[str]) -> torch.Tensor:  # unlike colours have negative cosines
        return F.normalize(encode(texts) - 1 / 3, dim=-1)

    graph = colours(WORDS)
    graph.y[graph.y == 2] = -1
    graph.y[2] = 2  # the only blue one: asked for, never shown
    rows = {row.method: row for row in few_shot_rows(graph, centred(graph.text), centred, shots=[1], draws=2)}
    assert rows["prototypes"].accuracy == [pytest.approx(100 * 18 / 19)] * 2
    assert rows["prototypes+description"].accuracy == [100.0] * 2


def test_misleading_class_texts_win_at_one_shot_and_lose_at_ten():
    rows = {
        (row.shots, row.method): row for row in few_shot_rows(colours(["green", "blue", "red"]), *texts_of_colours())
    }
    assert rows[1, "prototypes"].accuracy == [100.0] * 5
    assert rows[1, "prototypes+description"].accuracy == [0.0] * 5  # the text counts as four nodes
    assert rows[3, "prototypes+description"].accuracy == [0.0] * 5
    assert rows[5, "prototypes+description"].accuracy == [100.0] * 5
    assert rows[1, "majority"].accuracy == [pytest.approx(100 / 3)] * 5


def texts_of_colours():
    graph = colours(WORDS)
    return encode(graph.text), encode


def test_smoothing_repairs_a_wrong_text_among_right_neighbours():
    graph = colours(WORDS)
    x = encode(graph.text)
    x[12] = x[13]  # a red node that reads green
    rows = {(row.shots, row.method): row for row in few_shot_rows(graph, x, encode, shots=[1], draws=3)}
    assert min(rows[1, "prototypes+description"].accuracy) < 100
    assert rows[1, "prototypes+description+smooth"].accuracy == [100.0] * 3


def test_structure_is_used_where_it_tells_the_class_and_left_out_where_it_is_random():
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(300) % 3
    x = F.normalize(0.6 * F.one_hot(y).float() + torch.rand(300, 3, generator=generator), dim=-1)
    near = torch.stack([torch.arange(300).repeat(8), torch.randint(100, (2400,), generator=generator) * 3])
    near[1] += near[0] % 3  # to a node of the same class
    for edges, helps in ((near, True), (torch.randint(300, (2, 2400), generator=generator), False)):
        graph = TextGraph(edges, name="made", text=["a"] * 300, y=y, class_names=WORDS, directed=False)
        rows = {row.method: row.accuracy for row in few_shot_rows(graph, x, encode, shots=[5], draws=2)}
        gain = min(rows["prototypes+description+decide"]) - max(rows["prototypes+description"])
        assert gain > 3 if helps else gain <= 0
        assert helps or rows["prototypes+description+decide"] == rows["prototypes+description"]


def test_an_untrained_model_is_the_text_row():
    class Text:
        name = "counts"

    settings = {"text_dim": 3, "hidden_channels": 4, "experts": ["euclidean"]}
    model = GraphFM(graph_encoder(**settings), Text(), settings=settings)
    graph = colours(["green", "blue", "red"])
    rows = {
        (row.shots, row.method): row for row in few_shot_rows(graph, encode(graph.text), encode, model=model, draws=2)
    }
    assert {k for k, _ in rows} == {1, 3, 5}, "ten shots of a class of ten leave one to ask for"
    for k in (1, 3, 5):
        assert rows[k, "experts"].accuracy == rows[k, "prototypes+description"].accuracy


def test_rows_and_nodes_as_plain_data():
    graph = colours(WORDS)
    (row, other, *_) = few_shot_rows(graph, encode(graph.text), encode, shots=[2], draws=3)
    assert 0 <= other.summary()["ece"] <= 100
    assert len(other.ece) == 3
    assert row.summary() == {
        "shots": 2,
        "method": "majority",
        "nodes": 24,
        "accuracy": 33.33,
        "accuracy_std": 0.0,
        "accuracy_draws": [33.33, 33.33, 33.33],
        "macro_f1": 16.67,
        "macro_f1_std": 0.0,
        "macro_f1_draws": [16.67, 16.67, 16.67],
    }
    frame = shown_nodes(graph, shots=[1, 2], draws=3)
    assert len(frame) == 3 * (3 + 6)
    assert list(frame.columns) == ["draw", "shots", "id", "label"]


def test_what_cannot_be_asked_is_refused():
    bare = TextGraph(torch.tensor([[0], [1]]), name="bare", text=["a", "b"])
    with pytest.raises(DataError, match="bare with 0 classes and 0 labelled nodes"):
        few_shot_rows(bare, encode(bare.text), encode)
    with pytest.raises(DataError, match=r"found shots \[0, 1\]"):
        check(colours(WORDS), shots=[0, 1], draws=5)
    with pytest.raises(DataError, match="0 draws"):
        check(colours(WORDS), shots=[1], draws=0)


def test_shown_labels_help_the_pool_and_move_no_other_row():
    graph = colours(WORDS)
    rows = {row.method: row for row in few_shot_rows(graph, encode(graph.text), encode, shots=[5], draws=2)}
    pool, prototypes = rows["prototypes+description+pool"], rows["prototypes+description"]
    assert sum(pool.accuracy) >= sum(prototypes.accuracy) - 1e-6
    assert pool.nodes == prototypes.nodes > 0


def test_a_row_is_what_its_name_says():
    graph = colours(WORDS)  # ten nodes a class
    with pytest.raises(DataError, match=r"found 10 shots, but 3 of the 3 classes .* expected at most 9"):
        check(graph, shots=[1, 10], draws=5)
    check(graph, shots=[9], draws=5)
    graph.y[(graph.y == 2).nonzero().flatten()[2:]] = -1
    check(graph, shots=[9], draws=5)
    assert [short_classes(graph, k) for k in (1, 2, 9)] == [0, 1, 1]
