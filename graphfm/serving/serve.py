"""`graphfm.serve`: a model as a web service, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from graphfm.errors import DataError
from graphfm.printable import printable

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.datasets.triples.graph import Triples
    from graphfm.models import GraphFM, LinkModel

#: Seconds that questions which have come are given to be answered, once the service is told to stop.
GRACE = 30


def serve(
    checkpoint: GraphFM | LinkModel | str | PathLike[str],
    *,
    data: TextGraph | Triples | str | PathLike[str] | None = None,
    names: Sequence[str] | Mapping[str, str] | str | None = None,
    classes: str | PathLike[str] | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    accelerator: str = "auto",
) -> None:
    """Serve a model over HTTP until SIGINT or SIGTERM; what has been asked by then is answered first.

    A link model answers (``/complete``, ``/complete/many``, ``/names``) and, where it follows paths, explains (``/explain``).
    A model of text graphs classifies texts that come to the graph it is given, with their neighbours there (``/classify``). Both
    have a page for people (``/``), one for programmers (``/docs``, ``/openapi.json``) and ``/health``. Requests are bounded, see
    `graphfm.serving.questions`. There is no login: who may ask is for the network, or for a proxy in front, to say.

    Args:
        checkpoint: a model, its file, its run's folder, a name, or ``org/name``.
        data: the graph to answer on. A link model that was trained on one has it; a model of text graphs needs one.
        names, classes: of a text graph: the classes to choose from, see `graphfm.classify`; the graph's own by default.
        host: address to listen on; this machine alone by default.
        port: 0 for any that is free.
        accelerator: "auto", "cpu" or "gpu".

    Raises:
        DataError: no such model or graph, a port that is taken, or no fastapi (``pip install "graphfm[serve]"``).
    """
    try:
        import uvicorn

        from graphfm.serving.web import web_app
    except ModuleNotFoundError as error:
        hint = 'pip install "graphfm[serve]"'
        raise DataError(f"no {error.name}", expected="fastapi and uvicorn, to serve", hint=hint) from error

    listening = _listening(host, port)
    with listening:
        service = open_service(checkpoint, data=data, names=names, classes=classes, accelerator=accelerator)
        app = web_app(service)
        config = uvicorn.Config(
            app,
            log_level="warning",
            timeout_graceful_shutdown=GRACE,
            limit_concurrency=2000,
            server_header=False,
            ws="none",
        )
        address, taken = listening.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        _tell(
            f"{service.about()['title']}: http://{shown}:{taken} (for programs: /docs, /openapi.json). Ctrl-C stops it."
        )
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:  # a signal is raised once more when the server has stopped
            _tell(
                f"Stopped; questions answered: {app.state.batches.answered:,}, left: {app.state.batches.waiting():,}."
            )


def open_service(
    checkpoint: Any, *, data: Any = None, names: Any = None, classes: Any = None, accelerator: str = "auto"
) -> Any:
    """What `serve` serves, without the web: a `LinkService` or a `TextService`.

    Raises:
        DataError: see `serve`.
    """
    from graphfm.models import GraphFM, LinkModel, load_model, opening
    from graphfm.models.checkpoint import DEFAULT
    from graphfm.serving.link_service import LinkService
    from graphfm.serving.text_service import TextService

    model = checkpoint
    if isinstance(checkpoint, str | PathLike):
        # Two models are called "default"; the graph says which is meant.
        links = checkpoint == DEFAULT and data is not None and _is_of_triples(data)
        device = opening.device(accelerator)
        model = LinkModel.load(DEFAULT, device=device) if links else load_model(checkpoint, device=device)
    if isinstance(model, LinkModel):
        if names is not None or classes is not None:
            raise DataError("classes for a link model", expected="none: it answers with entities")
        return LinkService(opening.link_model(model, data=data))
    if not isinstance(model, GraphFM):
        raise DataError(f"an object of type {type(model).__name__}", expected="a GraphFM or a LinkModel")
    if data is None:
        hint = (
            "Give one: graphfm serve MODEL --data FOLDER. Texts that come are classified with their neighbours there."
        )
        raise DataError("no graph", expected="a text graph to serve", hint=hint)
    from graphfm.models.classifying import classify

    return TextService(classify(data, checkpoint=model, names=names, classes=classes), model.text_encoder)


def _is_of_triples(data: Any) -> bool:
    from graphfm.datasets import Triples, catalog
    from graphfm.datasets.loading import is_knowledge_graph

    if not isinstance(data, str | PathLike):
        return isinstance(data, Triples)
    return is_knowledge_graph(data) or (str(data) in catalog.names("kg") and str(data) not in catalog.names("tag"))


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, taken before the model is read.

    Raises:
        DataError: the port is taken, or there is no such address.
    """
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)  # whoever asks from now on waits for the model to be read
    except OSError as error:
        if listening is not None:
            listening.close()
        found = f"no way to listen on {host}, port {port} ({error.strerror})"
        hint = "Another program may have it; --port 0 takes any that is free."
        raise DataError(found, expected="a free port", hint=hint) from error
    return listening


def _tell(line: str) -> None:
    print(printable(line), flush=True)
