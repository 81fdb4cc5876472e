"""Signals that ask a training to stop: noted when they come, obeyed when a checkpoint can be written."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from graphfm.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Within `with`, the first SIGINT or SIGTERM is noted as `signum`; a second one does not wait and raises `Stopped`.

    Outside of the main thread, where Python takes no signals, nothing is changed.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._note) for number in heard}
        return self

    def hear(self) -> None:
        """Take the signals back from whoever took them since `with` began: Lightning's own handler of SIGTERM sends a message
        to the other processes, whatever they are in the middle of saying to one another, and they wait for ever.
        """
        for number in self._before:
            signal.signal(number, self._note)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None:
            raise Stopped(signum)
        self.signum = signum
