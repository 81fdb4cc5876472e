"""Kept memory: a large tensor made again touches no new pages. In a process of its own, which it changes for good."""

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import resource, torch
from graphfm.ops.memory import keep_memory

def pages(n):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n):
        torch.ones(16_000_000)  # 64 MB: 15,625 pages, or 31 huge ones
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

given_back = pages(4)
assert keep_memory()
pages(1)
print(given_back, pages(4))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there is nothing to ask another C library for")
def test_a_large_tensor_made_again_touches_no_new_pages():
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    given_back, kept = map(int, ran.stdout.split())
    assert given_back >= 4 * 31
    assert kept < given_back / 4
