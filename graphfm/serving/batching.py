"""Questions of many clients, answered in batches by one thread: a model is asked by nobody else meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from graphfm.errors import GraphFMError

#: Questions that one batch holds, and that wait for their turn; more are refused, so that no client waits for minutes.
AT_ONCE, WAITING = 64, 1024


class BusyError(GraphFMError):
    """More questions are waiting than a service takes."""


class Batches:
    """Collects what has come while the last batch was answered, and answers it together.

    Nobody waits for a batch to fill: a question that comes alone is answered at once. A client that goes away is dropped
    from the batch that was not begun yet, and changes nothing for the others.

    Args:
        answer: a list of questions to a list of answers, or of exceptions that are raised where the question was asked.
        at_once: questions in a batch.
        waiting: questions that may wait.
    """

    def __init__(
        self, answer: Callable[[Sequence[Any]], Sequence[Any]], *, at_once: int = AT_ONCE, waiting: int = WAITING
    ) -> None:
        self._answer, self._at_once, self._most = answer, at_once, waiting
        self._waiting: asyncio.Queue[tuple[Any, asyncio.Future[Any]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answers")
        self._task: asyncio.Task[None] | None = None
        self.answered = 0

    async def __aenter__(self) -> Batches:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Answer what is waiting, then stop."""
        assert self._task is not None
        if not self._task.done():
            await self._waiting.join()
        self._task.cancel()
        self._thread.shutdown(wait=True)

    def waiting(self) -> int:
        """Questions that wait for their turn."""
        return self._waiting.qsize()

    async def ask(self, question: Any) -> Any:
        """The answer to a question, in its turn.

        Raises:
            BusyError: too many are waiting.
        """
        if self.waiting() >= self._most:
            raise BusyError("Too many questions are waiting; ask again in a second.")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((question, future))
        return await future

    async def _work(self) -> None:
        while True:
            taken = [await self._waiting.get()]
            while len(taken) < self._at_once and not self._waiting.empty():
                taken.append(self._waiting.get_nowait())
            kept = [one for one in taken if not one[1].cancelled()]  # whoever went away asks no more
            questions = [question for question, _ in kept]
            answers: Sequence[Any] = []
            if kept:
                try:
                    answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, questions)
                except Exception as error:  # a defect in one batch ends that batch, not the service
                    answers = [error] * len(kept)
            for (_, future), answer in zip(kept, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
                    self.answered += 1
            for _ in taken:
                self._waiting.task_done()
