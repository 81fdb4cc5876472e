"""What `--json` and `--out` ask for: places checked before the work, files written after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

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
    from graphfm.table_text import write_table

    if isinstance(content, str):
        write_text(path, content)
    elif isinstance(content, bytes):
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    elif hasattr(content, "to_csv"):
        write_table(path, content)
    else:
        write_json(path, content)


def check_table(path: Path | None, *, endings: Sequence[str] = (".csv", ".parquet")) -> None:
    """Refuse a table that could not be written, before the work.

    Args:
        path: of the table.
        endings: those that are written.

    Raises:
        DataError: another ending, no pyarrow for .parquet, or a place that cannot be written to.
    """
    from importlib.util import find_spec

    from graphfm.errors import DataError
    from graphfm.files import check_writable

    if path is None:
        return
    if path.suffix not in endings:
        expected = f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise DataError(f"the ending {path.suffix!r}", expected=expected, path=path)
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise DataError(
            "no pyarrow",
            expected="it, to write Parquet",
            hint="pip install 'graphfm[tables]', or write .csv.",
            path=path,
        )
    check_writable(file=path)


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as its file's ending says; whole or not at all."""
    from graphfm.files import replacing, write_parts

    if path.suffix == ".parquet":
        frame = frame.copy()
        frame.attrs = {}
        with replacing(path) as temporary:
            frame.to_parquet(temporary, index=False)
    else:
        write_parts(path, text_parts(frame, path.suffix[1:]))


def text_parts(frame: pd.DataFrame, style: str) -> Iterator[str]:
    """A frame as CSV, TSV or JSON Lines; in JSON what is missing is null, in the others it is an empty cell."""
    from graphfm.table_text import csv_parts, json_parts

    return json_parts(frame) if style == "jsonl" else csv_parts(frame, sep="\t" if style == "tsv" else ",")


def say_if_seen(console: Any, done: OnText) -> None:
    """Point out a graph that the model was trained on."""
    if done.seen_in_pretraining:
        console.print(
            f"Note: {done.graph.name} was among the graphs this model was pretrained on, without its labels. "
            "Its rows show no transfer to an unseen graph.",
            style="yellow",
            highlight=False,
        )
