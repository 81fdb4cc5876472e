"""The house in numbers: files, rooms, who imports whom, what goes in circles, what nobody uses; for any tree of graphfm.

    python scripts/house.py [PATH...]       # this tree; or one column a checkout, to compare

A room is a folder of ``graphfm/``, or a module at its root. An import inside a function counts; one for annotations alone
(``if TYPE_CHECKING``) does not. ``tests/test_architecture.py`` asserts what is printed here.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

from floors import Floors

HERE = Path(__file__).resolve().parents[1]

Node = TypeVar("Node")


@dataclass(frozen=True)
class Module:
    """A file of the package.

    Args:
        name: dotted, as it is imported.
        path: of the file.
        place: path inside the package without the ending, such as ``kg/known``.
        tree: its syntax.
    """

    name: str
    path: Path
    place: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.place.rpartition("/")[0] or self.place

    @cached_property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def imports(self) -> Iterator[str]:
        """Dotted names imported at run time, at any depth; ``from a import b`` gives a.b."""
        package = self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]
        # a lazy face imports later what it names to type checkers
        lazy = "__getattr__" in self.definitions(private=True)
        for node in ast.walk(self.tree) if lazy else _run_time(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                home = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*home, *([node.module] if node.module else [])])
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def definitions(self, *, private: bool = False) -> dict[str, str]:
        """Names defined at the top of the file -> "class", "function" or "value"; loggers are not counted."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = "class"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = "function"
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id: "value" for target in targets if isinstance(target, ast.Name)}
        return {name: kind for name, kind in found.items() if private or (not name.startswith("_") and name != "log")}


class Arrow(NamedTuple):
    """One module imports another."""

    source: Module
    target: Module


class House:
    """The package of a checkout, read without importing it."""

    def __init__(self, root: Path = HERE) -> None:
        self.root = root
        package = root / "graphfm"
        self.modules = {module.name: module for module in map(self._module, sorted(package.rglob("*.py")))}

    def _module(self, path: Path, folder: str = "graphfm") -> Module:
        place = path.relative_to(self.root / folder).with_suffix("").as_posix()
        name = ".".join([folder, *place.split("/")]).removesuffix(".__init__")
        return Module(name, path, place, ast.parse(path.read_text(encoding="utf-8")))

    @cached_property
    def arrows(self) -> list[Arrow]:
        """Every import of one module of the house by another, once; ``import a.b`` leads to a.b alone, not to a."""
        found = []
        for module in self.modules.values():
            targets = {self._home(name) for name in module.imports()} - {None, module}
            found += [Arrow(module, target) for target in targets if target is not None]
        return sorted(found, key=lambda arrow: (arrow.source.name, arrow.target.name))

    def _home(self, name: str) -> Module | None:
        return self.modules.get(name) or self.modules.get(name.rpartition(".")[0])

    def upward(self, floors: Floors) -> list[Arrow]:
        """Arrows that do not lead to a lower line, those inside a room left out."""
        found = []
        for arrow in self.arrows:
            here, there = floors(arrow.source), floors(arrow.target)
            same = arrow.source.room == arrow.target.room and here == there
            if not same and here is not None and there is not None and there <= here:
                found.append(arrow)
        return found

    def module_circles(self) -> list[set[str]]:
        """Modules that import each other, whatever the way round."""
        return circles({(arrow.source.name, arrow.target.name) for arrow in self.arrows})

    def room_arrows(self) -> set[tuple[str, str]]:
        return {(a.source.room, a.target.room) for a in self.arrows if a.source.room != a.target.room}

    def unused(self) -> list[str]:
        """Public names, as ``kg/known.KnownAnswers``, that neither the package nor a script, a config or a page uses.

        A face (``__init__``) that hands a name on is no use of it, but for the lazy faces: what those name is the public
        API, as is what a module lists in an ``__all__`` of its own.
        """
        used: set[str] = set()  # dotted
        users = [*self.modules.values()]
        for folder in ("scripts", "benchmarks"):
            users += [self._module(path, folder) for path in sorted((self.root / folder).glob("*.py"))]
        for user in users:
            nodes, names = list(ast.walk(user.tree)), list(user.imports())
            loaded = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
            handed_on = user.path.name == "__init__.py" and "__getattr__" not in user.definitions(private=True)
            used |= {self.defined(n) for n in names if not handed_on or n.rpartition(".")[2] in loaded}
            attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            used |= {self.defined(f"{n}.{attribute}") for n in names if n in self.modules for attribute in attributes}
            listed = () if handed_on else _listed(user.tree)
            used |= {f"{user.name}.{name}" for name in (*loaded, *listed)}
            used |= {f"{user.name}.{node.name}" for node in user.tree.body if getattr(node, "decorator_list", ())}
        pages = [self.root / "README.md", *self.root.glob("docs/**/*.md"), *self.root.glob("configs/**/*.yaml")]
        told = set(re.findall(r"\w+", " ".join(page.read_text(encoding="utf-8") for page in pages)))
        return [
            f"{module.place}.{name}"
            for module in self.modules.values()
            for name in module.definitions()
            if f"{module.name}.{name}" not in used and name not in told
        ]

    def defined(self, name: str) -> str:
        """Where an imported name is defined: faces that hand it on are followed."""
        face = self.modules.get(name.rpartition(".")[0])
        if face is not None and face.path.name == "__init__.py":
            for handed in face.imports():
                if handed != name and handed.rpartition(".")[2] == name.rpartition(".")[2]:
                    return self.defined(handed)
        return name

    def repeated(self, name_of: Callable[[Module], set[str]]) -> dict[str, list[str]]:
        """Names that several modules have -> the places of those modules."""
        found = defaultdict(list)
        for module in self.modules.values():
            for name in name_of(module):
                found[name].append(module.place)
        return {name: sorted(places) for name, places in sorted(found.items()) if len(places) > 1}

    def repeated_files(self) -> dict[str, list[str]]:
        """File names that occur more than once -> where."""
        return self.repeated(lambda module: {module.path.stem} - {"__init__"})

    def repeated_classes_and_values(self) -> dict[str, list[str]]:
        """Public classes and constants of one name -> where they are defined."""
        return self.repeated(lambda module: {name for name, kind in module.definitions().items() if kind != "function"})


def circles(arrows: set[tuple[Node, Node]]) -> list[set[Node]]:
    """Strongly connected groups of more than one node, by the reach of every node (a house is small)."""
    below: dict[Node, set[Node]] = defaultdict(set)
    for source, target in arrows:
        below[source].add(target)

    def reach(start: Node) -> set[Node]:
        seen: set[Node] = set()
        todo = [start]
        while todo:
            new = below[todo.pop()] - seen
            seen |= new
            todo += new
        return seen

    reached = {node: reach(node) for node in list(below)}
    groups: list[set[Node]] = []
    for node, nodes in reached.items():
        if node in nodes and not any(node in group for group in groups):
            groups.append({node} | {other for other in nodes if node in reached.get(other, ())})
    return groups


def _listed(tree: ast.Module) -> list[str]:
    """The names in ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        else:
            todo += ast.iter_child_nodes(node)


def measures(house: House) -> dict[str, str]:
    """What is counted, in words, for one column."""
    modules = list(house.modules.values())
    longest = max(modules, key=lambda module: module.lines)
    rooms = Counter(module.room for module in modules)
    room_circles = circles(house.room_arrows())
    in_circles = [arrow for arrow in house.room_arrows() if any(set(arrow) <= group for group in room_circles)]
    floors = Floors()
    placed = all(floors(module) is not None for module in modules)
    return {
        "files": f"{len(modules)}",
        "lines": f"{sum(module.lines for module in modules):,}",
        "lines of a file, median": f"{statistics.median(module.lines for module in modules):g}",
        "longest file": f"{longest.lines} ({longest.place})",
        "rooms": f"{len(rooms)}",
        "files of a room, most": "{1} ({0})".format(*rooms.most_common(1)[0]),
        "modules at the root": f"{sum('/' not in module.place for module in modules)}",
        "imports, module to module": f"{len(house.arrows)}",
        "imports, room to room": f"{len(house.room_arrows())}",
        "of them in circles of rooms": f"{len(in_circles)}",
        "imports upward": f"{len(house.upward(floors))}" if placed else "no one order of its rooms",
        "names that nobody uses": f"{len(house.unused())}",
        "circles of modules": f"{len(house.module_circles())}",
        "file names used again": f"{len(house.repeated_files())}",
        "classes and constants used again": f"{len(house.repeated_classes_and_values())}",
    }


def main() -> None:
    roots = [Path(word).resolve() for word in sys.argv[1:]] or [HERE]
    columns = [measures(House(root)) for root in roots]
    width = max(len(cell) for column in columns for cell in column.values()) + 2
    print(f"{'':34}" + "".join(f"{root.name:>{width}}" for root in roots))
    for name in columns[0]:
        print(f"{name:34}" + "".join(f"{column[name]:>{width}}" for column in columns))


if __name__ == "__main__":
    main()
