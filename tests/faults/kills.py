"""Kills at operations on files and at random moments: the same command goes on, and ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from tests.faults.child import Outcome, graphfm
from tests.faults.samples import LINKS, PRETRAIN, write_samples

JOBS = {
    "pretrain": ["pretrain", "--data", "tag", "--out", "run", *PRETRAIN],
    "rotate": ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "run", *LINKS],
    "mokgr": ["link-prediction", "--model", "mokgr", "--data", "kg", "--out", "run", *LINKS[:-1], "checkpoint_every=3"],
}
JOBS["mokgr"] = [word for word in JOBS["mokgr"] if word != "num_negatives=4"]
OF_TIME = ("seconds", "train_seconds", "train_cpu_seconds")


class Run:
    """A folder for runs of one job, and what an uninterrupted one gives."""

    def __init__(self, job: str, room: Path) -> None:
        self.job, self.room = job, room
        self.folder = write_samples(room)
        self.environment = {"GRAPHFM_CACHE": str(room / "cache"), "TMPDIR": str(room / "tmp"), "COLUMNS": "200"}
        (room / "tmp").mkdir()
        done = self.go()
        assert done.status == 0, done.said
        self.seconds, self.operations, self.expected = done.seconds, done.operations, result(room / "run")

    def go(self, **how: Any) -> Outcome:
        return graphfm(JOBS[self.job], folder=self.folder, environment=self.environment, **how)

    def again(self) -> None:
        shutil.rmtree(self.room / "run", ignore_errors=True)


def result(folder: Path) -> dict[str, Any]:
    """Weights, metrics and log of a finished run, without times."""
    content = torch.load(folder / "model.ckpt", weights_only=True)
    card = {name: value for name, value in content["card"].items() if name not in OF_TIME}
    if "result" in card:
        card["result"] = {name: value for name, value in card["result"].items() if name not in OF_TIME}
    return {"weights": content["state_dict"], "card": card, "log": (folder / "log" / "metrics.csv").read_bytes()}


def differs(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    names = [name for name in ("card", "log") if found[name] != expected[name]]
    a, b = found["weights"], expected["weights"]
    same = a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
    return names if same else ["weights", *names]


def kills(job: str, count: int, *, seed: int = 0, other_disk: str | None = None) -> Iterator[dict[str, Any]]:
    """A record a kill: what was lost, and what differs.

    Args:
        job: of `JOBS`.
        count: of kills.
        seed: of their moments; half of them are at operations on files, evenly spread.
        other_disk: folder on another file system for temporary files.
    """
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as room, tempfile.TemporaryDirectory(dir=other_disk) as elsewhere:
        run = Run(job, Path(room))
        if other_disk is not None:
            run.environment["TMPDIR"] = elsewhere
        start = generator.randrange(max(1, run.operations))
        for number in range(count):
            run.again()
            if number % 2:
                how: dict[str, Any] = {"kill_after": generator.uniform(0.0, run.seconds)}
            else:
                how = {"kill_at": 1 + (start + number * run.operations // max(1, count)) % run.operations}
            killed = run.go(**how)
            twice = generator.random() < 0.3
            if twice:
                run.go(kill_at=generator.randrange(1, run.operations))
            ended = run.go()
            record = {
                "job": job,
                "seed": seed,
                "number": number,
                "other_disk": other_disk is not None,
                "twice": twice,
                **how,
            }
            record["was_killed"] = killed.status == -9
            record["lost"] = ended.status != 0
            record["traceback"] = ended.traceback
            record["differs"] = [] if ended.status else differs(result(run.room / "run"), run.expected)
            record["left_over"] = (
                [] if ended.status else sorted(str(path.relative_to(run.room)) for path in run.room.rglob("*.tmp"))
            )
            if ended.status or ended.traceback:
                record["said"] = ended.said[-2000:]
            yield record
