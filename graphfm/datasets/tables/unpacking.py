"""From a file to UTF-8 bytes with \\n line ends, whatever it was compressed with and encoded in.

What a file was compressed with is seen from its first bytes, not from its name. Its encoding is that of its byte order
mark, else UTF-16 where every second byte is zero, else UTF-8; Latin-1 and the like have no mark and must be named.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from graphfm.datasets.tables.foreign import foreign
from graphfm.errors import DataError
from graphfm.progress import Progress, progress_bar

#: Endings of compressed files; what is in them goes by the name before.
PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst", ".zstd")
BLOCK = 1 << 23  # bytes read at once
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TELLS = re.compile(r"(?i)(^|/)(readme|licen[cs]e|citation|changelog|\.ds_store)[^/]*$|\.(md|rst|pdf|cff)$")
_MARK = 4  # bytes of the longest mark
_SLOW = 1 << 25  # bytes from which a progress bar is drawn


def plain_name(path: Path) -> str:
    """The name of a file without the ending of its compression; of a zip without another ending, that of its one file.

    >>> plain_name(Path("triples.tsv.gz"))
    'triples.tsv'
    """
    if path.suffix.lower() == ".zip" and not Path(path.stem).suffix and path.is_file():
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            if len(names := members(archive)) == 1:
                return Path(names[0]).name
    return path.stem if path.suffix.lower() in PACKED else path.name


def members(archive: zipfile.ZipFile) -> list[str]:
    """The names of the files of a zip, without those that a Mac adds, and without what only tells of the one that is left."""
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
    data = [name for name in names if not _TELLS.search(name)]
    return data if len(data) == 1 else names


@contextmanager
def unpacked(path: Path, *, progress: bool = False) -> Iterator[BinaryIO]:
    """The content of a file as a stream of bytes, unpacked where it was packed (gzip, bzip2, xz, zip, zstd).

    Raises:
        DataError: a file that cannot be read, a damaged archive, or a zip with more than one file; inside the block, too.
    """
    try:
        with path.open("rb") as file, _watched(file, path, show=progress) as raw:
            head = raw.read(8)
            raw.seek(0)
            with _unpack(raw, head, path) as stream:
                yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        kind = "gzip" if path.suffix == ".gz" else "archive"
        raise DataError(
            f"damaged or cut-off {kind} ({error})", expected=f"a whole {kind} file", hint="Copy it again.", path=path
        ) from error
    except OSError as error:
        if error.errno is None:  # bzip2 and zstd say so when their data are damaged
            raise DataError(
                f"a damaged or cut-off archive ({error})", expected="a whole one", hint="Copy it again.", path=path
            ) from error
        raise DataError(
            f"a file that cannot be read ({error.strerror})", expected="a readable file", path=path
        ) from error


@contextmanager
def _unpack(raw: BinaryIO, head: bytes, path: Path) -> Iterator[BinaryIO]:
    if head.startswith(b"\x1f\x8b"):
        yield cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    elif head.startswith(b"BZh"):
        yield cast(BinaryIO, bz2.BZ2File(raw))
    elif head.startswith(b"\xfd7zXZ\x00"):
        yield cast(BinaryIO, lzma.LZMAFile(raw))  # noqa: SIM115
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        yield _zstd(raw, path)
    elif head.startswith(b"PK\x03\x04") and path.suffix.lower() not in (".npz", ".xlsx", ".pt"):
        with zipfile.ZipFile(raw) as archive:
            names = members(archive)
            if "[Content_Types].xml" in names:
                hint = "Save the sheet as CSV (UTF-8), and give that."
                raise DataError("a spreadsheet or document of Office", expected="a table of text", hint=hint, path=path)
            if len(names) != 1:
                some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
                hint = "Unpack it and give the file, or the folder."
                raise DataError(f"a zip with {len(names)} files ({some})", expected="one file", hint=hint, path=path)
            with archive.open(names[0]) as stream:
                if stream.read(3).startswith((b"\x1f\x8b", b"BZh", b"\xfd7z", b"PK\x03")):
                    hint = "Unpack the zip and give what is in it."
                    raise DataError(
                        f"a packed file in a zip ({names[0]})", expected="one text file", hint=hint, path=path
                    )
            with archive.open(names[0]) as stream:
                yield cast(BinaryIO, stream)
    elif head.startswith(b"version "):  # of Git LFS, whatever the name says
        start = raw.read(32)
        raw.seek(0)
        _refuse_foreign(path, start)
        yield raw
    elif path.suffix == ".gz" and not head.decode(errors="replace").isprintable():
        raise gzip.BadGzipFile("it does not begin as one")
    else:  # also what is named as if it were packed
        yield raw


def _zstd(raw: BinaryIO, path: Path) -> BinaryIO:
    try:
        import pyarrow
    except ImportError:
        try:
            import zstandard
        except ImportError as error:
            hint = "Install it: pip install 'graphfm[tables]', or unpack the file."
            raise DataError("a zstd file", expected="pyarrow, which unpacks it", hint=hint, path=path) from error
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return cast(BinaryIO, pyarrow.CompressedInputStream(pyarrow.PythonFile(raw, mode="r"), "zstd"))


@contextmanager
def _watched(file: BinaryIO, path: Path, *, show: bool) -> Iterator[BinaryIO]:
    """The file, with a progress bar of the bytes read from it where it is large and there is a terminal."""
    size = path.stat().st_size
    if not show or size < _SLOW:
        yield file
        return
    with progress_bar(path.name, total=size, show=True, in_bytes=True) as update:
        yield cast(BinaryIO, _Watched(file, update))


class _Watched(io.RawIOBase):
    """A file that tells a progress bar what is read from it."""

    def __init__(self, file: BinaryIO, update: Progress) -> None:
        self._file, self._update = file, update

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self._update(completed=self._file.tell())
        return found


def encoding_of(head: bytes, asked: str | None, path: Path) -> tuple[str, int]:
    """The encoding of a file and the length of its byte order mark, from its first bytes.

    Raises:
        DataError: `asked` is no encoding, or the bytes are those of no text.
    """
    mark, length = next(((name, len(bom)) for bom, name in _MARKS if head.startswith(bom)), ("", 0))
    if asked is not None:
        try:
            name = codecs.lookup(asked).name
        except LookupError as error:
            raise DataError(f"the encoding {asked!r}", expected="a name such as utf-8, latin-1 or utf-16") from error
        fits = mark and mark.startswith(name.removesuffix("-sig"))
        return (mark, length) if fits else (name, 0)
    if mark:
        return mark, length
    sample = head[: len(head) // 2 * 2]
    for name, zeros, others in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if zeros and zeros.count(0) > 0.6 * len(zeros) and others.count(0) < 0.1 * len(others):
            return name, 0
    return "utf-8", 0


def blocks(path: Path, *, encoding: str | None = None, size: int = BLOCK, progress: bool = False) -> Iterator[bytes]:
    """The text of a file as UTF-8, in blocks that end with a line; line ends are \\n (from \\r\\n and \\r, too).

    Raises:
        DataError: as `unpacked` does; bytes that are no text in the encoding, with their line; a character NUL.
    """
    with unpacked(path, progress=progress) as stream:
        first = b""
        while len(first) < _MARK and (more := stream.read(max(min(size, 1 << 16), _MARK) - len(first))):
            first += more
        name, skip = encoding_of(first, encoding, path)
        decode = codecs.getincrementaldecoder(name)("strict") if name != "utf-8" else None
        line, rest, held = 1, b"", b""
        chunk, end = first[skip:], False
        while not end:
            more = stream.read(size)
            end = not more
            raw = chunk if decode is None else _decoded(decode, chunk, end, path, line, name)
            chunk = more
            # A line end may be cut in two: what \r stands for is known when the next byte is.
            raw, held = held + raw, b""
            if raw.endswith(b"\r") and not end:
                raw, held = raw[:-1], b"\r"
            if b"\r" in raw:
                raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            text = rest + raw if rest else raw
            if end and text.endswith((b"\n\x1a", b"\n\x1a\n")):  # a line of its own: the end of a file, as DOS wrote it
                text = text.rstrip(b"\x1a\n") + b"\n"
            cut = len(text) if end else text.rfind(b"\n") + 1
            block, rest = text[:cut], text[cut:]
            if block:
                _check(block, path, line, utf8=decode is None)
                line += block.count(b"\n")
                # A mark of byte order in the middle is where files were put together; it is no character of a name.
                yield block.replace(codecs.BOM_UTF8, b"") if codecs.BOM_UTF8 in block else block


def _decoded(decode: codecs.IncrementalDecoder, chunk: bytes, end: bool, path: Path, line: int, name: str) -> bytes:
    try:
        return decode.decode(chunk, end).encode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        hint = "Name the encoding: --encoding (in Python, encoding=)."
        raise DataError(
            f"bytes that are not {name} ({error.reason})", expected=f"{name} text", hint=hint, path=path
        ) from error


def _check(block: bytes, path: Path, line: int, *, utf8: bool) -> None:
    if utf8 and not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError as error:
            at = line + block.count(b"\n", 0, error.start)
            if line == 1:
                _refuse_foreign(path, block)
            found = f"the byte 0x{block[error.start]:02x}, which is not UTF-8"
            hint = "Name the encoding: --encoding latin-1, say (in Python, encoding=), or save the file as UTF-8."
            raise DataError(found, expected="UTF-8 text", hint=hint, path=path, line=at) from error
    if b"\0" in block:
        if line == 1:
            _refuse_foreign(path, block)
        at = line + block.count(b"\n", 0, block.index(b"\0"))
        hint = "Is this a text file? UTF-16 and UTF-32 without a mark are named: --encoding utf-32-le, say."
        raise DataError("a NUL character", expected="text", hint=hint, path=path, line=at)


def _refuse_foreign(path: Path, start: bytes) -> None:
    if (other := foreign(path, start[:32])) is not None:
        raise DataError(other[0], expected="UTF-8 text", hint=other[1], path=path)


def begins(path: Path, size: int = 1 << 12) -> str:
    """The first characters of a file, as UTF-8 whatever it is in: enough to tell kinds of files apart.

    Raises:
        DataError: as `unpacked` does.
    """
    with unpacked(path) as stream:
        return stream.read(size).decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")


def read_text(path: Path, *, encoding: str | None = None) -> str:
    """The whole text of a file, as `blocks` reads it, with its line ends as they are.

    Raises:
        DataError: as `blocks` does.
    """
    with unpacked(path) as stream:
        raw = stream.read()
    name, skip = encoding_of(raw[: 1 << 16], encoding, path)
    if name != "utf-8":
        decoder = codecs.getincrementaldecoder(name)("strict")
        raw, skip = _decoded(decoder, raw[skip:], True, path, 1, name), 0
    raw = raw[skip:]
    _check(raw, path, 1, utf8=True)
    return raw.decode()


def lines(path: Path, *, encoding: str | None = None) -> Iterator[str]:
    """The lines of a file without their ends, as `blocks` reads them."""
    for block in blocks(path, encoding=encoding, size=1 << 20):
        yield from block.decode().removesuffix("\n").split("\n")
