"""Statements from a SPARQL endpoint: https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from pathlib import Path

import requests

from graphfm.datasets.rdf import ntriples
from graphfm.datasets.rdf.resources import Resources, collected
from graphfm.datasets.rdf.results import selected
from graphfm.datasets.rdf.terms import Literals
from graphfm.errors import DataError

_ACCEPT = "application/n-triples, application/sparql-results+json;q=0.9"
_TIMEOUT = (10, 600)  # seconds to connect, seconds between two pieces
DEFAULT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def is_endpoint(source: str) -> bool:
    """Whether a source is an address rather than a file."""
    return source.startswith(("http://", "https://"))


def read(address: str, query: str | None = None, *, literals: Literals = "drop", language: str = "en") -> Resources:
    """What an endpoint answers to a query that constructs statements, or selects three variables: subject, predicate, object.

    Args:
        address: of the endpoint.
        query: SPARQL; all statements of the default graph when left out.
        literals, language: see `rdf.resources.read`.

    Raises:
        DataError: no answer, a refusal with what the endpoint says, or an answer of another form.
    """
    data = {"query": query or DEFAULT}
    try:
        with requests.post(address, data=data, headers={"Accept": _ACCEPT}, stream=True, timeout=_TIMEOUT) as answer:
            if not answer.ok:
                said = " ".join(answer.text[:300].split())
                raise DataError(
                    f"the answer {answer.status_code} {answer.reason} from {address} ({said})",
                    expected="statements",
                    hint="Is the query right, and is this the address of queries?",
                )
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind in ("application/n-triples", "text/plain"):
                lines = (line.decode("utf-8") for line in answer.iter_lines(chunk_size=1 << 16))
                path = Path("answer.nt")  # names the answer in messages
                return collected(ntriples.parse(lines, path=path), {}, literals=literals, language=language)
            if kind == "application/sparql-results+json":
                return collected(selected(answer.json(), address), {}, literals=literals, language=language)
    except (requests.RequestException, UnicodeDecodeError) as error:
        raise DataError(f"no answer from {address} ({error})", expected="a SPARQL endpoint") from error
    raise DataError(
        f"an answer of the kind {kind or 'unknown'} from {address}", expected="N-Triples, or JSON results of SELECT"
    )
