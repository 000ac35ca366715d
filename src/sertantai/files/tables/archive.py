"""A zipped document: no part may unpack to more than is bearable, whatever it says of itself."""

import errno
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sertantai.core.errors import InvalidInput, TooLarge

UNPACKED_BYTES_MAX: Final = 300_000_000
"""Of all parts that are read together. A sheet of 50,000 rows and 20 columns has about 60 MB."""
PARTS_MAX: Final = 5_000
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1

DAMAGED: Final = "The file is damaged or incomplete. Open it in its own program, save it, and try again."
PROTECTED: Final = "The file is protected by a password. Save a copy without one and bring that in."


class Archive:
    """An open file of zipped parts, by their names."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._infos = {info.filename.lstrip("/"): info for info in file.infolist()}
        self._left = UNPACKED_BYTES_MAX
        if len(self._infos) > PARTS_MAX:
            raise TooLarge(f"The file has more than {PARTS_MAX:,} parts inside, too many to be read.")

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._infos)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    @contextmanager
    def open(self, name: str) -> Iterator["Part"]:
        """Raises `InvalidInput` for a part that is not there or damaged, `TooLarge` while it is read."""
        info = self._infos.get(name)
        if info is None:
            raise InvalidInput(DAMAGED, field="file")
        if info.flag_bits & _ENCRYPTED:
            raise InvalidInput(PROTECTED, field="file")
        if info.compress_type not in _METHODS:
            raise InvalidInput(
                "The file is packed in an unusual way. Open it in its own program, save it, and try again.",
                field="file",
            )
        with said_clearly(), self._file.open(info) as raw:
            yield Part(self, raw)

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise TooLarge(
                f"The file unpacks to more than {UNPACKED_BYTES_MAX // 1_000_000} MB, which is not read. "
                "Copy the rows that you need into a new workbook.",
                field="file",
            )


class Part:
    """One part, as it is unpacked."""

    def __init__(self, archive: Archive, raw: IO[bytes]) -> None:
        self._archive = archive
        self._raw = raw

    def read(self, size: int) -> bytes:
        piece = self._raw.read(size)
        self._archive.take(len(piece))
        return piece


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Raises `InvalidInput` that says what is wrong with the file."""
    with said_clearly(), zipfile.ZipFile(path) as file:
        yield Archive(file)


@contextmanager
def said_clearly() -> Iterator[None]:
    """What zipfile raises about a broken file, in whatever place; a disk that fails is another thing."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InvalidInput(DAMAGED, field="file") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # it goes to a place before the file's beginning
            raise
        raise InvalidInput(DAMAGED, field="file") from error
