"""What pydantic finds wrong with a request, as this package says such things: where, what was found, what was expected."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

LONG = 40  # characters of a value that are shown


def in_words(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """The place in the request, what stands there, what should.

    >>> in_words({"type": "int_type", "loc": ("body", "top"), "msg": "Input should be a valid integer", "input": "3"})
    ('top', '"3"', 'a valid integer')
    """
    place = ".".join(str(part) for part in error["loc"][1:]) or "the request"
    match error["type"]:
        case "json_invalid":
            return "the request", "what is no JSON", f"JSON ({error.get('ctx', {}).get('error', 'see /docs')})"
        case "missing":
            return place, "nothing", "a value"
        case "extra_forbidden":
            return place, "an unknown field", "a field that /docs names"
    expected = re.sub(r"^(Input should be|\w+ should have) | after validation, not \d+$", "", str(error["msg"]))
    return place, shown(error["input"]), expected


def shown(value: Any) -> str:
    """A value of JSON, shortened.

    >>> shown([1, 2]), shown(None), shown("x" * 99)
    ('a list of 2', 'null', '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...')
    """
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = json.dumps(value, default=str)
    return text if len(text) <= LONG else f"{text[:LONG]}..."
