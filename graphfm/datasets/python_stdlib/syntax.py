"""From the source of one module to its definitions and references, by its syntax alone: nothing is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from graphfm.datasets.python_stdlib.descriptions import Function, describe, method_kind
from graphfm.datasets.python_stdlib.library import Definition, Library


def read_module(library: Library, *, module: str, is_package: bool, source: str) -> None:
    """Adds one module to the library."""
    _Reader(library, module, is_package, source.split("\n")).module(ast.parse(source))


class _Scope(NamedTuple):
    """Where an expression stands: the names in `bound` belong to the scope itself, all others to the module."""

    name: str
    module: str
    class_name: str = ""
    bound: frozenset[str] = frozenset()

    def dotted(self, expression: ast.expr | None) -> str | None:
        """The dotted name of an expression made of names, attributes and calls; None for any other."""
        match expression:
            case ast.Name(id=name):
                return f"{self.name if name in self.bound else self.module}.{name}"
            case ast.Attribute(value=value, attr=attribute):
                owner = self.dotted(value)
                return owner and f"{owner}.{attribute}"
            case ast.Call(func=ast.Name(id="super")) if self.class_name:
                return f"{self.class_name}.super()"
            case ast.Call(func=function):
                called = self.dotted(function)
                return called and f"{called}.()"
        return None


class _Reader:
    """Reads one module; each method adds to the library what one kind of syntax says."""

    def __init__(self, library: Library, module: str, is_package: bool, lines: list[str]) -> None:
        self.library, self.module_name, self.is_package, self.lines = library, module, is_package, lines

    def module(self, tree: ast.Module) -> None:
        self.define(tree, self.module_name, "package" if self.is_package else "module")
        parent = self.module_name.rpartition(".")[0]
        if parent:
            self.library.refer(parent, "contains", self.module_name)
        self.definitions_and_uses(_below(tree.body), _Scope(self.module_name, self.module_name))

    def define(self, node: ast.Module | ast.ClassDef | Function, name: str, kind: str) -> None:
        text = describe(node, name=name, kind=kind, lines=self.lines)
        self.library.define(Definition(name, kind, self.module_name, text))

    def definitions_and_uses(self, nodes: list[ast.AST], scope: _Scope) -> None:
        """The body of a module or class."""
        for node in nodes:
            if isinstance(node, Function):
                self.function(node, scope)
            elif isinstance(node, ast.ClassDef):
                self.klass(node, scope)
        self.uses(nodes, scope)

    def klass(self, node: ast.ClassDef, outer: _Scope) -> None:
        name = f"{outer.name}.{node.name}"
        self.define(node, name, "class")
        self.library.refer(outer.name, "defines", name)
        for base in node.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            self.library.refer(name, "subclass_of", outer.dotted(plain))
        self.decorators(node, name, outer)
        nodes = _below(node.body)
        self.definitions_and_uses(nodes, _Scope(name, self.module_name, name, frozenset(_bound(nodes))))

    def function(self, node: Function, outer: _Scope) -> None:
        name = f"{outer.name}.{node.name}"
        self.define(node, name, method_kind(node) if outer.class_name else "function")
        self.library.refer(outer.name, "has_method" if outer.class_name else "defines", name)
        if outer.class_name:
            self.library.refer(name, "overrides", f"{outer.class_name}.super().{node.name}")
        self.decorators(node, name, outer)
        self.parameters(node, name, outer)
        nodes = _below(node.body, into_definitions=True)
        bound = frozenset({argument.arg for argument in _arguments(node)}.union(_bound(nodes)))
        self.uses(nodes, _Scope(name, self.module_name, outer.class_name, bound))

    def decorators(self, node: ast.ClassDef | Function, name: str, outer: _Scope) -> None:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            self.library.refer(name, "decorated_by", outer.dotted(called))

    def parameters(self, node: Function, name: str, outer: _Scope) -> None:
        """A method's first parameter stands for its class, an annotated one for an instance of the annotation."""
        arguments = _arguments(node)
        decorators = {outer.dotted(decorator) for decorator in node.decorator_list}
        if outer.class_name and arguments and f"{self.module_name}.staticmethod" not in decorators:
            self.library.aliases[f"{name}.{arguments[0].arg}"].append(outer.class_name)
        for argument in arguments:
            annotation = outer.dotted(argument.annotation)
            if annotation:
                self.library.aliases[f"{name}.{argument.arg}"].append(f"{annotation}.()")

    def uses(self, nodes: Iterable[ast.AST], scope: _Scope) -> None:
        """Imports, assignments, calls and raised exceptions."""
        for node in nodes:
            match node:
                case ast.Call():
                    self.library.refer(scope.name, "calls", scope.dotted(node.func))
                case ast.Assign():
                    self.assignment(node, scope)
                case ast.Raise():
                    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    self.library.refer(scope.name, "raises", scope.dotted(raised))
                case ast.Import():
                    self.imports(node, scope)
                case ast.ImportFrom():
                    self.imports_from(node, scope)

    def assignment(self, node: ast.Assign, scope: _Scope) -> None:
        """``name = other`` and ``self.name = other``: the name may mean the other."""
        value = scope.dotted(node.value)
        for target in node.targets:
            if value is None:
                continue
            if isinstance(target, ast.Name):
                self.library.aliases[f"{scope.name}.{target.id}"].append(value)
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                for owner in self.library.aliases.get(f"{scope.name}.{target.value.id}", [])[:1]:
                    self.library.aliases[f"{owner}.{target.attr}"].append(value)

    def imports(self, node: ast.Import, scope: _Scope) -> None:
        for alias in node.names:
            self.library.refer(self.module_name, "imports", alias.name)
            name, meaning = (alias.asname, alias.name) if alias.asname else [alias.name.split(".")[0]] * 2
            self.library.aliases[f"{scope.name}.{name}"].append(meaning)

    def imports_from(self, node: ast.ImportFrom, scope: _Scope) -> None:
        origin = self.absolute(node)
        for alias in node.names:
            if alias.name == "*":
                self.library.refer(self.module_name, "imports", origin)
                self.library.stars[self.module_name].append(origin)
            else:
                self.library.refer(self.module_name, "imports", f"{origin}.{alias.name}")
                self.library.aliases[f"{scope.name}.{alias.asname or alias.name}"].append(f"{origin}.{alias.name}")

    def absolute(self, node: ast.ImportFrom) -> str:
        """The module an import statement names, its leading dots resolved."""
        if not node.level:
            return node.module or ""
        steps = self.module_name.split(".")
        package = steps[: len(steps) - node.level + self.is_package]
        return ".".join([*package, node.module] if node.module else package)


_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_USES = frozenset({ast.Call, ast.Assign, ast.Raise, ast.Import, ast.ImportFrom})
_BINDINGS = frozenset({ast.Name, ast.arg, ast.alias, ast.ExceptHandler})
_TELLING = _DEFINITIONS | _USES | _BINDINGS


def _below(body: list[ast.stmt], *, into_definitions: bool = False) -> list[ast.AST]:
    """The syntax below `body` that this module reads, in the order of the source.

    What lies inside classes and functions counts only where `into_definitions`. A million nodes of the library pass
    here, so the fields are read directly: half the time of `ast.walk`.
    """
    found: list[ast.AST] = []

    def collect(node: ast.AST) -> None:
        if type(node) in _TELLING:
            found.append(node)
            if type(node) in _DEFINITIONS and not into_definitions:
                return
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        collect(item)
            elif isinstance(value, ast.AST):
                collect(value)

    for statement in body:
        collect(statement)
    return found


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that the syntax binds, as far as they can hide names of the module."""
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias():
                yield node.asname or node.name.split(".")[0]
            case ast.ExceptHandler(name=str(name)):
                yield name


def _arguments(node: Function) -> list[ast.arg]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return named + [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
