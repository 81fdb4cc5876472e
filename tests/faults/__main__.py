"""``python -m tests.faults --kills 100 --inputs 1000 --writes 50 --hostile``: the figures, each record kept as it comes.

Run again with the same ``--out`` it skips what is done. A record names the commit that it was made of.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.faults.child import preload

CHUNK = {"kills": 12, "inputs": 50, "writes": 22, "stops": 24}
COUNTED = (
    "lost", "traceback", "differs", "left_over", "untold", "unheard", "accepted_wrong", "code_ran", "hangs", "left", "acted",
    "live_markup", "broken_svg", "formulas",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="a third of them with temporary files on another disk")
    parser.add_argument("--other-disk", default="/dev/shm", help="folder on another file system")
    parser.add_argument("--inputs", type=int, default=0)
    parser.add_argument("--writes", type=int, default=0)
    parser.add_argument("--stops", type=int, default=0, help="signals to each long command in turn")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--field", type=Path, help="folder of cases")
    parser.add_argument("--out", type=Path, default=Path("faults.jsonl"), help="records, one a line")
    asked = parser.parse_args()
    preload()

    from tests.faults.field import field_cases
    from tests.faults.hostile import hostile_files
    from tests.faults.inputs import malformed_inputs
    from tests.faults.kills import JOBS, kills
    from tests.faults.stops import stops
    from tests.faults.writes import failing_writes

    jobs: dict[str, Any] = {}
    for number in range(-(-asked.kills // CHUNK["kills"])):
        job, disk = list(JOBS)[number % len(JOBS)], asked.other_disk if number // len(JOBS) % 3 == 2 else None
        jobs[f"kills {number}"] = lambda job=job, number=number, disk=disk: kills(
            job, CHUNK["kills"], seed=number, other_disk=disk
        )
    for number in range(-(-asked.inputs // CHUNK["inputs"])):
        jobs[f"inputs {number}"] = lambda number=number: malformed_inputs(CHUNK["inputs"], chunk=number)
    for number in range(-(-asked.writes // CHUNK["writes"])):
        jobs[f"writes {number}"] = lambda number=number: failing_writes(CHUNK["writes"], seed=number)
    for number in range(-(-asked.stops // CHUNK["stops"])):
        jobs[f"stops {number}"] = lambda number=number: stops(CHUNK["stops"], seed=number)
    if asked.hostile:
        jobs["hostile 0"] = hostile_files
    if asked.field:
        jobs["field 0"] = lambda: field_cases(asked.field)
    done = {record["chunk"] for record in _read(asked.out) if record.get("end")}
    for name, job in jobs.items():
        if name not in done:
            _keep(asked.out, name, job())
    show(record for record in _read(asked.out) if not record.get("end"))


def _keep(path: Path, name: str, records: Iterable[dict[str, Any]]) -> None:
    start, kept, commit = time.time(), [], _commit()
    for record in records:
        kept.append({"chunk": name, "commit": commit, **record})
        print(name, "BAD" if any(record.get(word) for word in COUNTED) else "ok", flush=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in kept)
        file.write(json.dumps({"chunk": name, "end": True, "seconds": round(time.time() - start, 1)}) + "\n")


def _commit() -> str:
    """That of the checkout, with a + where files that it tracks have been changed since."""
    words = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--exclude=*", "--dirty=+"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "none: not a checkout"


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def show(records: Iterable[dict[str, Any]]) -> None:
    """The figures by kind of fault."""
    kinds: dict[str, Counter[str]] = {}
    for record in records:
        counts = kinds.setdefault(record["chunk"].split()[0], Counter())
        counts["tried"] += 1
        counts.update(word for word in COUNTED if record.get(word))
    for kind, counts in kinds.items():
        print(
            f"{kind}: tried {counts.pop('tried')}",
            ", ".join(f"{word} {count}" for word, count in sorted(counts.items())) or "nothing bad",
            sep="; ",
        )


if __name__ == "__main__":
    main()
