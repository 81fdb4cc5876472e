"""What a mistyped name is met with."""

from __future__ import annotations

import time

from graphfm.errors import did_you_mean, nearest


def test_nearest_is_right_and_fast_among_many_names():
    names = [f"{first} {second} {third}" for first in "abcdefghij" for second in range(100) for third in range(100)]
    names[77_777] = "new york city"
    start = time.process_time()
    assert nearest("New Yrok City", names)[0] == "new york city"
    assert time.process_time() - start < 1.5
    assert nearest("x", ["y", "X"]) == ["X"]
    assert nearest("", ["a"]) == []


def test_a_hint_names_what_is_near_and_nothing_else():
    assert did_you_mean("AB", ["ab", "xy"]) == "Did you mean ab?"
    assert did_you_mean("cora_x", ["cora_y", "cora_z"], count=2, quoted=True) == "Did you mean 'cora_y' or 'cora_z'?"
    assert did_you_mean("cora", ["xyz"]) == ""
