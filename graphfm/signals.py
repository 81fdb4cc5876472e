"""SIGINT and SIGTERM end a command wherever they land, also where Python swallows what a handler raises."""

from __future__ import annotations

import os
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any

from graphfm.errors import Stopped

#: Seconds after which a swallowed signal is sent once more: whoever swallowed it has gone on by then.
AGAIN = 0.02


class Signals:
    """Within `with`, both signals raise `Stopped`.

    What is raised in a `__del__`, in a callback of a weak reference or of the garbage collector, or under a bare `except` never
    arrives. Then the exception is destroyed, which is noticed, and the signal comes again, until it was `caught` for good.
    Signals that are ignored (under nohup, in the background of a script) stay so; outside of the main thread nothing is changed.
    """

    def __init__(self) -> None:
        #: The first signal that came, until now or None. What goes wrong after it goes wrong because of it.
        self.came: int | None = None
        self._raised: weakref.ref[Stopped] | None = None
        self._before: Any = None

    def __enter__(self) -> Signals:
        self._before, sys.unraisablehook = sys.unraisablehook, self._not_raised
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:
                    signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        """The signals stay as they are: one that comes while the process ends is not to kill it in other words."""
        self.caught()
        sys.unraisablehook = self._before

    def caught(self) -> None:
        """The command ends: nothing is sent again."""
        self._raised = None

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self.came = self.came or signum
        raise self._watched(Stopped(signum))  # no variable holds it, so that it is destroyed when it is swallowed

    def _watched(self, stopped: Stopped) -> Stopped:
        signum = stopped.signum
        self._raised = weakref.ref(stopped, lambda _: self._later(signum))
        return stopped

    def _later(self, signum: int) -> None:
        """Send it again, from another thread: here it would be swallowed again."""
        timer = threading.Timer(AGAIN, self._send, [signum])
        timer.daemon = True
        timer.start()

    def _send(self, signum: int) -> None:
        if self._raised is not None:
            os.kill(os.getpid(), signum)

    def _not_raised(self, event: Any) -> None:
        """Python's word on exceptions that it swallows, but for a signal, which comes again."""
        if not isinstance(event.exc_value, Stopped):
            self._before(event)
