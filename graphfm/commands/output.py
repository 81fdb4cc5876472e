"""What `--json` and `--out` ask for: places checked before the work, files written after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.evaluation.text_jobs import OnText


class Outputs:
    """A file for the result and a folder for all that goes with it; either may be None.

    Raises:
        DataError: a place that cannot be written to, before the work whose result would be lost.
    """

    def __init__(self, *, json_file: Path | None = None, out: Path | None = None) -> None:
        from graphfm.files import check_writable

        check_writable(file=json_file, folder=out)
        self.json_file, self.out = json_file, out

    def write(self, content: Any, files: Callable[[], Mapping[str, Any]] = dict) -> None:
        """Write the result, plain data, and the files of the folder by name, which are made only where they are asked for."""
        if self.json_file is not None:
            save(self.json_file, content)
        if self.out is not None:
            for name, value in files().items():
                save(self.out / name, value)


def save(path: Path, content: Any) -> None:
    """Write one file: text and bytes as they are, a frame as CSV, plain data as JSON."""
    from graphfm.files import replacing, write_json, write_text

    if isinstance(content, str):
        write_text(path, content)
    elif isinstance(content, bytes):
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    elif hasattr(content, "to_csv"):
        write_text(path, content.to_csv(index=False))
    else:
        write_json(path, content)


def say_if_seen(console: Any, done: OnText) -> None:
    """Point out a graph that the model was trained on."""
    if done.seen_in_pretraining:
        console.print(
            f"Note: {done.graph.name} was among the graphs this model was pretrained on, without its labels. "
            "Its rows show no transfer to an unseen graph.",
            style="yellow",
            highlight=False,
        )
