"""Memory of large tensors: whether there is enough, and kept by the process for the next one."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from graphfm.errors import DataError

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of malloc.h


def keep_memory() -> bool:
    """Ask the C library to keep what is freed, from now on and for the whole process; whether it does.

    glibc maps every block beyond 32 MB afresh and gives it back when it is freed, so that each large tensor touches new pages.
    A step of path reasoning on WN18RR (8 layers, 16 queries) took 2.6 s instead of 4.3 s with memory kept. Where steps work on
    small tensors nothing changes, and with another C library nothing is done.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, -1))


def check_memory(size: int, *, what: str) -> None:
    """Refuse a work that cannot fit, before it begins.

    Args:
        size: bytes that it needs at the least.
        what: the work, for the message.

    Raises:
        DataError: fewer are free.
    """
    free = available()
    if free is not None and size > free:
        found = f"{what}, which needs {size / 1e9:,.1f} GB of memory or more"
        raise DataError(
            found, expected=f"at most the {free / 1e9:,.1f} GB that are free", hint="Smaller sizes need less."
        )


def available() -> int | None:
    """Bytes of memory that this process may still take; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
    try:  # of a container
        most, now = (int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):
        return free
    return min(free, max(0, most - now))
