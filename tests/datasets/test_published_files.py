"""Large published sets, as small made files of the same layout on a server of this machine: brought, verified, read."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from graphfm.datasets import catalog, load_triples, published_files
from graphfm.datasets.catalog import File
from graphfm.errors import DataError

ROWS = [(f"a{i % 12}", f"r{i % 3}", f"b{(i * 5 + i // 12) % 13}") for i in range(120)]


def table(rows: list[tuple[str, ...]], *, sep: str = "\t") -> bytes:
    return "".join(sep.join(row) + "\n" for row in rows).encode()


def tar(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(f"./{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


SPLITS = {"train": ROWS[:100], "valid": ROWS[100:110], "test": ROWS[110:]}
PRIME_HEADER = "relation,display_relation,x_index,x_id,x_type,x_name,x_source,y_index,y_id,y_type,y_name,y_source"


def prime() -> bytes:
    """As kg.csv: each edge in both directions, names with commas in quotes."""

    def half(head: str, relation: str, tail: str) -> str:
        return f'{relation},{relation},{head},X{head},gene,"name, {head}",N,{tail},X{tail},drug,name {tail},N'

    rows = [half(*row) for row in ROWS] + [half(tail, relation, head) for head, relation, tail in ROWS]
    return "\n".join([PRIME_HEADER, *rows]).encode() + b"\n"


#: What the server gives for each set, by the last part of an address.
PUBLISHED: dict[str, dict[str, bytes]] = {
    "hetionet": {
        "hetionet-v1.0-edges.sif.gz": gzip.compress(table([("source", "metaedge", "target"), *ROWS])),
        "hetionet-v1.0-nodes.tsv": table(
            [("id", "name", "kind"), *((f"a{i}", f"Gene {i}", "Gene") for i in range(12))]
        ),
    },
    "primekg": {"6180620": prime()},
    "openbiolink": {
        "HQ_DIR.zip": zipped(
            {
                f"HQ_DIR/train_test_data/{name}_sample.csv": table(
                    [(*row, "900", "1", "STRING") for row in SPLITS[split]]
                )
                for split, name in (("train", "train"), ("valid", "val"), ("test", "test"))
            }
        )
    },
    "drkg": {"drkg.tar.gz": tar(**{"drkg.tsv": table(ROWS), "entity2src.tsv": b"x\n"})},
    "codex-s": {f"{split}.txt": table(rows) for split, rows in SPLITS.items()},
    "yago3-10": {"YAGO3-10.tar.gz": tar(**{f"{split}.txt": table(rows) for split, rows in SPLITS.items()})},
    "wikidata5m": {
        "wikidata5m_transductive.tar.gz": tar(
            **{f"wikidata5m_transductive_{split}.txt": table(rows) for split, rows in SPLITS.items()}
        )
    },
}


class Handler(BaseHTTPRequestHandler):
    content: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.content[self.path.rpartition("/")[2]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.delenv("GRAPHFM_DATA", raising=False)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Handler.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def served(name: str, server: str, monkeypatch: pytest.MonkeyPatch, content: dict[str, bytes] | None = None) -> None:
    """The catalogue's own entry, at the server's address and with what is known of the small files in place of the large ones."""
    Handler.content = content or PUBLISHED[name]
    entry = catalog.entry(name)

    def local(file: File) -> File:
        last = file.url.rpartition("/")[2]
        body = PUBLISHED[name][last]
        lines = {"primekg": 241, "drkg": 120, "yago3-10": len(SPLITS.get(file.path[:-4], [])), "wikidata5m": 100}
        git = hashlib.sha1(f"blob {len(body)}\0".encode() + body).hexdigest()
        return replace(
            file,
            url=f"{server}/{last}",
            sha256=hashlib.sha256(body).hexdigest() if file.sha256 else "",
            git=git if file.git else "",
            archive_git=git if file.archive_git else "",
            lines=lines[name] if file.lines else 0,
        )

    made = replace(entry, files=tuple(map(local, entry.files)))
    monkeypatch.setattr(catalog, "entries", lambda: {name: made})


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_set_is_brought_and_read(name: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served(name, server, monkeypatch)
    graph = load_triples(name)
    rows = {(h, r, t) for h, r, t in ROWS}
    names = graph.entities, graph.relations
    found = [(names[0][h], names[1][r], names[0][t]) for _, split in graph.splits() for h, r, t in split.tolist()]
    both = 2 if name == "primekg" else 1
    assert len(found) == both * len(ROWS)
    assert {*found} >= rows
    if not catalog.entry(name).split:
        assert [len(split) for _, split in graph.splits()] == [100, 10, 10]
    else:
        assert min(len(graph.val), len(graph.test)) > 0
    if name == "hetionet":
        assert graph.entity_labels[graph.entity_to_id["a3"]] == "Gene 3"
    if name == "primekg":
        assert graph.entity_labels[graph.entity_to_id["a3"]] == "name, a3"
        pairs = [{frozenset((h, t)) for h, _, t in split.tolist()} for _, split in graph.splits()]
        assert not pairs[0] & (pairs[1] | pairs[2]), "an edge in train whose other direction is in test"
    asked = len(Handler.asked)
    load_triples(name)
    assert len(Handler.asked) == asked, "nothing is fetched twice"
    folder = catalog.locate(name)
    assert {path.name for path in folder.iterdir() if not path.name.endswith(".lock")} == {
        file.path for file in catalog.entry(name).files
    }


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("how", ["a login page", "cut off"])
def test_other_content_is_refused_and_leaves_nothing(
    name: str, how: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = b"<!doctype html>\n<html><body>Please log in</body></html>\n"
    wrong = {last: page if how == "a login page" else body[: len(body) // 2] for last, body in PUBLISHED[name].items()}
    served(name, server, monkeypatch, wrong)
    with pytest.raises(DataError, match="expected"):
        load_triples(name)
    folder = catalog.cache_home() / "datasets" / "kg" / name
    assert not [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    Handler.content = PUBLISHED[name]
    assert load_triples(name).num_relations == 3, "the right files are taken the next time"


def test_an_archive_without_the_file_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / ".a.zip"
    archive.write_bytes(zipped({"other.txt": b"a\tb\tc\n"}))
    file = File("train.txt", "https://example.invalid/a.zip", member="train.txt", columns=3)
    with pytest.raises(DataError, match=r"other\.txt at https://example\.invalid/a\.zip"):
        published_files.bring(file, tmp_path)
    assert not archive.exists()


def test_verified_by_is_said() -> None:
    known = {name: {file.verified_by for file in catalog.entry(name).files} for name in PUBLISHED}
    assert known["hetionet"] == known["codex-s"] == known["yago3-10"] == {"checksum"}
    assert known["primekg"] == known["drkg"] == {"size and format"}
    assert known["openbiolink"] == {"format"}
