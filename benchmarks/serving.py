"""Questions a second of `graphfm serve`: 1, 8 and 64 clients, latency percentiles, clients that go away, a stop.

    python benchmarks/serving.py runs/umls --out benchmarks/results/serving.json

The server is another process on this machine, so that the clients take their share of its cores; requests go to the loopback
alone and end after `--seconds`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


class Client:
    """One connection that is kept, as a browser or a program keeps it."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, path: str, question: dict[str, Any]) -> tuple[int, bytes]:
        body = json.dumps(question).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        await self.writer.drain()
        head_lines = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in head_lines if line.lower().startswith(b"content-length"))
        return int(head_lines[0].split()[1]), await self.reader.readexactly(length)


async def load(port: int, asked: list[tuple[str, dict[str, Any]]], *, clients: int, seconds: float) -> dict[str, Any]:
    """Every client asks again as soon as it is answered."""
    times: list[float] = []
    status: dict[int, int] = {}
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        draw = random.Random(number)
        async with Client(port) as client:
            while time.perf_counter() < until:
                start = time.perf_counter()
                code, _ = await client.ask(*draw.choice(asked))
                times.append(time.perf_counter() - start)
                status[code] = status.get(code, 0) + 1

    start = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(clients)))
    took = time.perf_counter() - start
    p50, p95, p99 = (1000 * np.percentile(times, q) for q in (50, 95, 99))
    return {"clients": clients, "questions": len(times), "a_second": round(len(times) / took, 1), "p50_ms": round(p50, 1),
            "p95_ms": round(p95, 1), "p99_ms": round(p99, 1), "status": status}  # fmt: skip


async def with_some_going_away(port: int, asked: list[tuple[str, dict[str, Any]]], *, clients: int) -> dict[str, int]:
    """Half of the clients hang up at once after asking; how many of the others are answered."""
    path, question = asked[0]

    async def leave() -> None:
        client = await Client(port).__aenter__()
        body = json.dumps(question).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        client.writer.write(head.encode() + body)
        client.writer.transport.abort()

    async def stay() -> int:
        async with Client(port) as client:
            return (await client.ask(path, question))[0]

    found = await asyncio.gather(*(stay() if n % 2 else leave() for n in range(clients)))
    return {"stayed": clients // 2, "answered": sum(code == 200 for code in found)}


async def stopped(
    port: int, asked: list[tuple[str, dict[str, Any]]], *, clients: int, process: subprocess.Popen[str]
) -> dict[str, int]:
    """All ask at once, then the server is told to stop: every question that had come is answered."""

    async def one(client: Client) -> int:
        return (await client.ask(*asked[0]))[0]

    async def begin() -> list[Client]:
        return [await Client(port).__aenter__() for _ in range(clients)]

    there = await begin()
    tasks = [asyncio.create_task(one(client)) for client in there]
    await asyncio.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    found = await asyncio.gather(*tasks, return_exceptions=True)
    return {"asked": clients, "answered": sum(code == 200 for code in found), "exit_status": process.wait(60)}


def questions(port: int) -> list[tuple[str, dict[str, Any]]]:
    """Questions about names that the service has, or texts for one that classifies."""
    import urllib.request

    def get(path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as reply:
            return json.load(reply)

    if "classes" in get("/health"):
        texts = [f"a text about {name}, number {n}" for name in get("/health")["classes"] for n in range(20)]
        return [("/classify", {"texts": [{"text": text, "neighbours": []}]}) for text in texts]
    entities = [name["id"] for letter in "aeiou" for name in get(f"/names?like={letter}&limit=100")["names"]]
    relations = [name["id"] for name in get("/names?kind=relation&limit=100")["names"]]
    return [("/complete", {"head": head, "relation": relation}) for head in entities for relation in relations]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    words = [sys.executable, "-m", "graphfm", "serve", given.model, "--port", "0"]
    words += ["--data", given.data] if given.data else []
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    title, _, rest = process.stdout.readline().partition(": http://127.0.0.1:")
    port = int(rest.split()[0])
    asked = questions(port)
    rows = [asyncio.run(load(port, asked, clients=n, seconds=given.seconds)) for n in given.clients]
    result = {
        "served": title,
        "questions": len(asked),
        "rows": rows,
        "some_go_away": asyncio.run(with_some_going_away(port, asked, clients=64)),
        "stopped": asyncio.run(stopped(port, asked, clients=64, process=process)),
        "hardware": {"machine": platform.machine(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
    }
    print(json.dumps(result, indent=1))
    if given.out is not None:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
