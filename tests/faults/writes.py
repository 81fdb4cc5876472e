"""A disk that is full from the n-th operation on: one sentence, nothing half written, and what was there is unchanged."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.child import graphfm, one_sentence
from tests.faults.samples import LINKS, PRETRAIN, write_samples

COMMANDS: dict[str, list[str]] = {
    "pretrain": ["pretrain", "--data", "tag", "--out", "made", *PRETRAIN],
    "link-prediction": ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "made", *LINKS],
    "zero-shot": ["zero-shot", "--data", "tag", "--encoder", "lsa", "--json", "made/x.json", "--out", "made"],
    "few-shot": ["few-shot", "--data", "tag", "--encoder", "lsa", "--shots", "1", "--out", "made"],
    "link-text": ["link-text", "--data", "tag", "--encoder", "lsa", "--out", "made"],
    "inspect": ["inspect", "--data", "tag", "--out", "made"],
    "import": ["datasets", "import", "tag", "--out", "made"],
    "import-kg": ["datasets", "import", "kg", "--out", "made"],
    "complete": ["complete", "--checkpoint", "rotate", "--questions", "pairs.csv", "--out", "made/answers.csv"],
    "export": ["export", "--checkpoint", "rotate", "--out", "made"],
    "evaluate": ["evaluate", "--checkpoint", "rotate", "--json", "made/result.json"],
}
RESUMES = ("pretrain", "link-prediction")


def contents(folder: Path) -> dict[str, bytes]:
    """Files by name, without those that change on each write: logs, locks, and what tells times."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def failing_writes(count: int, *, seed: int = 0) -> Iterator[dict[str, Any]]:
    """A record a place."""
    generator, names = random.Random(seed), list(COMMANDS)
    with tempfile.TemporaryDirectory() as room:
        folder = write_samples(Path(room))
        environment = {"GRAPHFM_CACHE": str(folder / "cache"), "COLUMNS": "200"}
        made = folder / "made"
        train = ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "rotate", *LINKS]
        assert graphfm(train, folder=folder, environment=environment).status == 0
        operations: dict[str, int] = {}
        for number in range(count):
            name = names[number % len(names)]
            shutil.rmtree(folder / "cache", ignore_errors=True)
            if name not in operations:
                shutil.rmtree(made, ignore_errors=True)
                whole = graphfm(COMMANDS[name], folder=folder, environment=environment)
                assert whole.status == 0, whole.said
                operations[name] = whole.operations
                shutil.rmtree(folder / "cache", ignore_errors=True)
            shutil.rmtree(made, ignore_errors=True)
            at = generator.randrange(1, operations[name] + 1)
            found = graphfm(COMMANDS[name], folder=folder, environment=environment, full_at=at)
            left = sorted(path.name for path in folder.rglob("*.tmp")) if found.status != 0 else []
            after = graphfm(COMMANDS[name], folder=folder, environment=environment)
            yield {
                "command": name,
                "at": at,
                "status": found.status,
                "traceback": found.traceback,
                "told": found.status == 0 or one_sentence(found.said),
                "left_over": left,
                "lost": after.status != 0,
                **(
                    {"said": found.said[-2000:]}
                    if found.traceback or not (found.status == 0 or one_sentence(found.said))
                    else {}
                ),
                **({"after": after.said[-2000:]} if after.status else {}),
            }
