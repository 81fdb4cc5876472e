"""The web side of a service: routes, limits, and a refusal in words for every request that cannot be answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphfm.errors import DataError, GraphFMError
from graphfm.files import finite
from graphfm.serving.batching import Batches, BusyError
from graphfm.serving.link_service import LinkService
from graphfm.serving.pages import interface_page, service_page
from graphfm.serving.questions import (
    BODY,
    MANY,
    NAME,
    AnswerRows,
    ClassRows,
    ManyAnswers,
    NewTexts,
    Paths,
    Question,
    Questions,
    Refusal,
    Why,
)
from graphfm.serving.refusals import in_words
from graphfm.serving.text_service import TextService

#: The page runs its own script and talks to its own server; nothing else is fetched, framed or run.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    413: {"model": Refusal, "description": "More than a request may hold."},
    422: {"model": Refusal, "description": "A question that cannot be answered, and why."},
    503: {"model": Refusal, "description": "Too many questions are waiting."},
}


class Plain(JSONResponse):
    """JSON of any text, half a surrogate pair too, with null for numbers that are not finite."""

    def render(self, content: Any) -> bytes:
        return json.dumps(finite(content), allow_nan=False, separators=(",", ":")).encode("ascii")


def web_app(service: LinkService | TextService) -> FastAPI:
    """The application that serves a model, for uvicorn or any other ASGI server."""
    batches = Batches(service.answer)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with batches:
            yield

    about = service.about()
    app = FastAPI(
        title=f"graphfm: {about['title']}",
        version=version("graphfm"),
        lifespan=running,
        docs_url=None,  # they fetch their scripts from elsewhere
        redoc_url=None,
        default_response_class=Plain,
    )
    app.state.batches = batches
    _refuse_in_words(app)
    app.add_middleware(Limited)

    @app.get("/health", summary="Is it there, and what does it serve?", tags=["service"])
    async def health() -> Response:
        return Plain(
            {
                "status": "ok",
                "version": version("graphfm"),
                "answered": batches.answered,
                "waiting": batches.waiting(),
                **about,
            }
        )

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(service_page(about), headers=SAFE)

    @app.get("/docs", include_in_schema=False)
    async def interface() -> Response:
        return HTMLResponse(interface_page(app.openapi()), headers=SAFE)

    async def ask(question: Any) -> Any:
        return Plain(await batches.ask(question))

    if isinstance(service, TextService):
        _serve_texts(app, ask)
    else:
        _serve_links(app, service, ask)
    return app


def _serve_links(app: FastAPI, service: LinkService, ask: Callable[[Any], Awaitable[Any]]) -> None:
    batches: Batches = app.state.batches

    @app.post("/complete", summary="The missing end of a triple", tags=["knowledge graph"],
              responses={200: {"model": AnswerRows}, **REFUSALS})  # fmt: skip
    async def complete(question: Question) -> Response:
        return await ask(question)

    @app.post("/complete/many", summary=f"Up to {MANY} questions at once", tags=["knowledge graph"],
              responses={200: {"model": ManyAnswers}, **REFUSALS})  # fmt: skip
    async def complete_many(many: Questions) -> Response:
        results: list[Any] = []
        for one in [batches.ask(question) for question in many.questions]:
            try:
                results.append(await one)
            except DataError as error:
                results.append(refusal(error))
        return Plain({"results": results})

    @app.get("/names", summary="Names that begin with some letters, or contain them", tags=["knowledge graph"],
             responses=REFUSALS)  # fmt: skip
    async def names(
        kind: Literal["entity", "relation"] = "entity",
        like: str = Query("", max_length=NAME),
        limit: int = Query(20, ge=1, le=100),
    ) -> Response:
        return Plain({"names": service.names(kind, like, limit)})

    if service.explains:

        @app.post("/explain", summary="The paths behind an answer", tags=["knowledge graph"],
                  responses={200: {"model": Paths}, **REFUSALS})  # fmt: skip
        async def explain(why: Why) -> Response:
            return await ask(why)


def _serve_texts(app: FastAPI, ask: Callable[[Any], Awaitable[Any]]) -> None:
    @app.post("/classify", summary="Classes of texts, with their neighbours in the graph", tags=["text graph"],
              responses={200: {"model": ClassRows}, **REFUSALS})  # fmt: skip
    async def classify(texts: NewTexts) -> Response:
        return await ask(texts)


def refusal(error: GraphFMError) -> dict[str, Any]:
    """An error of ours as data."""
    if isinstance(error, DataError):
        return {"error": str(error), "found": error.found, "expected": error.expected, "hint": error.hint}
    return {"error": str(error)}


def _refuse_in_words(app: FastAPI) -> None:
    @app.exception_handler(GraphFMError)
    async def ours(_: Request, error: GraphFMError) -> Response:
        if isinstance(error, BusyError):
            return Plain(refusal(error), status_code=503, headers={"Retry-After": "1"})
        return Plain(refusal(error), status_code=422)

    @app.exception_handler(RequestValidationError)
    async def of_the_fields(_: Request, error: RequestValidationError) -> Response:
        place, found, expected = in_words(error.errors()[0])
        return Plain(
            {"error": f"{place}: found {found}, expected {expected}.", "found": found, "expected": expected},
            status_code=422,
        )

    @app.exception_handler(HTTPException)
    async def of_the_web(request: Request, error: HTTPException) -> Response:
        words = {404: f"There is no {request.url.path} here; see /docs.", 405: f"{request.url.path} is not asked by "
                 f"{request.method}; see /docs."}  # fmt: skip
        said = words.get(error.status_code, str(error.detail))
        return Plain({"error": said}, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def of_our_making(_: Request, error: Exception) -> Response:
        return Plain({"error": "The service failed at this request; its log says why."}, status_code=500)


class Limited:
    """Middleware: a request of more than `BODY` bytes is refused, whether it says its length or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY:
            return await self._refuse(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return None  # the client went away
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY:
                return await self._refuse(scope, receive, send)
        given = False

        async def whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await self.app(scope, whole, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = {"error": f"A request of more than {BODY:,} bytes; ask for less at once."}
        await Plain(said, status_code=413, headers={"Connection": "close"})(scope, receive, send)
