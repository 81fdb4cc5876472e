"""What is run on the pretend device, each a function of the device; the same on the CPU gives the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from graphfm.datasets import TextGraph, Triples
from graphfm.evaluation.links import judge
from graphfm.evaluation.text_jobs import few_shot, link_text, zero_shot
from graphfm.kg.ranking import rank
from graphfm.models import GraphFM, LinkModel
from graphfm.models.encoder import graph_encoder
from graphfm.models.exporting import vectors
from graphfm.models.families.embeddings import kge_model
from graphfm.models.families.foundation import foundation_model
from graphfm.models.families.reasoners import path_model
from graphfm.text import load_encoder
from graphfm.training.link_prediction import link_prediction
from graphfm.training.pretrain import pretrain
from tests.faults.samples import text_graph, triples

SMALL: dict[str, Any] = {"epochs": 1, "batch_size": 8, "steps_per_epoch": 3, "progress": False, "checkpoint_every": 2}
CALIBRATION = {"method": "platt", "scores": [1.0, 0.0], "values": []}


def link_model(device: str, kind: str, build: Any, **settings: Any) -> LinkModel:
    """A model with drawn weights, by way of what its file holds."""
    torch.manual_seed(0)
    weights = _drawn(build(**settings))
    graph = triples()
    content = {
        "kind": kind, "settings": settings, "state_dict": weights, "calibration": CALIBRATION, "text_encoder": None,
        "text_encoder_tensors": {}, "card": {"model": "made"}, **_graph_values(graph),
    }  # fmt: skip
    return LinkModel.from_content(content, device=device)


def _drawn(model: nn.Module) -> dict[str, Tensor]:
    """Weights away from zero, where layers that begin with nothing say nothing."""
    return {
        name: x + 0.1 * torch.randn_like(x) if x.is_floating_point() else x for name, x in model.state_dict().items()
    }


def _graph_values(graph: Triples) -> dict[str, Any]:
    from graphfm.models.vocabulary import as_values

    return as_values(graph)


def scorer(device: str, name: str) -> LinkModel:
    """A model of vectors."""
    reciprocal = name in ("TuckER", "CompoundE", "Hyperbolic")  # these have no inverse in closed form
    sizes = {"num_entities": 20, "num_relations": 2, "dim": 8}
    return link_model(device, "kge", kge_model, scorer=name, reciprocal=reciprocal, **sizes)


def reasoner(device: str, name: str) -> LinkModel:
    """A model of paths."""
    return link_model(device, "paths", path_model, num_relations=2, method=name, dim=8)


def foundation(device: str, name: str) -> LinkModel:
    """A model of any graph."""
    options = {"ultra": {}, "universal": {"channels": 8}}[name]
    return link_model(device, "foundation", foundation_model, network=name, network_options=options)


def judged(model: LinkModel) -> dict[str, Any]:
    """Ranks, baselines, sampled ranks, calibration, answers, scores and explanations of a model."""
    result = judge(model, sampled=5)
    del result["seconds"]
    graph = model.graph
    answers = [
        model.predict_tails("person_03", "next_to", top=3),
        model.predict_heads("two_on", "person_05", top=3, new_only=True),
    ]
    explained = None if model.reasoner is None else repr(model.explain("person_03", "next_to", "person_04"))
    return {
        "result": result,
        "answers": answers,
        "score": model.score(graph.test),
        "explained": explained,
        "vectors": vectors(model) if model.family.vectors(model.model) is not None else None,
        "ranks": rank(model.model, graph.test, model.known, data=model.facts, train=graph.train).optimistic,
        "other graph": judge(model.on(graph))["report"]["mrr"],
    }


def graph_model(device: str) -> GraphFM:
    """A model of text graphs with drawn weights."""
    torch.manual_seed(0)
    text, graph = load_encoder("lsa"), text_graph()
    text.fit_if_needed(graph.text)
    settings = {"text_dim": text.dim, "hidden_channels": 8, "experts": ["hyperbolic", "spherical", "euclidean"]}
    model = graph_encoder(**cast(Any, settings))
    model.load_state_dict(_drawn(model))
    return GraphFM(model.to(device), text, settings=settings)


def classified(model: GraphFM, graph: TextGraph) -> dict[str, Any]:
    """The rows of the jobs on text graphs, and what the experts read."""
    encoded = model.encode(graph)
    return {
        "zero-shot": zero_shot(graph, checkpoint=model).frame(),
        "few-shot": few_shot(graph, checkpoint=model, shots=[1], draws=2).frame(),
        "link-text": link_text(graph, checkpoint=model).frame(),
        "classes": model.classify(graph),
        "features": encoded.features,
        "weights": encoded.weights,
        "neighbours": model.read_neighbours(graph),
    }


def trained_links(accelerator: str, folder: Path, model: str, **settings: Any) -> dict[str, Any]:
    """A whole run of link prediction: weights and result."""
    done = link_prediction(triples(), out=folder, model=model, accelerator=accelerator, dim=8, **SMALL | settings)
    return {"weights": done.model.state_dict(), "result": {**done.card["result"], "seconds": 0}}


def pretrained_texts(accelerator: str, folder: Path) -> dict[str, Any]:
    """A whole run of pretraining on texts: weights and metrics."""
    settings = {"encoder": "lsa", "hidden_channels": 8, "accelerator": accelerator, **SMALL}
    done = cast(GraphFM, pretrain([text_graph()], out=folder, **settings))
    return {"weights": done.graph_encoder.state_dict(), "metrics": done.card["metrics"]}


def pretrained_links(accelerator: str, folder: Path) -> dict[str, Any]:
    """A whole run of pretraining on triples: weights and metrics."""
    settings = {name: value for name, value in SMALL.items() if name != "batch_size"}
    done = cast(LinkModel, pretrain([triples()], out=folder, channels=8, accelerator=accelerator, **settings))
    return {"weights": done.model.state_dict()}
