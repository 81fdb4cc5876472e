"""Words that belong to no option are refused with the option they may have been meant for."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from graphfm.cli import app


def refused(*words: str) -> str:
    """What a command line that is refused prints, in one line."""
    result = CliRunner().invoke(app, words, env={"COLUMNS": "400", "NO_COLOR": "1"})
    assert result.exit_code == 2
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["inspect", "cora"], "--data cora"),
        (["zero-shot", "cora", "--top", "2"], "--data cora"),
        (["pretrain", "cora", "--out", "run"], "--data cora"),
        (["link-prediction", "--out", "run", "umls"], "--data umls"),
        (
            ["complete", "--checkpoint", "run", "--head", "ann", "--relation", "likes", "--top", "3", "umls"],
            "--data umls",
        ),
        (["evaluate", "run"], "--checkpoint run"),
    ],
)
def test_a_bare_word_gets_the_option_that_is_missing(words: list[str], option: str) -> None:
    assert f"Did you mean {option}?" in refused(*words)


def test_a_value_without_quotes_is_told_of_them() -> None:
    said = refused("complete", "--checkpoint", "run", "--head", "New", "York", "--relation", "in", "--data", "umls")
    assert "Got the word 'York'" in said
    assert "A value of several words stands in quotes." in said
    assert "Did you mean" not in said


def test_help_is_shown_whatever_stands_beside_it() -> None:
    result = CliRunner().invoke(app, ["inspect", "cora", "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
