"""Words that a name glues together, such as NELL's ``athleteplaysforteam``, told apart by a vocabulary."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

SHORTEST_GLUED, LONGEST_WORD = 8, 20  # letters
_SHORT_WORDS = frozenset(("a", "an", "as", "at", "by", "for", "has", "in", "is", "of", "on", "or", "the", "to"))
_LETTERS = re.compile(r"[a-z]+")


def spaced(name: str, costs: Mapping[str, float]) -> str:
    """A name of one long lower-case word as the words of a vocabulary whose costs are least together; any other name as it is.

    Args:
        name: with a blank, or with other characters than a to z, it is read as it stands.
        costs: of each word, see `word_costs`.

    >>> costs = word_costs(["of", "has", "team", "play", "for", "athlete"])
    >>> spaced("athleteplaysforteam", costs), spaced("xylophones", costs), spaced("has part", costs)
    ('athlete plays for team', 'xylophones', 'has part')
    """
    if len(name) < SHORTEST_GLUED or name in costs or not _LETTERS.fullmatch(name):
        return name
    best: list[tuple[float, int]] = [(0.0, 0)]  # Viterbi: cost of the first letters, and where their last word begins
    for end in range(1, len(name) + 1):
        starts = range(max(0, end - LONGEST_WORD), end)
        best.append(min((best[i][0] + costs.get(name[i:end], math.inf), i) for i in starts))
    if best[-1][0] == math.inf:
        return name
    parts, end = [], len(name)
    while end:
        start = best[end][1]
        parts.append(name[start:end])
        end = start
    return " ".join(reversed(parts))


def word_costs(words: Sequence[str]) -> dict[str, float]:
    """The cost of each word and of its form with an s: the logarithm of its place, as frequent words come first in vocabularies.

    Pieces of two letters or less that are no words of English are left out.
    """
    usable = [word for word in words if _LETTERS.fullmatch(word) and (len(word) > 2 or word in _SHORT_WORDS)]
    costs = {word: math.log(place + 10) for place, word in enumerate(usable)}
    return {f"{word}s": cost + 1 for word, cost in costs.items() if len(word) > 3} | costs
