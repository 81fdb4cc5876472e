"""The page of faults says of itself what was tried and on which commit."""

from __future__ import annotations

import json

import fault_figures


def test_signals_that_met_nothing_are_counted_apart_and_every_commit_is_named() -> None:
    stop = {"chunk": "stops 0", "commit": "abc1234", "command": "fit", "status": 130, "met": True, "lost": False}
    records = [stop, stop | {"status": 0, "met": False}, stop | {"status": 0, "unheard": True}]
    records += [{"chunk": "kills 0", "commit": "abc1234", "lost": False}, {"chunk": "kills 0", "end": True}]
    found = fault_figures.taken(json.dumps(record) for record in records)
    assert [record.get("missed", False) for record in found] == [False, True, False, False]
    table = fault_figures.faults(found)
    assert "| 2 (of 3 sent; the others found their command ended) | 0 | 0 | 0 | 1 |" in table
    assert "kills, stops: abc1234." in fault_figures.commits(found)
    assert "stops 2: unheard" in fault_figures.page(found)
    older = [{"fault": "hostile", "number": 0}]
    assert f"hostile: {fault_figures.EARLIER}" in fault_figures.commits([*found, *older])
