"""Sentences that stand in many texts of a corpus: letterheads, menus, licences. They tell no text from another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

#: A sentence is boilerplate if it stands in more than this share of the different texts ...
SHARE = 0.2
#: ... and in so many at least, so that two alike among five are no pattern.
LEAST_ALIKE = 5
#: Ends of sentences and of lines; the end mark stays with its sentence.
_END = re.compile(r"(?<=[.!?;。！？；])(?=\s)|(?<=[。！？；])|[\r\n\u2028\u2029]+")


def without_boilerplate(texts: Sequence[str], *, share: float = SHARE, least: int = LEAST_ALIKE) -> list[str]:
    """The texts less the sentences that many of them share; a text of nothing else becomes empty.

    Equal texts count as one, so that a text written a hundred times is kept. Texts without boilerplate stay as they are.

    Args:
        texts: one a node.
        share: of the different texts, above which a sentence is boilerplate.
        least: and in so many of them.

    >>> pages = [f"Our college. Page {word}." for word in ("one", "two", "three", "four", "five")]
    >>> without_boilerplate(pages)[:2]
    ['Page one.', 'Page two.']
    """
    different = set(texts)
    count = Counter(sentence for text in different for sentence in {_key(part) for part in _END.split(text)})
    limit = max(share * len(different), least - 1)
    common = {sentence for sentence, times in count.items() if times > limit and sentence}
    if not common:
        return list(texts)
    rest = {text: _rest(text, common) for text in different}
    return [rest[text] for text in texts]


def _rest(text: str, common: set[str]) -> str:
    parts = _END.split(text)
    kept = [part.strip() for part in parts if _key(part) not in common]
    return text if len(kept) == len(parts) else " ".join(part for part in kept if part)


def _key(sentence: str) -> str:
    return " ".join(sentence.casefold().split())
