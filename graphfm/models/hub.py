"""The model hub: folders of `graphfm.models.shared_folder` as repositories, fetched and pushed by huggingface_hub.

Which hub it is (``HF_ENDPOINT``), who asks (``HF_TOKEN``, ``hf auth login``), where files are kept (``HF_HOME``) and whether the
network may be used at all (``HF_HUB_OFFLINE``) is said to huggingface_hub, whose cache is shared with every other program.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from graphfm.errors import DataError, GraphFMError
from graphfm.models.shared_folder import CARD, CONFIG, TENSORS, VOCABULARY, is_shared

FILES = [CARD, CONFIG, TENSORS, VOCABULARY]
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
FIRST_ANSWER = 5.0  # seconds to wait for it


def is_hub_name(name: object) -> bool:
    """Whether a model on the hub is meant: ``org/name``, where no folder ``org`` is here and no ending says that it is a file.

    >>> is_hub_name("graphfm/umls-rotate"), is_hub_name("runs/umls/model.ckpt"), is_hub_name("./mine/model")
    (True, False, False)
    """
    if not isinstance(name, str) or not HUB_NAME.fullmatch(name) or name.endswith((".ckpt", ".pth", ".pt")):
        return False
    return not Path(name).exists() and not Path(name.partition("/")[0]).exists()


def snapshot(name: str, *, revision: str | None = None) -> Path:
    """The folder of a model on the hub; downloaded, unless the cache has this revision or the hub cannot be reached.

    Args:
        name: ``org/name``.
        revision: branch, tag or commit.

    Raises:
        DataError: the hub has no such model or revision, or it is no model of graphfm.
        GraphFMError: the hub does not answer and its cache does not hold the model.
    """
    from huggingface_hub import errors, snapshot_download

    what = f"no model {name!r}" + (f" at revision {revision!r}" if revision else "")
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=FILES, etag_timeout=FIRST_ANSWER))
    except errors.RepositoryNotFoundError as error:  # gated ones too
        hint = "A private model needs `hf auth login`; a folder on this machine needs its path, such as ./org/name."
        raise DataError(f"{what} on the hub", expected="org/name of a model that is there", hint=hint) from error
    except errors.RevisionNotFoundError as error:
        raise DataError(f"{what} on the hub", expected="a branch, tag or commit of it") from error
    except Exception as error:  # each release of the client has its own HTTP library, with errors of its own
        raise GraphFMError(
            f"{what} here: it is no folder or file on this machine, the hub's cache does not hold it, and the hub gave no "
            f"answer ({_reason(error)})."
        ) from error
    if not is_shared(folder):
        raise DataError(f"{name}, without {CONFIG} and {TENSORS}", expected="a model of graphfm", path=folder)
    return folder


def push(
    folder: Path,
    name: str,
    *,
    private: bool = False,
    revision: str | None = None,
    message: str = "Upload a model of graphfm",
) -> str:
    """Upload a folder of `write_shared` in one commit; the repository is made where it is missing.

    Args:
        folder: with the model.
        name: ``org/name``.
        private: whether a repository that is made is seen by its owners alone.
        revision: branch, which has to be there; the main one by default.
        message: of the commit.

    Returns:
        The address of the commit.

    Raises:
        DataError: a name that is none of the hub.
        GraphFMError: the hub refused, or did not answer.
    """
    from huggingface_hub import HfApi

    if not HUB_NAME.fullmatch(name):
        raise DataError(f"the name {name!r}", expected="org/name, of letters, digits, '-', '_' and '.'")
    api = HfApi(library_name="graphfm")
    try:
        api.create_repo(name, private=private, exist_ok=True)
        commit: Any = api.upload_folder(
            repo_id=name, folder_path=folder, allow_patterns=FILES, revision=revision, commit_message=message
        )
    except Exception as error:  # see `snapshot`
        raise GraphFMError(
            f"{name} was not pushed: {_reason(error)}. `hf auth login`, or HF_TOKEN, says who you are; the token needs the "
            "right to write."
        ) from error
    return str(commit.commit_url)


def cached_models() -> dict[str, Path]:
    """Models of graphfm that the hub's cache on this machine holds, by name, each with the folder of its newest revision."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        # the folder by name: its default is the one of the moment when huggingface_hub's module was first imported
        repositories = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except CacheNotFound:
        return {}
    found = {}
    for repository in sorted(repositories, key=lambda repository: repository.repo_id):
        newest = max(repository.revisions, key=lambda revision: revision.last_modified, default=None)
        if repository.repo_type == "model" and newest is not None and is_shared(newest.snapshot_path):
            found[repository.repo_id] = newest.snapshot_path
    return found


def _reason(error: BaseException) -> str:
    """What went wrong and what was behind it, in a line."""
    behind = "" if error.__cause__ is None else f" ({_reason(error.__cause__)})"
    return " ".join(f"{type(error).__name__}: {error}".split())[:300] + behind
