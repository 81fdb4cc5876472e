from __future__ import annotations

import numpy as np

from graphfm.classification.words import count_words, split_words, tfidf


def test_words_of_any_script() -> None:
    assert split_words("Die Größe der Bäume, 2 x") == ["die", "grösse", "der", "bäume"]
    assert split_words("हिन्दी पाठ") == ["हिन्दी", "पाठ"]  # vowel signs do not cut a word
    assert split_words("図書館 python") == ["図書", "書館", "python"]
    assert split_words("مرحبا بالعالم") == ["مرحبا", "بالعالم"]


def test_words_of_one_text_are_left_out_unless_a_class_names_them() -> None:
    words = count_words(["red fox", "red car", "zebra"], ["zebra", "whale"])
    assert words.vocabulary == ["red", "zebra"]
    assert words.nodes.toarray().tolist() == [[1, 0], [1, 0], [0, 1]]
    assert words.classes.toarray().tolist() == [[0, 1], [0, 0]]
    assert words.speaks().tolist() == [False, False, True]


def test_a_copied_text_is_one_text() -> None:
    assert count_words(["lonely word", "lonely word"], ["x"]).vocabulary == []


def test_english_stop_words_go_where_the_corpus_is_english_alone() -> None:
    english = ["the ship of the line", "the sea and the ship", "a ship on the sea"]
    german = ["das Schiff liegt am Meer", "das Meer und das Schiff", "ein Schiff liegt dort am Strand", "der Strand"]
    assert "the" not in count_words(english, ["boats"]).vocabulary
    assert {"das", "am", "liegt"} <= set(count_words(german, ["Boote"]).vocabulary)


def test_tfidf_rows_have_length_one_or_zero() -> None:
    nodes, classes = tfidf(count_words(["red fox fox", "red car", ""], ["fox", "whale"]))
    assert np.allclose(np.sqrt(nodes.multiply(nodes).sum(1)).ravel(), [1, 1, 0])
    assert np.allclose(np.sqrt(classes.multiply(classes).sum(1)).ravel(), [1, 0])


def test_no_words_at_all() -> None:
    words = count_words(["", ""], ["", ""])
    assert words.nodes.shape == (2, 0)
    assert not words.speaks().any()
