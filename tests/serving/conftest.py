"""Services that run: a real server on a port of this machine, in a thread, asked over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
import torch

pytest.importorskip("fastapi")
uvicorn = pytest.importorskip("uvicorn")

from graphfm.datasets import TextGraph, Triples  # noqa: E402
from graphfm.models import GraphFM, LinkModel  # noqa: E402
from graphfm.models.families import find_model  # noqa: E402

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x1b[31m"


class Served:
    """An application on a port."""

    def __init__(self, app: Any) -> None:
        self.app, self.listening = app, socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=20))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def __call__(self, path: str, question: Any = None, *, raw: bytes | None = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = raw if question is None else json.dumps(question).encode()
        kind = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET" if body is None else "POST", path, body, kind if body is not None else headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply.status, json.loads(content) if "json" in (
            reply.headers["Content-Type"] or ""
        ) else content.decode()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()


@pytest.fixture(scope="module")
def people() -> Triples:
    """Twenty people around a table, one of them with a name that would like to act."""
    names = [f"person_{n:02d}" for n in range(20)]
    rows = torch.tensor([[n, s, (n + s + 1) % 20] for n in range(20) for s in (0, 1)])
    labels = [HOSTILE if n == 7 else f"Person {n}" for n in range(20)]
    return Triples("table", names, ["next_to", "two_on"], train=rows, entity_labels=labels)


@pytest.fixture(scope="module")
def reasoner(people: Triples) -> LinkModel:
    torch.manual_seed(0)
    family, named = find_model("redgnn")
    settings = {"num_relations": 2, "method": named.name, "dim": 8, "method_options": {"num_layers": 3}}
    return LinkModel(family.build(**settings), people, kind=family, settings=settings, card={"model": "RED-GNN"})


@pytest.fixture(scope="module")
def served(reasoner: LinkModel) -> Iterator[Served]:
    from graphfm.serving.link_service import LinkService
    from graphfm.serving.web import web_app

    served = Served(web_app(LinkService(reasoner)))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def pages() -> TextGraph:
    texts = [f"a page about {['trees and leaves', 'rings and gold'][n // 20]}, number {n}" for n in range(40)]
    side = torch.arange(40) // 20 * 20
    edges = torch.stack([torch.arange(40), side + (torch.arange(40) + 1) % 20])
    return TextGraph(
        edges, name="pages", text=texts, class_names=["trees", "rings"], node_ids=[f"p{n}" for n in range(40)]
    )


@pytest.fixture(scope="module")
def text_model(pages: TextGraph) -> GraphFM:
    from graphfm.models.encoder import graph_encoder
    from graphfm.text import LSAEncoder

    encoder = LSAEncoder(dim=4)
    encoder.fit([*pages.text, "trees", "rings"])
    settings = {"text_dim": encoder.dim, "hidden_channels": 4, "experts": ["euclidean"]}
    return GraphFM(graph_encoder(**settings), encoder, settings=settings, card={"sources": []})
