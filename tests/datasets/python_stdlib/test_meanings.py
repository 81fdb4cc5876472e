"""How names are resolved and texts are written, on small libraries made here."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from graphfm.datasets.python_stdlib.descriptions import shorten
from graphfm.datasets.python_stdlib.reading import LibraryCorpus, read_folder
from graphfm.errors import DataError

BASE = """
    class Base:
        def run(self): ...
        def stop(self): ...
    class Error(Exception): ...
    def helper(): ...
"""


def read(folder: Path, files: dict[str, str]) -> LibraryCorpus:
    """The corpus of a library of the modules a, b and pkg, given as path and source."""
    for name, source in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(source), encoding="utf-8")
    return read_folder(folder, frozenset({"a", "b", "pkg"}))


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ("from a import helper\ndef f(): helper()", "b.f calls a.helper"),
        ("from a import helper as h\ndef f(): h()", "b.f calls a.helper"),
        ("import a\ndef f(): a.helper()", "b.f calls a.helper"),
        ("def f():\n  import a as x\n  x.helper()", "b.f calls a.helper"),
        ("from a import *\ndef f(): helper()", "b.f calls a.helper"),
        ("import a\nalias = a.helper\ndef f(): alias()", "b.f calls a.helper"),
        ("import a\ndef f(): a.Base()", "b.f instantiates a.Base"),
        ("import a\ndef f(): a.Base().run()", "b.f calls a.Base.run"),
        ("import a\ndef f():\n  x = a.Base()\n  x.run()", "b.f calls a.Base.run"),
        ("import a\ndef f(x: a.Base): x.run()", "b.f calls a.Base.run"),
        ("import a\ndef f():\n  def inner(): a.helper()", "b.f calls a.helper"),
        ("import a\ndef f(): raise a.Error('no')", "b.f raises a.Error"),
        ("import a\ndef f(): raise a.Error", "b.f raises a.Error"),
        ("import a\na.helper()", "b calls a.helper"),
        ("import a\n@a.helper\ndef f(): ...", "b.f decorated_by a.helper"),
        ("import a\n@a.helper(1)\nclass C: ...", "b.C decorated_by a.helper"),
        ("import a\nclass C(a.Base): ...", "b.C subclass_of a.Base"),
        ("import a\nclass C(a.Base[int]): ...", "b.C subclass_of a.Base"),
        ("import a\nclass C(a.Base):\n  def run(self): ...", "b.C.run overrides a.Base.run"),
        ("import a\nclass C(a.Base):\n  def go(self): self.run()", "b.C.go calls a.Base.run"),
        ("import a\nclass C(a.Base):\n  def go(self): super().run()", "b.C.go calls a.Base.run"),
        ("import a\nclass C(a.Base):\n  def run(self): self.stop()", "b.C.run calls a.Base.stop"),
        (
            "import a\nclass C:\n  def __init__(self): self.x = a.Base()\n  def go(self): self.x.run()",
            "b.C.go calls a.Base.run",
        ),
        ("class C:\n  @classmethod\n  def make(cls): return cls()", "b.C.make instantiates b.C"),
        ("class C:\n  def one(self): ...\n  two = one\n  def go(self): self.two()", "b.C.go calls b.C.one"),
        ("try:\n  from _fast import f\nexcept ImportError:\n  def f(): ...\ndef g(): f()", "b.g calls b.f"),
        ("if x:\n  import a as y\nelse:\n  import c as y\ndef g(): y.helper()", "b.g calls a.helper"),
        ("import a", "b imports a"),
        ("from a import helper", "b imports_name a.helper"),
        ("from a import helper", "b imports a"),
        ("from a import CONSTANT", "b imports a"),
    ],
)
def test_what_resolves(tmp_path: Path, source: str, fact: str) -> None:
    edges = read(tmp_path, {"a.py": BASE, "b.py": source}).edges
    assert tuple(fact.split()) in edges


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from a import helper\ndef f(helper): helper()", id="parameter"),
        pytest.param("from a import helper\ndef f():\n  helper = other()\n  helper()", id="local variable"),
        pytest.param("from a import helper\ndef f(): return [helper() for helper in y]", id="loop variable"),
        pytest.param("from a import helper\ndef f(x): x.helper()", id="attribute of the unknown"),
        pytest.param(
            "from a import helper\nclass C:\n  def go(self): self.helper()", id="name of the module, not of self"
        ),
        pytest.param(
            "import a\nclass C:\n  @staticmethod\n  def go(x): x.helper()", id="first argument of a static method"
        ),
        pytest.param("class C:\n  def helper(self): ...\n  def go(self): helper()", id="method without self"),
        pytest.param("helper = helper\ndef f(): helper()", id="defined by itself"),
        pytest.param("class C(C):\n  def go(self): self.helper()", id="subclass of itself"),
    ],
)
def test_what_does_not_resolve(tmp_path: Path, source: str) -> None:
    edges = read(tmp_path, {"a.py": BASE, "b.py": source}).edges
    assert not [edge for edge in edges if edge.relation in {"calls", "instantiates"}]


def test_packages_relative_imports_and_names_passed_on(tmp_path: Path) -> None:
    corpus = read(
        tmp_path,
        {
            "pkg/__init__.py": "from .sub import f, g as h\nfrom . import sub",
            "pkg/sub.py": "from . import other\nfrom .other import g\ndef f(): g(); other.g()",
            "pkg/other.py": "from ..pkg import sub\ndef g(): ...",
            "pkg/tests/__init__.py": "def unseen(): ...",
            "pkg/test/__init__.py": "def unseen(): ...",
            "b.py": "import pkg.sub\nfrom pkg import f, h\ndef k(): f(); h(); pkg.sub.f()",
            "stranger.py": "def unseen(): ...",
        },
    )
    assert [definition.name for definition in corpus.definitions] == [
        "b", "b.k", "pkg", "pkg.other", "pkg.other.g", "pkg.sub", "pkg.sub.f",
    ]  # fmt: skip
    assert set(corpus.edges) == {
        ("pkg", "contains", "pkg.other"),
        ("pkg", "contains", "pkg.sub"),
        ("b", "defines", "b.k"),
        ("pkg.other", "defines", "pkg.other.g"),
        ("pkg.sub", "defines", "pkg.sub.f"),
        ("b", "imports", "pkg"),
        ("b", "imports", "pkg.sub"),
        ("pkg.sub", "imports", "pkg.other"),
        ("pkg.other", "imports", "pkg.sub"),
        ("b", "imports_name", "pkg.sub.f"),
        ("b", "imports_name", "pkg.other.g"),
        ("pkg", "imports_name", "pkg.sub.f"),
        ("pkg", "imports_name", "pkg.other.g"),
        ("pkg.sub", "imports_name", "pkg.other.g"),
        ("b.k", "calls", "pkg.sub.f"),
        ("b.k", "calls", "pkg.other.g"),
        ("pkg.sub.f", "calls", "pkg.other.g"),
    }


def test_one_relation_a_pair(tmp_path: Path) -> None:
    source = "class E(Exception): ...\ndef f(): raise E()\nclass C:\n  def m(self): ...\nclass D(C):\n  def m(self): super().m()"
    edges = read(tmp_path, {"b.py": source}).edges
    assert [edge.relation for edge in edges if (edge.source, edge.target) == ("b.f", "b.E")] == ["raises"]
    assert [edge.relation for edge in edges if (edge.source, edge.target) == ("b.D.m", "b.C.m")] == ["overrides"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("'''A  module.\n\nOf two lines.'''", "b — module. A module. Of two lines."),
        ("#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# -----\n# Says it.\nx = 1", "b — module. Says it."),
        ("# Copyright 1999. You may use it.\nx = 1", "b — module."),
        ("def f(): ...\nclass C: ...\ndef _g(): ...", "b — module. Defines f, C."),
        ("def f(x: int=2, *y) -> int: 'Doc.'", "b.f(x: int=2, *y) -> int — function. Doc."),
        ("async def f(): 'Doc.'", "b.f() — asynchronous function. Doc."),
        ("x = 1\n# Above\n# it.\n@d\ndef f(): ...", "b.f() — function. Above it."),
        ("def f():\n    # Below\n    # it.\n    return 1", "b.f() — function. Below it."),
        ("class C(dict, metaclass=M): 'Doc.'", "b.C(dict) — class. Doc."),
        (
            "class C:\n  @property\n  def p(self): 'Get.'\n  @p.setter\n  def p(self, x): 'Set.'",
            "b.C.p(self) — property. Get.",
        ),
        ("class C:\n  @staticmethod\n  def s(): 'Doc.'", "b.C.s() — static method. Doc."),
        ("class C:\n  @classmethod\n  def k(cls): 'Doc.'", "b.C.k(cls) — class method. Doc."),
        ("class C:\n  class D: 'Inner.'", "b.C.D — class. Inner."),
    ],
)
def test_texts(tmp_path: Path, source: str, text: str) -> None:
    assert text in [definition.text for definition in read(tmp_path, {"b.py": source}).definitions]


def test_texts_are_bounded() -> None:
    assert len(shorten("word " * 1_000, 1_500)) <= 1_500
    assert shorten("a" * 50, 10).endswith(" ...")


def test_a_source_that_does_not_parse(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"b\.py, line 2: found source that does not parse"):
        read(tmp_path, {"b.py": "x = 1\ndef f(:"})
