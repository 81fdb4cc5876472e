"""Files of models: the one place where they are written and read, whatever they hold."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from graphfm.errors import DataError, GraphFMError, did_you_mean
from graphfm.files import replacing
from graphfm.models import hub, published
from graphfm.models.fields import check_fields, check_finite, digest, graph_fields, link_fields
from graphfm.models.shared_folder import is_shared, read_shared

#: The models that come with the package, by name and as files; README.md beside them is their card.
DEFAULT, _WEIGHTS = "default", Path(__file__).parents[1] / "weights"
DEFAULT_PATH, DEFAULT_LINKS = _WEIGHTS / "default.ckpt", _WEIGHTS / "default_kg.ckpt"


class FileKind(NamedTuple):
    """A kind of model that files hold.

    Args:
        format: what such a file says in its field ``graphfm``.
        earlier: what older files of the same content say there.
        words: what people call the model.
        written_by: the command that makes one.
        taken_by: the commands that use one.
        fields: declares in its signature what a file holds.
    """

    format: str
    earlier: tuple[Any, ...]
    words: str
    written_by: str
    taken_by: tuple[str, ...]
    fields: Callable[..., None]


GRAPH = FileKind(
    "graph-1", (1,), "a model of text graphs", "graphfm pretrain", ("zero-shot", "few-shot", "link-text"), graph_fields
)
LINK = FileKind(
    "link-1", (), "a link model", "graphfm link-prediction", ("complete", "evaluate", "explain", "export"), link_fields
)
KINDS = (GRAPH, LINK)


class Checkpoint(NamedTuple):
    """What a file held: the kind of model, its content by name, and where it stands."""

    kind: FileKind
    content: dict[str, Any]
    path: Path


def write(path: str | os.PathLike[str], content: Mapping[str, Any], *, kind: FileKind) -> None:
    """Write a file of tensors and plain values, with the sha256 of the tensors, at once or not at all.

    Raises:
        DataError: weights that are not finite.
    """
    check_finite(content["state_dict"])
    with replacing(path) as temporary:
        torch.save({"graphfm": kind.format, **content, "sha256": digest(content)}, temporary)


def read(path: str | os.PathLike[str], *, kind: FileKind | None = None, revision: str | None = None) -> Checkpoint:
    """Read what `write` or `graphfm.models.shared_folder.write_shared` wrote; nothing in the files is executed.

    Args:
        path: of the file, of a run's folder or a shared one, "default" for the model of the package ("./default" is a folder),
            the name of a published link model, which is downloaded unless it is here (`graphfm.models.published`), or
            ``org/name`` of the hub (`graphfm.models.hub`).
        kind: what it has to be; any kind by default.
        revision: branch, tag or commit; for ``org/name`` alone.

    Raises:
        DataError: no such file, a damaged one, no model, one of another kind, with what it is and which commands take it, or
            content that no model was written with (`graphfm.models.fields`).
    """
    kinds = KINDS if kind is None else (kind,)
    file = _located(path, kinds, revision=revision)
    content = read_shared(file) if file.is_dir() else read_archive(file, expected=_words(kinds))
    says = content.get("graphfm") if isinstance(content, dict) else None
    if says is None and LINK in kinds and isinstance(content, dict):
        theirs = published.content(file, content)
        if theirs is not None:
            return Checkpoint(LINK, theirs, file)
    held = next((k for k in KINDS if says == k.format or says in k.earlier), None)
    if held is None:
        raise _no_model(content, file, kinds)
    if held not in kinds:
        first, *others = held.taken_by
        hint = f"It is for `graphfm {first} --checkpoint {path}`, and for {', '.join(others)}."
        raise DataError(_described(held, content), expected=_words(kinds), hint=hint, path=file)
    with building(file):
        check_fields(content, held.fields)
    return Checkpoint(held, content, file)


@contextmanager
def building(path: Path) -> Iterator[None]:
    """What goes wrong with the content of a file is told with its name.

    Raises:
        DataError: any error of the block, but for those of the system.
    """
    try:
        yield
    except DataError as error:
        if error.path is not None:
            raise
        raise DataError(error.found, expected=error.expected, hint=error.hint, path=path) from error
    except (GraphFMError, OSError):
        raise
    except Exception as error:  # whatever constructors say of values that were never theirs
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise DataError(
            f"content of which no model can be made ({reason})", expected="a whole model", path=path
        ) from error


def read_archive(path: Path, *, expected: str) -> Any:
    """What `torch.save` wrote, on the CPU, after a look at the checksums that torch writes and does not read.

    Raises:
        DataError: no such file, a damaged one, or one that holds more than tensors and plain values.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is None:
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DataError("no such file", expected=expected, path=path) from error
    except Exception as error:  # zipfile, zlib, pickle and torch have a dozen types for a broken archive
        raise DataError(f"an unreadable file ({type(error).__name__})", expected=expected, path=path) from error
    raise DataError(f"a damaged file (its part {damaged} has changed)", expected=expected, path=path)


def _located(path: str | os.PathLike[str], kinds: tuple[FileKind, ...], *, revision: str | None) -> Path:
    """The file that is meant, or the shared folder."""
    if hub.is_hub_name(path):
        return hub.snapshot(str(path), revision=revision)
    if revision is not None:
        raise DataError(f"a revision of {path}", expected="a revision of a model on the hub, org/name")
    if path == DEFAULT:
        return DEFAULT_LINKS if kinds == (LINK,) else DEFAULT_PATH
    if LINK in kinds and path in published.PUBLISHED:
        return published.get(str(path))
    file = Path(path)
    if file.is_dir():
        if is_shared(file):
            return file
        if (file / "last.ckpt").is_file() and not (file / "model.ckpt").is_file():
            hint = "The command that began it goes on from there, and writes model.ckpt at its end."
            raise DataError("the folder of a run that has not ended", expected=_words(kinds), hint=hint, path=file)
        file = file / "model.ckpt"
    if not file.is_file():
        writers = " or ".join(f"`{k.written_by}`" for k in kinds)
        names = [DEFAULT] if LINK not in kinds else [DEFAULT, *published.PUBLISHED]
        expected = f"a model.ckpt written by {writers}, or {', '.join(names)}"
        raise DataError("no such file", expected=expected, hint=did_you_mean(str(path), names), path=file)
    return file


def _no_model(content: Any, file: Path, kinds: tuple[FileKind, ...]) -> DataError:
    if isinstance(content, dict) and "pytorch-lightning_version" in content:
        beside = file.with_name("model.ckpt")
        hint = f"It resumes a run; the model for use is {beside}"
        hint += "." if beside.is_file() else ", which the run writes at its end."
        found = f"a training checkpoint (step {content.get('global_step')})"
        return DataError(found, expected=_words(kinds), hint=hint, path=file)
    formats = ", ".join(k.format for k in kinds)
    return DataError("a file of another kind", expected=f"{_words(kinds)} (format {formats})", path=file)


def _described(kind: FileKind, content: Mapping[str, Any]) -> str:
    """A model in words, by what its card says."""
    card = content.get("card")
    card = card if isinstance(card, dict) else {}
    if kind is LINK:
        return f"{kind.words} ({card.get('model', content.get('kind'))} on {content.get('name')})"
    sources = ", ".join(map(str, card.get("sources") or ()))
    return f"{kind.words} (pretrained on {sources})" if sources else kind.words


def _words(kinds: tuple[FileKind, ...]) -> str:
    return " or ".join(k.words for k in kinds)
