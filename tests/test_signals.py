"""A signal ends a command, also one that lands where Python, or a library, swallows what a handler raises."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

#: A command that sends itself a signal in some place and then has `seconds` of work.
COMMAND = """
import gc, os, signal, sys, time, weakref
import graphfm.cli
from graphfm.__main__ import main

place, signum, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
signal.signal(signum, signal.SIG_DFL)  # it may be ignored where the tests run

def land():
    global signum
    if signum:
        sent, signum = signum, 0
        os.kill(os.getpid(), sent)
        for _ in range(1000):  # the handler runs here
            pass

class Thing:
    def __del__(self):
        if place == "a __del__":
            land()

def command():
    if place == "a callback of the garbage collector":
        gc.callbacks.append(lambda phase, info: land())
        gc.collect()
    elif place == "a callback of a weak reference":
        thing = Thing()
        held = weakref.ref(thing, lambda _: land())
        del thing
    elif place == "a __del__":
        Thing()
    elif place == "a bare except":
        try:
            land()
        except:
            pass
    else:
        try:
            land()
        except BaseException:
            raise RecursionError from None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    print("worked to the end")

graphfm.cli.app = command
sys.argv[1:] = ["inspect"]
main()
"""
PLACES = (
    "a callback of the garbage collector", "a callback of a weak reference", "a __del__", "a bare except", "an error instead",
)  # fmt: skip


def ended(place: str, signum: int, seconds: float) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", COMMAND, place, str(int(signum)), str(seconds)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("place", PLACES)
def test_a_signal_that_is_swallowed_comes_again(place: str) -> None:
    done = ended(place, signal.SIGTERM, 30.0)
    assert done.returncode == 143
    assert "Stopped by SIGTERM; nothing is half written." in done.stderr
    assert "worked to the end" not in done.stdout
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def test_work_that_ends_before_it_comes_again_ends_as_the_signal_asks() -> None:
    done = ended("a __del__", signal.SIGINT, 0.0)
    assert "worked to the end" in done.stdout
    assert done.returncode == 130
    assert "Stopped by SIGINT" in done.stderr
    assert "Traceback" not in done.stderr
