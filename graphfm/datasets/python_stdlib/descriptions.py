"""What a reader of the library sees of a definition, as one line of text: name, signature, kind and documentation."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import takewhile
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

TEXT_LIMIT = 1_500
_SIGNATURE_LIMIT = 300
_PROPERTIES = {"property", "cached_property", "abstractproperty"}
_WORDS = {"classmethod": "class method", "staticmethod": "static method"}


def describe(node: ast.Module | ast.ClassDef | Function, *, name: str, kind: str, lines: list[str]) -> str:
    """The text of a definition, at most `TEXT_LIMIT` characters on one line.

    Where there is no docstring the comment above the definition serves, then the one below its first line: much of the
    library is documented that way. An undocumented module or class lists what it defines. `lines` is the source.

    >>> tree = ast.parse("def halve(x: int=2): 'Divides by two.'")
    >>> describe(tree.body[0], name="maths.halve", kind="function", lines=[])
    'maths.halve(x: int=2) — function. Divides by two.'
    """
    documentation = ast.get_docstring(node, clean=False) or _comment(node, lines) or _contents(node)
    text = f"{name}{_signature(node)} — {_word(node, kind)}. {documentation}"
    return shorten(text, TEXT_LIMIT)


def shorten(text: str, limit: int) -> str:
    """White space collapsed, cut at a word where longer than `limit` characters.

    >>> shorten("one  two three", 11)
    'one two ...'
    """
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3].rsplit(" ", 1)[0] + " ..."


def method_kind(node: Function) -> str:
    """'property' or 'method'."""
    return "property" if _PROPERTIES & set(_decorators(node)) else "method"


def _signature(node: ast.Module | ast.ClassDef | Function) -> str:
    if isinstance(node, ast.Module):
        return ""
    if isinstance(node, ast.ClassDef):
        inside = ", ".join(ast.unparse(base) for base in node.bases)
        return f"({shorten(inside, _SIGNATURE_LIMIT)})" if inside else ""
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({shorten(ast.unparse(node.args), _SIGNATURE_LIMIT)}){result}"


def _word(node: ast.Module | ast.ClassDef | Function, kind: str) -> str:
    if not isinstance(node, Function):
        return kind
    word = next((_WORDS[name] for name in _decorators(node) if name in _WORDS), kind)
    return f"asynchronous {word}" if isinstance(node, ast.AsyncFunctionDef) else word


def _decorators(node: Function) -> list[str]:
    return [ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list]


def _comment(node: ast.Module | ast.ClassDef | Function, lines: list[str]) -> str:
    if isinstance(node, ast.Module):
        return " ".join(_comment_block(lines))
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    above = _comment_block(reversed(lines[: first - 1]))
    return " ".join(above[::-1] or _comment_block(lines[node.lineno : node.body[0].lineno - 1]))


def _contents(node: ast.Module | ast.ClassDef | Function) -> str:
    if isinstance(node, Function):
        return ""
    names = [inner.name for inner in node.body if isinstance(inner, Function | ast.ClassDef)]
    public = [name for name in names if not name.startswith("_")]
    return f"Defines {', '.join(public)}." if public else ""


def _comment_block(lines: Iterable[str]) -> list[str]:
    """The comment at the start of `lines` without its marks; empty for a licence and for lines meant for programs."""
    comments = takewhile(lambda line: line.startswith("#"), map(str.strip, lines))
    block = [line.strip("#: ") for line in comments if not line.startswith("#!") and "coding:" not in line]
    said = [line for line in block if any(map(str.isalnum, line))]
    return [] if any("copyright" in line.lower() for line in said) else said
