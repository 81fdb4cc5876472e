"""Where graphfm reads and keeps files: the only two places it looks at on its own, and paths that end in a name."""

from __future__ import annotations

import os
from pathlib import Path


def data_home() -> Path | None:
    """Folder of ready data sets (`kg/NAME`, `tag/NAME`), from the environment variable ``GRAPHFM_DATA``."""
    value = os.environ.get("GRAPHFM_DATA")
    return Path(value).expanduser() if value else None


def cache_home() -> Path:
    """Folder for downloads and embeddings: ``GRAPHFM_CACHE``, else ``XDG_CACHE_HOME/graphfm``, else ``~/.cache/graphfm``."""
    value = os.environ.get("GRAPHFM_CACHE")
    if value:
        return Path(value).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graphfm"


def named(path: Path) -> Path:
    """A path that ends in a name: ``.`` and ``..`` as the folders that they are, others as they were written."""
    return path.resolve() if path.name in ("", "..") else path
