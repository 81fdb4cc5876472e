"""Fixtures shared by all tests, and the rule that a test on real data may not be skipped where the data are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples

collect_ignore = ["cases"]  # files that are read, test.txt among them, no tests

_skipped_data_tests: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "data" in report.keywords and os.environ.get("GRAPHFM_DATA"):
        _skipped_data_tests.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped_data_tests:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _skipped_data_tests:
        terminalreporter.write_line(f"GRAPHFM_DATA is set, yet {nodeid} was skipped", red=True)


@pytest.fixture(scope="session")
def data_home() -> Path:
    """The folder of real data sets; tests that use it carry the marker `data`."""
    value = os.environ.get("GRAPHFM_DATA")
    if not value:
        pytest.skip("GRAPHFM_DATA is not set")
    return Path(value)


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own cache."""
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def ring() -> Triples:
    """Twenty people around a table: who sits next to whom, and who two seats on; each split has a bit of both."""
    people = [f"person_{n:02d}" for n in range(20)]
    rows = torch.tensor([[n, s, (n + s + 1) % 20] for n in range(20) for s in (0, 1)])
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    train, val, test = rows[order].split([30, 4, 6])
    labels = [f"Person {n}" for n in range(20)]
    return Triples("ring", people, ["next_to", "two_on"], train=train, val=val, test=test, entity_labels=labels)
