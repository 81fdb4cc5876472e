"""SIGINT and SIGTERM at random moments of every long command: the status shells expect, a sentence, and the command again."""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.child import graphfm
from tests.faults.samples import LINKS, write_samples
from tests.faults.writes import COMMANDS

FIT = """
    fit --model KGETraining --model.dim 8 --model.num_negatives 4
    --data LinkData --data.data kg --data.batch_size 8 --data.steps_per_epoch 5
    --trainer.max_epochs 3 --trainer.accelerator cpu --trainer.default_root_dir made --trainer.enable_progress_bar false
""".split()  # noqa: SIM905
LONG = COMMANDS | {"fit": FIT}


#: Share of a command's shortest run within which its signal comes: one that is faster than that this time has ended before.
AIM = 0.8
#: Seconds in which a process starts: its signals are the system's until Python has been told what to do with them.
STARTS = 0.1


def stops(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """A record a signal: every command in turn, SIGINT and SIGTERM by turns, at a random moment of its run."""
    generator, names = random.Random(seed), list(LONG)
    with tempfile.TemporaryDirectory() as room:
        folder = write_samples(Path(room))
        environment = {"GRAPHFM_CACHE": str(folder / "cache"), "COLUMNS": "200"}
        train = ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "rotate", *LINKS]
        assert graphfm(train, folder=folder, environment=environment).status == 0
        seconds: dict[str, float] = {}
        whole: dict[str, set[Path]] = {}

        def anew() -> None:
            for name in ("made", "cache"):
                shutil.rmtree(folder / name, ignore_errors=True)

        for number in range(count):
            name, signum = names[number % len(names)], (signal.SIGINT, signal.SIGTERM)[number // len(names) % 2]
            for _ in range(0 if name in seconds else 2):
                anew()
                done = graphfm(LONG[name], folder=folder, environment=environment)
                assert done.status == 0, done.said
                seconds[name] = min(done.seconds, seconds.get(name, done.seconds))
                whole[name] = _files(folder / "made")
            anew()
            after = generator.uniform(STARTS, max(STARTS, AIM * seconds[name]))
            found = graphfm(LONG[name], folder=folder, environment=environment, kill_after=after, signum=signum)
            stopped = found.status == 128 + signum
            # One that wrote its whole result before it was stopped refuses to write over it.
            stands = _files(folder / "made") == whole[name]
            again = graphfm(LONG[name], folder=folder, environment=environment)
            record = {
                "command": name,
                "signal": signum.name,
                "after": round(after, 3),
                "status": found.status,
                "met": found.met,
                "traceback": found.traceback or again.traceback,
                "hangs": found.status is None,
                "untold": found.status != 0 and not (stopped and "Stopped by" in found.said),
                "unheard": found.met and found.status == 0,
                "lost": again.status != 0 and not stands,
                "left_over": sorted(path.name for path in folder.rglob("*.tmp")),
            }
            bad = any(record[word] for word in ("traceback", "hangs", "untold", "unheard", "lost", "left_over"))
            yield record | ({"said": f"{found.said[-1500:]}\n--\n{again.said[-500:]}"} if bad else {})


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
