"""The model on a graph: what the experts read of a node must not depend on its own text, and `classify` is the table's row."""

import pytest
import torch
import torch.nn.functional as F

from graphfm.classification.folds import folds
from graphfm.classification.seen_texts import class_features
from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.evaluation.zero_shot import predictions, zero_shot_rows
from graphfm.models.checkpoint import DEFAULT_PATH
from graphfm.models.encoder import graph_encoder
from graphfm.models.graph_model import GraphFM
from graphfm.report.zero_shot_page import boundary, result_page

NODES, DIM = 240, 16


class Lookup:
    """A text encoder of made rows: each text has its own."""

    name, dim = "lookup", DIM

    def __call__(self, texts):
        rows = []
        for text in texts:
            kind = torch.eye(DIM)[len(text.split()[0]) % 3]
            noise = torch.randn(DIM, generator=torch.Generator().manual_seed(sum(map(ord, text)) * 31 + len(text)))
            rows.append(kind + (0.0 if text.endswith(".") else 0.3) * noise)
        return F.normalize(torch.stack(rows), dim=-1)


@pytest.fixture
def graph() -> TextGraph:
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(NODES) % 3
    u, v = torch.randint(NODES, (2, 4000), generator=generator)
    keep = (u != v) & (torch.rand(4000, generator=generator) < torch.where(y[u] == y[v], 0.5, 0.03))
    text = [f"{'abc'[: c + 1]} number {n}" for n, c in enumerate(y.tolist())]
    names = ["a", "ab", "abc"]
    return TextGraph(torch.stack([u, v])[:, keep], name="made", text=text, y=y, class_names=names, directed=False)


@pytest.fixture
def model() -> GraphFM:
    torch.manual_seed(0)
    settings = {"text_dim": DIM, "hidden_channels": 8}
    encoder = graph_encoder(**settings)
    torch.nn.init.constant_(encoder.alpha, 0.5)
    torch.nn.init.normal_(encoder.projection[-1].weight, std=0.1)
    experts = ["hyperbolic", "spherical", "euclidean"]
    return GraphFM(encoder, Lookup(), settings=settings | {"experts": experts})


def test_what_is_read_of_neighbours_never_saw_the_node_or_its_fold(graph, model):
    x = model.encode_text(graph.text)
    read = model.read_neighbours(graph, x=x)
    assert torch.allclose(read.norm(dim=-1), torch.ones(NODES), atol=1e-5)
    own_fold = folds(graph.text) == folds(graph.text)[7]
    changed = torch.where(own_fold[:, None], F.normalize(torch.randn(NODES, DIM), dim=-1), x)
    assert torch.allclose(model.read_neighbours(graph, x=changed)[own_fold], read[own_fold], atol=1e-6)
    assert not torch.allclose(model.read_neighbours(graph, x=changed)[~own_fold], read[~own_fold], atol=1e-3)


def test_classify_is_the_row_of_the_table(graph, model):
    x = model.encode_text(graph.text)
    result = zero_shot_rows(graph, x, model.encode_text, model=model)
    assert [row.method for row in result.rows][-5:] == [
        "experts",
        "graphfm+decide",
        "graphfm+refine",
        "text+pool",
        "graphfm",
    ]
    frame = model.classify(graph, graph.class_names)
    assert frame["predicted"].tolist() == predictions(graph, result, model=model)["predicted"].tolist()
    assert frame["score"].between(1 / 3, 1.001).all()
    assert "readings are averaged" in frame.attrs["decision"]
    assert "experts" in frame.attrs["decision"]
    assert set(result.decisions) == {"text+decide", "text+refine", "graphfm+decide", "graphfm+refine"}


def test_classify_takes_names_descriptions_or_the_graphs_own_classes(graph, model):
    own = model.classify(graph)
    assert own["predicted"].tolist() == model.classify(graph, graph.class_names)["predicted"].tolist()
    told = dict.fromkeys(graph.class_names, "a sentence")
    assert len(model.classify(graph, told, top=2)["predicted_2"]) == NODES
    with pytest.raises(DataError, match=r"classes\.json"):
        model.classify(graph, ["0", "1"])
    with pytest.raises(DataError, match="a list of strings"):
        model.classify(graph, "made")
    graph.class_names = []
    with pytest.raises(DataError, match="no class names"):
        model.classify(graph)


def test_contributions_are_differences_of_rows(graph, model):
    x = model.encode_text(graph.text)
    result = zero_shot_rows(graph, x, model.encode_text, model=model)
    accuracy = {row.method: row.accuracy for row in result.rows}
    for method, without, points in result.contributions():
        assert points == pytest.approx(accuracy[method] - accuracy[without])
    assert zero_shot_rows(graph, x, model.encode_text).contributions() == []
    rows = class_features(model.encode_text, graph.class_names, graph.class_descriptions)
    experts = (model.encode(graph, x=x).features @ rows.T).argmax(-1)
    assert accuracy["experts"] == pytest.approx(100 * float((experts == graph.y).double().mean()))


def test_the_page_shows_decision_contribution_and_boundaries(graph, model):
    x = model.encode_text(graph.text)
    result = zero_shot_rows(graph, x, model.encode_text, model=model)
    gaps = boundary(graph, result)
    page = result_page(graph, x, result, gaps, experts=model.settings["experts"])
    assert {gap.score for gap in gaps} == {"participation", "curvature heterogeneity", "gate disagreement"}
    assert {gap.method for gap in gaps} == {"description", "description+smooth", "graphfm", *result.decisions}
    for words in ("Structure is used with strength", "experts add", "At structural boundaries", "gate disagreement"):
        assert words in page
    plain = result_page(graph, x, zero_shot_rows(graph, x, model.encode_text))
    assert "Rows of the text encoder" in plain
    assert "No node has neighbours enough" in plain


def test_the_model_of_the_package_is_small_and_names_its_sources(graph):
    assert DEFAULT_PATH.stat().st_size < 10e6
    content = torch.load(DEFAULT_PATH, weights_only=True)
    assert "python-stdlib" in content["card"]["sources"]
    encoder = graph_encoder(**content["settings"])
    encoder.load_state_dict(content["state_dict"])
    card = (DEFAULT_PATH.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in card for name in content["card"]["sources"])
    model = GraphFM(encoder, Lookup(), settings=content["settings"], card=content["card"])
    assert not model.knows(graph)
    graph.name = "cora"
    assert model.knows(graph)
