"""The texts that readers see: those of the classes, by one template, and those of the nodes, less their boilerplate.

Boilerplate are sentences that stand in many texts of a corpus: letterheads, menus, licences. They tell no text from another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

#: The one template of all graphs; an empty description leaves the name and a period.
DESCRIPTION_TEMPLATE = "{name}. {description}"
_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")  # of two words, and not of PhD or iOS
#: A sentence is boilerplate if it stands in more than this share of the different texts ...
SHARE = 0.2
#: ... and in so many at least, so that two alike among five are no pattern.
LEAST_ALIKE = 5
#: Ends of sentences and of lines; the end mark stays with its sentence.
_END = re.compile(r"(?<=[.!?;。！？；])(?=\s)|(?<=[。！？；])|[\r\n\u2028\u2029]+")


def class_texts(
    class_names: Sequence[str], class_descriptions: Sequence[str] | None = None, *, template: str = DESCRIPTION_TEMPLATE
) -> list[str]:
    """The text of each class; underscores and humps of names are read as spaces; without descriptions the name stands alone.

    >>> class_texts(["machine_learning", "NeuralNetworks"]), class_texts(["Theory", "AI"], ["Proofs.", ""])
    (['machine learning', 'Neural Networks'], ['Theory. Proofs.', 'AI.'])
    """
    names = [_HUMP.sub(" ", name.replace("_", " ")) for name in class_names]
    if class_descriptions is None:
        return names
    return [
        template.format(name=name, description=description).rstrip()
        for name, description in zip(names, class_descriptions, strict=True)
    ]


def class_features(
    encode_text: Callable[[list[str]], Tensor],
    class_names: Sequence[str],
    class_descriptions: Sequence[str] | None = None,
    *,
    template: str = DESCRIPTION_TEMPLATE,
) -> Tensor:
    """Unit rows (number of classes, D): the zero-shot classifier made of class names, descriptions and one template."""
    return encode_text(class_texts(class_names, class_descriptions, template=template))


def read_texts(graph: TextGraph) -> list[str]:
    """The texts that readers see: those of the nodes, less the sentences that many of them share."""
    return without_boilerplate(graph.text)


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
