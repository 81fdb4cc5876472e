"""A function without one of its moves to a device."""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any


class _Unmoved(ast.NodeTransformer):
    """``x.to(...)`` becomes ``x``: the n-th of those that name a device."""

    def __init__(self, number: int) -> None:
        self.number, self.found = number, 0

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        moves = isinstance(node.func, ast.Attribute) and node.func.attr == "to" and "device" in ast.unparse(node)
        if not moves:
            return node
        self.found += 1
        return node.func.value if self.found - 1 == self.number else node  # type: ignore[attr-defined]


def moves(function: FunctionType) -> int:
    """How many moves to a device a function has."""
    counting = _Unmoved(-1)
    counting.visit(_tree(function))
    return counting.found


@contextmanager
def without_move(function: FunctionType, number: int = 0) -> Iterator[None]:
    """Within the block the function, wherever it was imported to, lacks its n-th ``.to(device)``."""
    mutation, function = _Unmoved(number), inspect.unwrap(function)
    tree = ast.fix_missing_locations(mutation.visit(_tree(function)))
    assert mutation.found > number, f"{function.__name__} has no move to a device of number {number}"
    whole = compile(tree, f"<{function.__name__}, mutated>", "exec", flags=__future__.annotations.compiler_flag)
    kept = function.__code__
    function.__code__ = next(
        code for code in whole.co_consts if isinstance(code, CodeType) and code.co_name == function.__name__
    )
    try:
        yield
    finally:
        function.__code__ = kept


def _tree(function: FunctionType) -> ast.Module:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    return tree
