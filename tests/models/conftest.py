"""A model hub on this machine: what huggingface_hub asks of one over HTTP, answered by a real server with a few repositories."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

TOKEN = "hf_of_a_test"


class Hub:
    """Repositories by name, each a list of commits; a commit is its files by name."""

    def __init__(self) -> None:
        self.repositories: dict[str, list[dict[str, bytes]]] = {}
        self.large: dict[str, bytes] = {}  # by sha256: files of git LFS
        self.asked: list[str] = []
        self.down = False

    def commit_id(self, name: str, nth: int) -> str:
        return hashlib.sha1(f"{name} {nth}".encode()).hexdigest()

    def at(self, name: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        commits = self.repositories[name]
        for nth in reversed(range(len(commits))):
            if revision in ("main", self.commit_id(name, nth)):
                return self.commit_id(name, nth), commits[nth]
        return None


class Answers(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def say(self, status: int, body: Any = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, code: str) -> None:
        self.say(status, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    @property
    def parts(self) -> list[str]:
        return [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]

    def do_GET(self) -> None:
        self.hub.asked.append(f"{self.command} {self.path}")
        if self.hub.down:
            return self.say(503)
        match self.parts:
            case ["api", "models", org, name, "revision", revision]:
                return self.info(f"{org}/{name}", revision)
            case ["api", "models", org, name]:
                return self.info(f"{org}/{name}", "main")
            case ["api", "models", org, name, "tree", revision, *_]:
                return self.info(f"{org}/{name}", revision, tree=True)
            case [org, name, "resolve", revision, *path]:
                return self.file(f"{org}/{name}", revision, "/".join(path))
        return self.refuse(404, "RepoNotFound")

    do_HEAD = do_GET  # noqa: N815

    def info(self, name: str, revision: str, *, tree: bool = False) -> None:
        if name not in self.hub.repositories:
            return self.refuse(401, "RepoNotFound")
        found = self.hub.at(name, revision)
        if found is None:
            return self.refuse(404, "RevisionNotFound")
        sha, files = found
        if tree:
            return self.say(
                200,
                [{"type": "file", "path": path, "size": len(data), "oid": "0" * 40} for path, data in files.items()],
            )
        siblings = [{"rfilename": path} for path in files]
        return self.say(
            200, {"id": name, "modelId": name, "sha": sha, "siblings": siblings, "private": False, "tags": []}
        )

    def file(self, name: str, revision: str, path: str) -> None:
        found = self.hub.at(name, revision) if name in self.hub.repositories else None
        if found is None or path not in found[1]:
            return self.refuse(404, "EntryNotFound" if found else "RevisionNotFound")
        etag = f'"{hashlib.sha256(found[1][path]).hexdigest()}"'
        return self.say(200, found[1][path], X_Repo_Commit=found[0], ETag=etag, Accept_Ranges="bytes")

    def do_POST(self) -> None:  # noqa: PLR0911
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.hub.asked.append(f"{self.command} {self.path}")
        if self.parts == ["api", "validate-yaml"]:
            return self.say(200, {"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse(401, "Unauthorized")
        host = f"http://{self.headers['Host']}"
        match self.parts:
            case ["api", "repos", "create"]:
                asked = json.loads(body)
                name = f"{asked.get('organization') or 'someone'}/{asked['name']}"
                if name in self.hub.repositories:
                    return self.say(409, {"url": f"{host}/{name}"})
                self.hub.repositories[name] = [{}]
                return self.say(200, {"url": f"{host}/{name}"})
            case ["api", "models", _, _, "preupload", _]:
                modes = [
                    {"path": one["path"], "uploadMode": "lfs" if one["path"].endswith("safetensors") else "regular",
                     "shouldIgnore": False, "oid": None}
                    for one in json.loads(body)["files"]
                ]  # fmt: skip
                return self.say(200, {"files": modes})
            case [_, _, "info", "lfs", "objects", "batch"]:
                objects = [
                    {
                        "oid": one["oid"],
                        "size": one["size"],
                        "actions": {"upload": {"href": f"{host}/lfs/{one['oid']}"}},
                    }
                    for one in json.loads(body)["objects"]
                ]
                return self.say(200, {"transfer": "basic", "objects": objects})
            case ["api", "models", org, name, "commit", _]:
                return self.commit(f"{org}/{name}", [json.loads(line) for line in body.splitlines()], host)
        return self.refuse(404, "NotFound")

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        oid = self.parts[-1]
        assert hashlib.sha256(data).hexdigest() == oid
        self.hub.large[oid] = data
        self.say(200)

    def commit(self, name: str, lines: list[dict[str, Any]], host: str) -> None:
        files = dict(self.hub.repositories[name][-1])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
        self.hub.repositories[name].append(files)
        sha = self.hub.commit_id(name, len(self.hub.repositories[name]) - 1)
        self.say(200, {"success": True, "commitOid": sha, "commitUrl": f"{host}/{name}/commit/{sha}"})


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that huggingface_hub talks to in a test, with a cache and a token of the test's own."""
    from huggingface_hub import constants

    served = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfThisHub", (Answers,), {"hub": served}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    cache = tmp_path / "hub-cache"
    for name, value in {
        "HF_ENDPOINT": address,
        "HF_HUB_CACHE": str(cache),
        "HF_TOKEN": TOKEN,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }.items():
        monkeypatch.setenv(name, value)  # for other processes; this one has read them already
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield served
    server.shutdown()
    server.server_close()
