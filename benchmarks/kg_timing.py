"""What both knowledge graph benchmarks share: interleaved rounds, peak memory of a fresh process, a table and a JSON file."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from graphfm.files import write_json

Contestant = Callable[[], int]


def clock(device: torch.device) -> float:
    """Seconds: of the processor for a CPU, which other load does not disturb; of the wall for an accelerator."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def interleaved(
    contestants: dict[str, Contestant], *, rounds: int, device: torch.device
) -> dict[str, dict[str, float]]:
    """Items per second of each contestant, a function that works through some items and returns their number.

    Every one runs once untimed, to compile and to fill caches; then all take turns, so that a slow minute falls on all.
    """
    for run in contestants.values():
        run()
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            start = clock(device)
            items = run()
            rates[name].append(items / (clock(device) - start))
    return {
        name: {"median": statistics.median(r), "min": min(r), "max": max(r), "rounds": rounds}
        for name, r in rates.items()
    }


def peak_memory(work: Callable[..., dict[str, float]], **arguments: Any) -> dict[str, float]:
    """Gigabytes of resident memory at the peak of `work` in a process of its own, beside what `work` returns."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, work, arguments).result()


def _measured(work: Callable[..., dict[str, float]], arguments: dict[str, Any]) -> dict[str, float]:
    torch.set_num_threads(1)
    result = work(**arguments)
    return {**result, "peak_gb": _peak_kb() / 1e6}


def _peak_kb() -> int:
    """Of this process alone: Linux counts the peak of the one that started it into `getrusage`."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def show(title: str, rates: dict[str, dict[str, float]], *, base: str, unit: str) -> None:
    """Print rates and how many times each is that of `base`."""
    table = Table(title=title)
    for column in ("", f"{unit} per second", "min", "max", f"times {base}"):
        table.add_column(column, justify="left" if not column else "right")
    for name, rate in rates.items():
        times = f"{rate['median'] / rates[base]['median']:.1f}" if base in rates else ""
        table.add_row(name, *(f"{rate[key]:,.1f}" for key in ("median", "min", "max")), times)
    Console().print(table)


def list_values(title: str, results: dict[str, dict[str, float]]) -> None:
    """Print rows of named numbers, which all have the same names."""
    table = Table(title=title)
    for column in ("", *next(iter(results.values()))):
        table.add_column(column.replace("_", " "), justify="left" if not column else "right")
    for name, row in results.items():
        table.add_row(name, *(f"{value:,.3g}" for value in row.values()))
    Console().print(table)


def save(path: Path | None, results: dict[str, Any], device: torch.device) -> None:
    """Write results with what they depend on."""
    if path is None:
        return
    machine = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{os.cpu_count()} cores, 1 used"
    write_json(path, {"torch": torch.__version__, "machine": machine, **results})
