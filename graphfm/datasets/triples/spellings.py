"""Names that are the same words spelt in another way: ``livesIn``, ``lives_in``, ``lives-in`` and ``Lives in``."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BETWEEN = re.compile(r"(?<=\w)[-\s_]+(?=\w)")
_LOOSE = str.maketrans("", "", " -_\t")


def words(name: str) -> str:
    """The words of a name, whatever its case and what stands between them.

    >>> words("livesIn"), words(" LIVES_IN "), words("-5"), words("C-3")
    ('lives in', 'lives in', '-5', 'c 3')
    """
    return _BETWEEN.sub(" ", _HUMP.sub(" ", name.strip(" \t"))).casefold()


def squeezed(name: str) -> str:
    """A name without what may stand between words: names of the same words are equal so, and most others are told apart fast."""
    return name.translate(_LOOSE).casefold()


def spelt_alike(name: str, identifiers: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The ids whose identifier or label has the words of a name."""
    tight, wanted = squeezed(name), words(name)
    if not tight:
        return []
    both = (enumerate(identifiers), enumerate(labels))
    return sorted({i for names in both for i, one in names if squeezed(one) == tight and words(one) == wanted})
