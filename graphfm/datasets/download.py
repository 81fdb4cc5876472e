"""Download one file so that it is there whole and right, or not at all.

What has arrived is kept in ``NAME.part`` beside the target; a later call, after a dropped connection or a kill, asks the
server for the rest. The file takes its name only when its checksum is right.
"""

from __future__ import annotations

import os
import time
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from graphfm.errors import DataError
from graphfm.files import sha256_of
from graphfm.progress import Progress, progress_bar

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 13  # bytes; a broken connection loses the piece that was on its way
_TIMEOUT = (10, 60)  # seconds to connect, seconds between two pieces
_ATTEMPTS = 4  # in a row that bring nothing new
_PAUSE = 0.5  # seconds before the second attempt, doubled before each further one
_BUSY = (408, 425, 429)  # refusals that mean "later"; so do all from 500 on
_CAUSES = {
    "refused": "a refused connection",
    "timed out": "no answer in time",
    "resolve": "no such host, or no network",
    "unreachable": "no network",
    "certificate": "a certificate that is not trusted",
}


def fetch(url: str, path: str | PathLike[str], *, sha256: str | None, progress: bool = True) -> Path:
    """Downloads a file, unless it is there already with the right checksum.

    Several processes may ask for the same file: one downloads, the others wait and find it.

    Args:
        url: its address.
        path: where to put it.
        sha256: the checksum that it must have; None where none is known, and the caller looks at what came.
        progress: draw a progress bar, on a terminal.

    Raises:
        DataError: no answer, a refusal, or content with another checksum (which is then removed).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with FileLock(path.with_name(f".{path.name}.lock")):
        if path.is_file() and sha256 in (None, sha256_of(path)):
            return path
        resumed = part.is_file()
        found = _download(url, part, target=path, progress=progress)
        if sha256 is not None and found != sha256 and resumed:
            # The beginning that was kept may be of another version of the file.
            part.unlink()
            found = _download(url, part, target=path, progress=progress)
        if sha256 is not None and found != sha256:
            part.unlink()
            raise DataError(
                f"content with the SHA-256 checksum {found} at {url}",
                expected=sha256,
                hint="It was removed. The address serves something else now (the login page of a network?), or it was "
                f"damaged on the way. Call again, or put the right file at {path}.",
            )
        os.replace(part, path)
    return path


def _download(url: str, part: Path, *, target: Path, progress: bool) -> str:
    """Fills `part` and gives its checksum; goes on while attempts bring something, and a few times when they do not."""
    import requests  # a twentieth of a second, which commands that download nothing can do without

    failures = 0
    with requests.Session() as session, progress_bar(target.name, show=progress, in_bytes=True) as update:
        while True:
            before = _size(part)
            try:
                if _receive(session, url, part, update):
                    return sha256_of(part)
                reason = "a broken connection"
            except requests.HTTPError as error:
                status = error.response.status_code
                reason = f"the answer {status} {error.response.reason}"
                if status < 500 and status not in _BUSY:
                    hint = f"The file may have moved. Get it elsewhere and put it at {target}."
                    raise DataError(f"{reason} from {url}", expected="the file", hint=hint) from error
            except requests.RequestException as error:
                reason = next((cause for mark, cause in _CAUSES.items() if mark in str(error)), "a broken connection")
            failures = failures + 1 if _size(part) <= before else 1
            if failures == _ATTEMPTS:
                raise DataError(
                    f"{reason} from {url}, {_ATTEMPTS} times in a row",
                    expected="the file",
                    hint="With a network, call again: what has arrived is kept. Without one, put the file at "
                    f"{target}, or set GRAPHFM_DATA to a folder that holds the data sets.",
                )
            time.sleep(_PAUSE * 2 ** (failures - 1))


def _receive(session: requests.Session, url: str, part: Path, update: Progress) -> bool:
    """Asks for what `part` lacks and adds it; says whether that was all."""
    import requests

    have = _size(part)
    # Compressed on the way, the bytes sent would not be those of the file, and positions in it would not fit.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
            return True  # nothing is left to send; the checksum tells whether what is here is right
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            have = 0  # the server knows no ranges and sends all from the beginning
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if have else "wb") as file:
            update(completed=have, total=total)
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                update(completed=have, total=total)
    return total is None or have >= total


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
