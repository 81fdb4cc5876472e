"""Two pages of a service, each one file without anything fetched from elsewhere: for people who ask, for people who program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from graphfm.report.page import STYLE, Section, Table, escape, html_page

#: What each kind of service has of its own, put into `ask.html`.
PARTS = re.compile(r"<style>\n(.*)</style>\n(.*)\n<script>\n(.*)</script>\n", re.DOTALL)


def service_page(about: Mapping[str, Any]) -> str:
    """The page on which a person asks.

    Args:
        about: what is served, `LinkService.about` or `TextService.about`.
    """
    links = about["kind"] == "knowledge graph"
    parts = PARTS.fullmatch(_read("ask_links.html" if links else "ask_texts.html"))
    assert parts is not None
    style, form, script = parts.groups()
    # In a script, only "<" can end it; what is served is data there, and text everywhere else.
    known = json.dumps(dict(about)).replace("<", "\\u003c")
    title, page = escape(str(about["title"])), _read("ask.html")
    for place, text in {
        "/*STYLE*/": STYLE,
        "/*OWN*/": style,
        "{{FORM}}": form,
        "/*SCRIPT*/": script,
        "{{TITLE}}": title,
    }.items():
        page = page.replace(place, text)
    return page.replace('"{{ABOUT}}"', known)


def _read(name: str) -> str:
    return resources.files("graphfm.serving").joinpath(name).read_text(encoding="utf-8")


def interface_page(openapi: Mapping[str, Any]) -> str:
    """What programs may ask, from the OpenAPI description."""
    shapes = openapi.get("components", {}).get("schemas", {})
    sections = []
    for path, methods in openapi["paths"].items():
        for method, does in methods.items():
            blocks: list[Any] = [does.get("summary", "")]
            body = does.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for parameter in does.get("parameters", ()):
                blocks.append(f"?{parameter['name']}= {_kind(parameter['schema'])}")
            if "$ref" in body:
                blocks.append(_fields(shapes, body["$ref"], "What is sent, as JSON."))
            answer = does["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in answer:
                blocks.append(_fields(shapes, answer["$ref"], "What comes back."))
            sections.append(Section(f"{method.upper()} {path}", blocks))
    lead = "The same for machines: /openapi.json. Every refusal is JSON with `error`, in words."
    return html_page(openapi["info"]["title"], sections, lead=lead)


def _fields(shapes: Mapping[str, Any], reference: str, caption: str) -> Table:
    shape = shapes[reference.rpartition("/")[2]]
    needed = shape.get("required", ())
    rows = [
        (name, _kind(field), "" if name in needed else "may be left out", field.get("description", ""))
        for name, field in shape.get("properties", {}).items()
    ]
    return Table(("field", "kind", "", "what it is"), rows, f"{caption} {shape.get('description', '')}")


def _kind(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    limits = {"minimum": "from", "maximum": "to", "maxLength": "at most", "maxItems": "at most"}
    said = " ".join(f"{word} {field[key]:,.0f}" for key, word in limits.items() if key in field)
    kind = " or ".join(map(str, field["enum"])) if "enum" in field else str(field.get("type", "any"))
    if kind == "array":
        kind = f"list of {_kind(field.get('items', {}))}"
    return f"{kind} {said}".strip()
