"""Many questions at once: pairs from a table, the best answers to each."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from graphfm.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.link_model import LinkModel


def complete_pairs(
    model: LinkModel, path: str | PathLike[str], *, top: int = 10, new_only: bool = False
) -> pd.DataFrame:
    """The best answers to every line of a table with the columns ``head, relation`` or ``relation, tail``.

    Args:
        model: answers.
        path: CSV, or tab-separated where the name ends in .tsv or .txt, with a header.
        top, new_only: see `LinkModel.predict_tails`.

    Returns:
        One frame: ``head, relation`` (or ``relation, tail``) of the question before the columns of each answer.

    Raises:
        DataError: a table without these columns, or an unknown name, with file and line.
    """
    import pandas as pd

    file = Path(path)
    try:
        table = pd.read_csv(file, sep="," if file.suffix == ".csv" else "\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"no readable table ({error})", expected="a CSV or TSV file with a header", path=file
        ) from error
    given = [name for name in ("head", "relation", "tail") if name in table]
    if given not in (["head", "relation"], ["relation", "tail"]):
        found = ", ".join(map(str, table.columns))
        raise DataError(f"the columns {found}", expected="head and relation, or relation and tail", path=file, line=1)
    predict = model.predict_tails if given[0] == "head" else model.predict_heads
    frames = []
    for number, pair in enumerate(table[given].itertuples(index=False, name=None)):
        try:
            answers = predict(*pair, top=top, new_only=new_only)
        except DataError as error:
            raise error.at(file, number + 2) from error
        frames.append(answers.assign(**dict(zip(given, pair, strict=True)))[[*given, *answers.columns]])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=given)
