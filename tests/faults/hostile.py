"""Files that would run code, and names that would act: neither does."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from graphfm.datasets import TextGraph, Triples
from graphfm.datasets.text_graphs.folder import write_folder
from graphfm.datasets.triples.folder import write
from graphfm.printable import printable
from tests.faults.child import Outcome
from tests.faults.inputs import Room
from tests.faults.samples import LINKS, PRETRAIN, text_graph, triples

NAMES = [
    "\x1b[31mred", "\x1b]0;title\x07", "a\u202egnp.exe", "\u2066x\u2069", "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>", "]]></svg><script>",
    "$\\undefined{$", "=1+2", "@SUM(A1)", "[bold]x[/bold]", ":warning:", "\u009b31m", "a\u0085b",
]  # fmt: skip


class Evil:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("touch RAN",)


def pickled() -> bytes:
    return pickle.dumps({"graphfm": 1, "state_dict": Evil()})


def archive() -> bytes:
    """What `torch.save` writes, with the pickle of something evil in it."""
    buffer = io.BytesIO()
    torch.save({"graphfm": 1, "state_dict": {"x": torch.zeros(1)}}, buffer)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(buffer.getvalue())) as old, zipfile.ZipFile(made, "w") as new:
        for item in old.infolist():
            new.writestr(item, pickled() if item.filename.endswith("data.pkl") else old.read(item))
    return made.getvalue()


def hostile_files() -> Iterator[dict[str, Any]]:
    """A record a file and command: whether code ran, whether anything acted, whether a traceback came."""
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        yield from _code(room)
        yield from _names(room)


def _record(what: str, found: Outcome, there: Path) -> dict[str, Any]:
    pages = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in there.rglob("*.html")]
    pictures = [part for page in pages for part in _pictures(page)]
    broken = 0
    for picture in pictures:
        try:
            ET.fromstring(picture)
        except ET.ParseError:
            broken += 1
    acted = printable(found.said) != found.said or any(printable(page) != page for page in pages)
    live = any("<script" in page or "<img src=x" in page for page in pages)
    record = {
        "what": what, "status": found.status, "traceback": found.traceback, "code_ran": any(there.rglob("RAN")), "acted": acted,
        "live_markup": live, "broken_svg": broken, "formulas": _formulas(there),
    }  # fmt: skip
    bad = [name for name in ("traceback", "code_ran", "acted", "live_markup", "broken_svg", "formulas") if record[name]]
    return record | ({"bad": bad, "said": found.said[-1500:]} if bad else {})


def _pictures(page: str) -> list[str]:
    return [f"<svg{part.split('</svg>')[0]}</svg>" for part in page.split("<svg")[1:]]


def _formulas(there: Path) -> int:
    made = [path for path in (there / "made").rglob("*.csv") if path.name != "metrics.csv"]
    cells = [
        cell for path in made for line in path.read_text(errors="replace").splitlines() for cell in line.split(",")
    ]
    return sum(cell.startswith(("=", "@")) for cell in cells)


def _code(room: Room) -> Iterator[dict[str, Any]]:
    commands = {
        "model.ckpt, zero-shot": ("tag.ckpt", ["zero-shot", "--data", "tag", "--checkpoint", "tag.ckpt"]),
        "model.ckpt, few-shot": ("tag.ckpt", ["few-shot", "--data", "tag", "--shots", "1", "--checkpoint", "tag.ckpt"]),
        "model.ckpt, evaluate": ("kg.ckpt", ["evaluate", "--checkpoint", "kg.ckpt"]),
        "model.ckpt, complete": (
            "kg.ckpt",
            ["complete", "--checkpoint", "kg.ckpt", "--head", "person_01", "--relation", "two_on"],
        ),
        "model.ckpt, export": ("kg.ckpt", ["export", "--checkpoint", "kg.ckpt", "--out", "made"]),
        "last.ckpt, link-prediction": (
            "run/last.ckpt",
            ["link-prediction", "-m", "rotate", "-d", "kg", "-o", "run", *LINKS],
        ),
        "last.ckpt, pretrain": ("tag_run/last.ckpt", ["pretrain", "-d", "tag", "-o", "tag_run", *PRETRAIN]),
        "graph.pt, import": ("graph.pt", ["datasets", "import", "graph.pt", "--out", "made"]),
    }
    for name, content in (("pickle", pickled()), ("archive", archive())):
        for what, (path, words) in commands.items():
            there = room.fresh()
            (there / path).write_bytes(content)
            for previous in there.rglob("*.previous.ckpt"):
                previous.unlink()
            yield _record(f"{name} as {what}", room.go(words, there), there)
    there = room.fresh()
    encoder = there / "encoder"
    encoder.mkdir()
    (encoder / "lsa.json").write_text('{"encoder": "lsa", "identity": "lsa:0", "dim": 2, "vocabulary": ["a"]}')
    (encoder / "lsa.safetensors").write_bytes(pickled())
    yield _record(
        "pickle as lsa.safetensors", room.go(["zero-shot", "-d", "tag", "--encoder", "encoder"], there), there
    )
    there = room.fresh()
    encoder = there / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text('{"model_type": "bert", "auto_map": {"AutoModel": "evil.Model"}}')
    (encoder / "pytorch_model.bin").write_bytes(pickled())
    (encoder / "evil.py").write_text("open('RAN', 'w').close()")
    yield _record(
        "pickle and code in an encoder's folder",
        room.go(["zero-shot", "-d", "tag", "--encoder", "encoder"], there),
        there,
    )
    for word in ("!!python/object/apply:os.system ['touch RAN']", "!!python/name:os.system", "&a [*a]"):
        there = room.fresh()
        (there / "c.yaml").write_text(f"data: kg\nlr: {word}\n")
        yield _record(
            f"{word} in a config", room.go(["link-prediction", "--config", "c.yaml", "-o", "made"], there), there
        )


def _names(room: Room) -> Iterator[dict[str, Any]]:
    graph, facts = text_graph(), triples()
    hostile = TextGraph(
        graph.edge_index, name="tag", text=[f"{text} {NAMES[n % len(NAMES)]}" for n, text in enumerate(graph.text)], y=graph.y,
        class_names=[f"{name} {word}" for name, word in zip(NAMES, ["red", "green", "blue"], strict=False)],
        node_ids=[f"{NAMES[n % len(NAMES)]} {n}" for n in range(graph.num_nodes)], directed=False,
    )  # fmt: skip
    named = Triples(
        "kg", [f"{NAMES[n % len(NAMES)]} {n}" for n in range(20)], [f"{name} r" for name in NAMES[:2]], train=facts.train,
        val=facts.val, test=facts.test, entity_labels=[f"{NAMES[(n + 5) % len(NAMES)]} {n}" for n in range(20)],
    )  # fmt: skip
    there = room.fresh()
    for name in ("tag", "kg", "run"):
        shutil.rmtree(there / name)
    write_folder(hostile, there / "tag")
    write(named, there / "kg")
    head, relation, tail = named.entities[1], named.relations[0], named.entities[2]
    small = ["--epochs", "1", "--accelerator", "cpu", "--set", "batch_size=8", "steps_per_epoch=3"]
    for what, words in {
        "zero-shot": ["zero-shot", "-d", "tag", "--encoder", "lsa", "--out", "made/zero"],
        "zero-shot with a model": ["zero-shot", "-d", "tag", "--checkpoint", "tag.ckpt", "--out", "made/model"],
        "few-shot": ["few-shot", "-d", "tag", "--encoder", "lsa", "--shots", "1", "--out", "made/few"],
        "link-text": ["link-text", "-d", "tag", "--encoder", "lsa", "--out", "made/link"],
        "inspect": ["inspect", "-d", "tag", "--encoder", "lsa", "--out", "made/inspect"],
        "overlap": ["overlap", "--sources", "tag", "--target", "tag"],
        "import": ["datasets", "import", "tag", "--out", "imported"],
        "import-kg": ["datasets", "import", "kg", "--out", "imported_kg"],
        "link-prediction": ["link-prediction", "-m", "rotate", "-d", "kg", "-o", "rotate", *small],
        "mokgr": ["link-prediction", "-m", "mokgr", "-d", "kg", "-o", "mokgr", *small],
        "complete": ["complete", "-c", "rotate", "--head", head, "--relation", relation, "--out", "made/answers.csv"],
        "complete on the terminal": ["complete", "-c", "rotate", "--head", head, "--relation", relation],
        "complete an unknown name": ["complete", "-c", "rotate", "--head", "\x1b[31mnobody", "--relation", relation],
        "explain": ["explain", "-c", "mokgr", "--head", head, "--relation", relation, "--tail", tail, "--out", "made/why.html"],
        "evaluate": ["evaluate", "-c", "rotate"],
        "export": ["export", "-c", "rotate", "--out", "vectors"],
    }.items():  # fmt: skip
        yield _record(f"names: {what}", room.go(words, there), there)
    words = ["zero-shot", "-d", "tag", "--encoder", "lsa"]
    yield _record("names: zero-shot on a terminal of ASCII", room.go(words, there, PYTHONIOENCODING="ascii"), there)
