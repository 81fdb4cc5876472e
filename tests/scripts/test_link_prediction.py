"""The scripts around link prediction: tables hold what was measured and nothing else."""

from __future__ import annotations

import link_prediction_table as table
import pytest
from filling import filled


def record(mrr: float) -> dict:
    metrics = {"mrr": mrr, "hits@1": 0.1, "hits@3": 0.2, "hits@10": 0.3}
    result = {"report": metrics, "baselines": {"answer frequency": {"mrr": 0.05}}, "calibration": None}
    hardware = {"device": "cpu", "threads": 1}
    return {"result": result, "steps": 100, "train_cpu_seconds": 90.0, "hardware": hardware}


def test_the_table_holds_what_was_measured() -> None:
    assert set(table.row("x", [])[1:]) == {""}
    cells = dict(zip(table.HEADER, table.row("x", [record(0.2), record(0.4)]), strict=True))
    assert cells["MRR"] == "0.300 ± 0.141"
    assert cells["Hits@10"] == "0.300"
    assert (cells["AUC-PR"], cells["Brier"], cells["protocol"]) == ("", "", "")
    assert (cells["CPU minutes"], cells["seeds"], cells["hardware"]) == ("1.5", "2", "cpu, 1 thread")
    inductive = record(0.2)
    inductive["result"]["protocol"] = "U"
    assert dict(zip(table.HEADER, table.row("x", [inductive]), strict=True))["protocol"] == "U"


def test_a_table_without_a_place_is_refused() -> None:
    text = "<!-- a: scripts/link_prediction_table.py -->\nold\n<!-- end of a -->\n"
    assert filled(text, "a", "new", script="link_prediction_table") == text.replace("old", "new")
    with pytest.raises(ValueError, match="found 0 places <!-- b"):
        filled(text, "b", "new", script="link_prediction_table")
