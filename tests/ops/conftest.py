"""Every tier of graphfm.ops: the optional one where it is installed; compiling each function is for the slow run."""

from __future__ import annotations

import importlib.util

import pytest

HAS_SCATTER = importlib.util.find_spec("torch_scatter") is not None

# The tracer hides this warning of its own by a means that does not survive warnings as errors.
TRACER_NOISE = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")


@pytest.fixture(
    params=[
        "native",
        pytest.param("compiled", marks=[pytest.mark.slow, TRACER_NOISE]),
        pytest.param(
            "torch_scatter", marks=pytest.mark.skipif(not HAS_SCATTER, reason="torch-scatter is not installed")
        ),
    ]
)
def tier(request: pytest.FixtureRequest) -> str:
    return request.param
