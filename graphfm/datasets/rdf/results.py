"""Results of a SELECT as files: SPARQL's JSON and its TSV, of three variables: subject, predicate, object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from graphfm.datasets.rdf import ntriples
from graphfm.datasets.rdf.resources import Resources, collected
from graphfm.datasets.rdf.terms import Literal, Literals, Statement
from graphfm.datasets.tables.unpacking import begins, blocks, lines, plain_name
from graphfm.errors import DataError

_JSON = re.compile(r'\{\s*"(?:head|results)"')
_VARIABLE = re.compile(r"\?\w+")


def is_results(path: Path) -> bool:
    """Whether a file is such results, by its beginning: CSV of SPARQL is a table like others.

    Raises:
        DataError: a damaged archive.
    """
    name = plain_name(path).lower()
    if not name.endswith((".json", ".srj", ".tsv")) or not path.is_file():
        return False
    start = begins(path)
    if name.endswith(".tsv"):
        first, _, second = start.replace("\r\n", "\n").partition("\n")
        return len(cells := first.split("\t")) == 3 and all(map(_VARIABLE.fullmatch, cells)) and second[:1] in "<_"
    return _JSON.match(start) is not None and b'"bindings"' in b"".join(blocks(path))


def read(path: Path, *, literals: Literals = "drop", language: str = "en") -> Resources:
    """The statements of a file of results.

    Args:
        literals, language: see `rdf.resources.read`.

    Raises:
        DataError: other than three variables, a term that is none, broken JSON.
    """
    if plain_name(path).lower().endswith(".tsv"):
        return collected(_of_tsv(path), {}, literals=literals, language=language)
    try:
        content = json.loads(b"".join(blocks(path)))
    except (ValueError, RecursionError) as error:
        raise DataError(f"broken JSON ({error})", expected="results of a SELECT query", path=path) from error
    return collected(selected(content, str(path)), {}, literals=literals, language=language)


def _of_tsv(path: Path) -> Iterator[Statement]:
    """Its terms are written as in Turtle, which for resources and quoted literals is as in N-Triples."""
    for number, line in enumerate(lines(path), start=1):
        if number == 1 or not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 3:
            raise DataError(f"{len(cells)} columns", expected="3: subject, predicate, object", path=path, line=number)
        if all(cells):  # an OPTIONAL that matched nothing leaves a cell empty
            if cells[2][0] not in '<_"':  # a number or a truth value, which Turtle writes bare
                cells[2] = f'"{cells[2]}"'
            for statement in ntriples.parse([f"{' '.join(cells)} ."], path=path):
                yield statement._replace(line=number)


def selected(answer: object, source: str) -> Iterator[Statement]:
    """The statements of SPARQL's JSON.

    Raises:
        DataError: other JSON, or other than three variables.
    """
    if not isinstance(answer, dict) or "results" not in answer:
        raise DataError(f"other JSON from {source}", expected="results of a SELECT query")
    names = answer["head"].get("vars", []) if isinstance(answer.get("head"), dict) else []
    if len(names) != 3:
        raise DataError(
            f"{len(names)} variables ({', '.join(names)})",
            expected="three: subject, predicate, object",
            hint="Or CONSTRUCT.",
        )
    results = answer["results"]
    rows = results.get("bindings") if isinstance(results, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"no list of bindings in {source}", expected="results of a SELECT query")
    for row in rows:
        if not {*names} <= row.keys():
            continue  # an OPTIONAL that matched nothing
        head, relation, tail = (row[name] for name in names)
        try:
            statement = Statement(_term(head), _term(relation), _object(tail))
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(f"the term {str(row)[:80]} in {source}", expected="a type and a value for each") from error
        yield statement


def _term(term: dict[str, str]) -> str:
    return f"_:{term['value'].removeprefix('_:')}" if term["type"] == "bnode" else term["value"]


def _object(term: dict[str, str]) -> str | Literal:
    if term["type"] in ("literal", "typed-literal"):
        return Literal(term["value"], term.get("xml:lang", ""), term.get("datatype", ""))
    return _term(term)
