"""The harness, small: each kind of fault a few times. ``python -m tests.faults`` is the large one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.faults.__main__ import COUNTED
from tests.faults.child import preload
from tests.faults.field import field_cases
from tests.faults.hostile import hostile_files
from tests.faults.inputs import malformed_inputs
from tests.faults.kills import kills
from tests.faults.stops import stops
from tests.faults.writes import failing_writes


@pytest.fixture(autouse=True, scope="module")
def imported() -> None:
    preload()


def bad(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in (*COUNTED, "said") if record.get(name)}


@pytest.mark.parametrize("job", ["rotate", pytest.param("pretrain", marks=pytest.mark.slow)])
def test_kills_lose_nothing(job: str) -> None:
    assert [bad(record) for record in kills(job, 2) if bad(record)] == []


@pytest.mark.slow
def test_signals_stop_every_long_command_as_shells_expect() -> None:
    assert [bad(record) for record in stops(24) if bad(record)] == []


def test_a_full_disk_is_told_in_a_sentence() -> None:
    assert [bad(record) for record in failing_writes(4) if bad(record)] == []


def test_malformed_inputs_are_refused_or_right() -> None:
    assert [bad(record) for record in malformed_inputs(6, chunk=1) if bad(record)] == []


@pytest.mark.slow
def test_hostile_files_run_no_code_and_hostile_names_do_not_act() -> None:
    assert [bad(record) for record in hostile_files() if bad(record)] == []


@pytest.mark.slow
def test_cases_of_the_field_are_refused_or_right() -> None:
    cases = Path(os.environ.get("GRAPHFM_DATA", "")).parent / "cases" / "reliability"
    if not cases.is_dir():
        pytest.skip("no cases beside the data")
    assert [record["case"] for record in field_cases(cases) if bad(record)] == []
