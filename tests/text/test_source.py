"""The hub path, against a server on this machine that answers the hub's questions: which commit, how large, what."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LOAD = """
import sys, time
from graphfm.errors import GraphFMError
from graphfm.text import HuggingFaceEncoder
started = time.monotonic()
for name in {names!r}:
    try:
        encoder = HuggingFaceEncoder(name, max_length=32, device="cpu")
        print(encoder.name, encoder(["graph node"]).shape, encoder.spec()["revision"])
    except GraphFMError as error:
        print(type(error).__name__, error)
assert time.monotonic() - started < {seconds}
"""


def hub(folder: Path) -> ThreadingHTTPServer:
    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            parts = self.path.split("?")[0].strip("/").split("/")
            if parts == ["api", "models", "lab", "tiny"]:
                data = json.dumps({"id": "lab/tiny", "sha": COMMIT, "siblings": []}).encode()
            elif parts[:3] == ["lab", "tiny", "resolve"] and (folder / parts[-1]).is_file():
                data = (folder / parts[-1]).read_bytes()
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound" if "tiny" in parts else "RepoNotFound")
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def load(*names: str, endpoint: str, home: Path, seconds: float = 100) -> list[str]:
    """In a process of its own, for the hub's client reads its environment at import."""
    without_proxy = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    environment = without_proxy | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-c", LOAD.format(names=names, seconds=seconds)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_hub_model_is_pinned_to_its_commit_and_stays_usable_offline(tiny_bert, tmp_path):
    server = hub(tiny_bert)
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        online, missing = load("lab/tiny", "lab/none", endpoint=endpoint, home=tmp_path)
        assert online.startswith(f"lab/tiny@{COMMIT[:16]}:mean:32")
        assert online.endswith(f"torch.Size([1, 16]) {COMMIT}")
        assert "no model 'lab/none' on the hub" in missing
    finally:
        server.shutdown()
        server.server_close()
    assert load("lab/tiny", endpoint=endpoint, home=tmp_path) == [online]


def test_unreachable_hub_fails_in_seconds_with_the_ways_out(tmp_path):
    (answer,) = load("lab/tiny", endpoint="http://127.0.0.1:9", home=tmp_path, seconds=15)
    assert answer.startswith("GraphFMError lab/tiny is not a local folder")
    assert "graphfm[minilm]" in answer


@pytest.mark.network
def test_a_published_model(tmp_path):
    (answer,) = load("hf-internal-testing/tiny-random-BertModel", endpoint="https://huggingface.co", home=tmp_path)
    assert "torch.Size([1, 32])" in answer
