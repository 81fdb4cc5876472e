"""Link prediction on text graphs: answers known beforehand, ties that count by their mean, structure without the answers."""

import json

import networkx as nx
import pytest
import torch
import torch.nn.functional as F

from graphfm.datasets import TextGraph
from graphfm.evaluation.held_out import HeldOut, hold_out
from graphfm.evaluation.link_text import as_json, cosine, held_out_frame, link_text_rows, pair_scorers, pair_scores
from graphfm.models.encoder import graph_encoder
from graphfm.models.graph_model import GraphFM


def cliques(count: int = 4, size: int = 8) -> tuple[TextGraph, torch.Tensor]:
    """Cliques side by side, and unit rows that say which clique a node is in."""
    group = torch.arange(count * size) // size
    edges = torch.combinations(torch.arange(count * size)).T
    edges = edges[:, group[edges[0]] == group[edges[1]]]
    graph = TextGraph(edges, name="cliques", text=[f"clique {g}" for g in group.tolist()], directed=False)
    return graph, F.one_hot(group).float()


def rows(held_out: HeldOut, x: torch.Tensor, **more) -> dict:
    return {row.method: row for row in link_text_rows(held_out, x, **more)}


def test_texts_that_name_the_clique_find_every_neighbour():
    graph, x = cliques()
    found = rows(hold_out(graph, share=0.1), x)
    for method in ("text", "text+smooth", "common neighbours", "Adamic-Adar"):
        assert found[method].mrr == found[method].hits_at_1 == found[method].auc == 1.0
    # 24 strangers and the answer: the mean of 1/rank over ranks 1 to 25 is 0.153.
    assert found["random"].mrr == pytest.approx(0.153, abs=0.1)
    assert 0.3 < found["random"].auc < 0.7


def test_equal_scores_count_by_their_mean_rank():
    graph, x = cliques()
    held_out = hold_out(graph, share=0.1)
    found = rows(held_out, torch.ones_like(x) / 2)["text"]
    assert found.mrr == pytest.approx(1 / 13)  # the middle of 25
    assert found.auc == pytest.approx(0.5)


def test_structure_lacks_what_is_asked_for():
    graph = TextGraph(
        torch.randint(0, 40, (2, 200), generator=torch.Generator().manual_seed(0)),
        name="made",
        text=["text"] * 40,
        directed=False,
    )
    held_out = hold_out(graph, share=0.2)
    known = nx.Graph(held_out.graph.edge_index.T.tolist())
    found = pair_scorers(held_out, torch.eye(40), generator=torch.Generator())
    u, v = held_out.edges
    every = torch.arange(40)
    counted = found["common neighbours"](None, every, torch.zeros_like(every))
    weighted = found["Adamic-Adar"](None, every, torch.zeros_like(every))
    for a, b in zip(u.tolist(), v.tolist(), strict=True):
        assert counted[a, b] == len(list(nx.common_neighbors(known, a, b)))
        ((_, _, expected),) = nx.adamic_adar_index(known, [(a, b)])
        assert float(weighted[a, b]) == pytest.approx(expected, rel=1e-5)


def test_an_untrained_model_is_the_text_row():
    class Text:
        name = "cliques"

    settings = {"text_dim": 4, "hidden_channels": 4, "experts": ["euclidean"]}
    model = GraphFM(graph_encoder(**settings), Text(), settings=settings)
    graph, x = cliques()
    found = rows(hold_out(graph, share=0.1), x, model=model)
    assert found["graphfm"][1:] == found["text"][1:]


def test_scores_of_pairs_are_entries_of_the_matrix():
    x = F.normalize(torch.randn(30, 8, generator=torch.Generator().manual_seed(0)), dim=-1)
    source, target = torch.tensor([7, 3, 7, 29]), torch.tensor([[1, 2], [3, 4], [5, 6], [0, 29]])
    expected = (x @ x.T)[source[:, None], target]
    assert torch.allclose(pair_scores(cosine(x), source, target, num_nodes=30), expected)


def test_the_result_as_plain_data():
    graph, x = cliques()
    held_out = hold_out(graph, share=0.1)
    content = json.loads(json.dumps(as_json(held_out, "clique", link_text_rows(held_out, x), seed=0)))
    assert {key: content[key] for key in ("data", "num_nodes", "num_edges", "num_held_out", "seed")} == {
        "data": "cliques",
        "num_nodes": 32,
        "num_edges": 112,
        "num_held_out": 11,
        "seed": 0,
    }
    assert list(content["rows"][0]) == ["method", "mrr", "hits_at_1", "hits_at_3", "hits_at_10", "auc"]
    assert len(held_out_frame(held_out)) == 11
