from __future__ import annotations

from graphfm.classification.seen_texts import without_boilerplate

OWN = [
    "cats sleep",
    "dogs bark",
    "birds sing",
    "fish swim",
    "cows graze",
    "bees hum",
    "owls hoot",
    "mice run",
    "ants dig",
]


def test_a_sentence_of_half_of_the_texts_goes() -> None:
    stamp = "Hosted by the department."
    stamped = [f"{stamp} {own}." if i % 2 else f"{own}." for i, own in enumerate(OWN * 1)]
    stamped += [f"{own} twice. {stamp}" for own in OWN]
    rest = without_boilerplate(stamped)
    assert not any("Hosted" in text for text in rest)
    assert rest[:2] == ["cats sleep.", "dogs bark."]


def test_lines_are_sentences_and_case_and_spaces_do_not_count() -> None:
    pages = [f"HOME  page\n{own}" if i % 2 else f"Home page\n{own}" for i, own in enumerate(OWN)]
    assert without_boilerplate(pages) == OWN


def test_a_text_of_nothing_else_becomes_empty() -> None:
    assert without_boilerplate([*(f"Menu. {own}" for own in OWN), "Menu."])[-1] == ""


def test_copies_of_whole_texts_stay() -> None:
    texts = ["the same words."] * 50 + OWN
    assert without_boilerplate(texts) == texts


def test_texts_without_common_sentences_stay_as_they_are() -> None:
    texts = ["One.  Two,\n three", *OWN]
    assert without_boilerplate(texts) == texts
    assert without_boilerplate(["a. b"] * 2 + ["a. c"]) == ["a. b", "a. b", "a. c"]  # too few to call a pattern
