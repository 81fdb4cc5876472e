"""The table of encoders: names, variants, and what a spec without its package gets."""

from __future__ import annotations

import pytest

from graphfm.errors import DataError
from graphfm.text import encoders, load_encoder


def test_every_encoder_is_in_the_table_under_its_own_name() -> None:
    assert {"huggingface", "lsa", "minilm"} <= encoders().keys()
    assert all(encoder.kind == name for name, encoder in encoders().items())


@pytest.mark.parametrize("spec", ["lsa:small", "minilm:int4", "huggingface"])
def test_refuses_a_variant_that_does_not_exist(spec: str) -> None:
    with pytest.raises(DataError, match=spec):
        load_encoder(spec)


def test_a_spec_of_an_encoder_that_is_not_installed_says_what_is_missing() -> None:
    with pytest.raises(DataError, match=r"'theirs'.*Install the package"):
        load_encoder({"encoder": "theirs", "identity": "theirs:1"})
