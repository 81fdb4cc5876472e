"""Near-duplicate texts: every form of the same text is found, chance is not, and on real corpora paper numbers agree."""

import random

import pytest

from graphfm.datasets import load
from graphfm.text.near_duplicates import near_duplicates

WORDS = [f"word{i}" for i in range(2000)]


def texts(count: int, length: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=length)) for _ in range(count)]


def pairs(a: list[str], b: list[str], **more) -> set[tuple[int, int]]:
    found = near_duplicates(a, b, **more)
    return set(zip(found.source.tolist(), found.target.tolist(), strict=True))


def test_titles_are_found_in_their_abstracts_in_any_order_and_case():
    titles, abstracts = texts(40, 6, seed=0), texts(40, 60, seed=1)
    shuffled = [" ".join(random.Random(2).sample(title.upper().split(), 6)) for title in titles]
    targets = [f"{title}. {abstract}" for title, abstract in zip(titles, abstracts, strict=True)]
    assert pairs(shuffled, targets) == {(i, i) for i in range(40)}
    assert pairs(targets, shuffled) == {(i, i) for i in range(40)}


def test_texts_of_their_own_are_left_alone():
    assert pairs(texts(200, 8, seed=0), texts(200, 50, seed=1)) == set()


def test_a_changed_word_in_twenty_is_forgiven_and_one_in_four_is_not():
    (text,) = texts(1, 20, seed=0)
    words, others = text.split(), texts(50, 20, seed=3)
    nearly, hardly = " ".join(["new", *words[1:]]), " ".join([*"abcde", *words[5:]])
    assert pairs([nearly], [text, *others]) == {(0, 0)}
    assert pairs([hardly], [text, *others]) == set()
    assert pairs([hardly], [text, *others], containment=0.5) == {(0, 0)}


def test_a_short_text_counts_only_as_a_whole():
    long = texts(30, 40, seed=0)
    assert pairs(["word"], [f"word {text}" for text in long]) == set()
    assert pairs(["Word!", "other"], ["word", *long]) == {(0, 0)}


def test_nothing_to_compare():
    for a, b in (([], ["a"]), (["a"], []), (["", "..."], ["", "a"])):
        assert pairs(a, b) == set()


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::graphfm.datasets.text_graphs.tables.DataWarning")
def test_papers_of_cora_are_found_in_cora_topics(data_home):
    source, target = (load(data_home / "tag" / name) for name in ("cora_topics", "cora"))
    numbers = [graph_numbers(data_home / "tag" / name) for name in ("cora_topics", "cora")]
    found = pairs(source.text, target.text)
    real = {(u, v) for u, v in found if numbers[0][u] == numbers[1][v]}
    shared = set(numbers[0]) & set(numbers[1])
    assert len(shared) == 1454
    assert len({numbers[0][u] for u, _ in real}) / len(shared) > 0.9
    assert len(real) / len(found) > 0.85


def graph_numbers(folder) -> list[int]:
    import gzip
    import json

    with gzip.open(folder / "nodes.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["paper_id"] for line in lines]
