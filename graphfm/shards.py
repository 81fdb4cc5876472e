"""Which part of the work is whose, so that parts meet nowhere and leave nothing out, whoever starts them and wherever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from graphfm.errors import DataError


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, counted from 1.

    >>> Shard.of("2/3").rows(10), Shard.of("2/3").texts(["a", "b", "c", "a"])
    (range(3, 6), ['c'])
    """

    number: int
    count: int

    @classmethod
    def of(cls, words: str | Shard | None) -> Shard:
        """What ``"i/n"`` means; the whole for None.

        Raises:
            DataError: anything else.
        """
        if words is None:
            return cls(1, 1)
        if isinstance(words, Shard):
            return words
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", str(words), re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise DataError(f"the shard {words!r}", expected="i/n, part i of n, such as 1/4 to 4/4")
        return cls(int(match[1]), int(match[2]))

    def rows(self, total: int) -> range:
        """The rows of a table that are this part's: consecutive ones, as many as any other part has or one more."""
        return range(total * (self.number - 1) // self.count, total * self.number // self.count)

    def texts(self, texts: Sequence[str]) -> list[str]:
        """The different texts that are this part's, by a digest of each: order and repeats do not matter."""
        different = sorted(set(texts))
        if self.count == 1:
            return different
        return [text for text in different if _number(text) % self.count == self.number - 1]

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
