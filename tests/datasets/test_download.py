"""Downloads against a server on this machine that misbehaves in the ways real ones do."""

from __future__ import annotations

import hashlib
import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from graphfm.datasets import download
from graphfm.datasets.download import fetch
from graphfm.errors import DataError

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT; the path says how."""

    requests: ClassVar[list[tuple[str, str | None]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.requests.append((self.path, wanted))
        how = self.path.strip("/")
        if self.headers["Accept-Encoding"] != "identity":
            return self.send_error(406)
        if how == "missing":
            return self.send_error(404)
        if how == "busy-once" and len(self.requests) == 1:
            return self.send_error(503)
        if how == "slow":
            time.sleep(1)
        body = b"x" * 1000 if how == "wrong" else CONTENT
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and how != "no-ranges" else 0
        if wanted and start >= len(body):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            shift = 10 if how == "wrong-range" else 0
            self.send_header("Content-Range", f"bytes {start + shift}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        drop = {"drops": start + 50_000, "drops-at-once": 0, "drops-first": 0 if len(self.requests) == 1 else None}.get(
            how
        )
        self.wfile.write(body[start:drop])
        if drop is not None and drop < len(body):
            self.close_connection = True
        return None

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(download, "_PAUSE", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Handler.requests.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("how", ["plain", "drops", "no-ranges", "busy-once", "drops-first"])
def test_the_file_arrives_whole_and_alone(server: str, tmp_path: Path, how: str) -> None:
    path = fetch(f"{server}/{how}", tmp_path / "new" / "file.bin", sha256=SHA256)
    assert path.read_bytes() == CONTENT
    assert [found.name for found in path.parent.iterdir() if not found.name.startswith(".")] == ["file.bin"]


def test_a_dropped_connection_is_taken_up_where_it_broke(server: str, tmp_path: Path) -> None:
    fetch(f"{server}/drops", tmp_path / "file.bin", sha256=SHA256)
    first, *later = [wanted for _, wanted in Handler.requests]
    starts = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in later if wanted]
    assert first is None
    assert len(starts) == len(later) > 3
    assert all(40_000 < after - before <= 50_000 for before, after in zip([0, *starts], starts, strict=False))


@pytest.mark.parametrize("how", ["plain", "no-ranges", "wrong-range"])
@pytest.mark.parametrize("kept", [CONTENT[:1234], CONTENT, CONTENT + b"more", b"another version"])
def test_what_an_interrupted_run_left_is_used_or_replaced(server: str, tmp_path: Path, how: str, kept: bytes) -> None:
    (tmp_path / "file.bin.part").write_bytes(kept)
    assert fetch(f"{server}/{how}", tmp_path / "file.bin", sha256=SHA256).read_bytes() == CONTENT
    assert Handler.requests[0][1] == f"bytes={len(kept)}-"


def test_a_right_file_is_not_fetched_again_and_a_damaged_one_is(server: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(CONTENT)
    fetch(f"{server}/plain", path, sha256=SHA256)
    assert Handler.requests == []
    path.write_bytes(CONTENT[:-1])
    fetch(f"{server}/plain", path, sha256=SHA256)
    assert path.read_bytes() == CONTENT


def test_other_content_is_refused_with_both_checksums_and_removed(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        fetch(f"{server}/wrong", tmp_path / "file.bin", sha256=SHA256)
    assert SHA256 in str(error.value)
    assert hashlib.sha256(b"x" * 1000).hexdigest() in str(error.value)
    assert not [found for found in tmp_path.iterdir() if found.name.startswith("file.bin")]


def test_a_missing_file_is_an_error_at_once(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"404 Not Found from .*/missing"):
        fetch(f"{server}/missing", tmp_path / "file.bin", sha256=SHA256)
    assert len(Handler.requests) == 1


def test_a_server_that_sends_nothing_is_given_up(server: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"broken connection .* 4 times in a row"):
        fetch(f"{server}/drops-at-once", tmp_path / "file.bin", sha256=SHA256)
    assert len(Handler.requests) == 4


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DataError, match=r"a refused connection .*put the file at .*GRAPHFM_DATA"):
        fetch(f"http://127.0.0.1:{port}/file", tmp_path / "file.bin", sha256=SHA256)


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE", 0.001)
    monkeypatch.setattr(download, "_TIMEOUT", (0.05, 0.05))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        with pytest.raises(DataError, match="no answer in time"):
            fetch(url, tmp_path / "file.bin", sha256=SHA256)


def test_two_processes_share_one_download(server: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        calls = [
            pool.apply_async(fetch, (f"{server}/slow", tmp_path / "file.bin"), {"sha256": SHA256}) for _ in range(2)
        ]
        assert [call.get(timeout=60).read_bytes() == CONTENT for call in calls] == [True, True]
    assert len(Handler.requests) == 1
