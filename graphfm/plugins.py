"""Parts of other packages: what they declare as entry points stands beside our own in the tables of scorers, experts, ...

A package adds a scorer by lines of its ``pyproject.toml``, and by nothing else:

    [project.entry-points."graphfm.scorers"]
    SimplE = "their_package.simple:SimplE"

The groups are ``graphfm.scorers``, ``graphfm.families``, ``graphfm.experts``, ``graphfm.gates``, ``graphfm.encoders``,
``graphfm.datasets`` and ``graphfm.commands``; CONTRIBUTING.md has an example of each.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import Any

log = logging.getLogger(__name__)


@cache
def plugins(group: str) -> dict[str, Any]:
    """What installed packages declare in a group, by name, imported.

    One that cannot be imported is left out and named in the log, so that it breaks nothing but what asks for it.

    >>> plugins("graphfm.nothing_is_declared_here")
    {}
    """
    found = {}
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            found[point.name] = point.load()
        except Exception as error:  # whatever their module raises
            log.warning(
                "%s of %s is left out: %s (%s: %s).", point.name, group, point.value, type(error).__name__, error
            )
    return found
