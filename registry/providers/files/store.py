"""Where evidence files lie: in one folder outside of what the web serves, each under the SHA-256 of its content.

The address is computed, never given, so no name can lead elsewhere; a file is written whole or not at all, is never
written over, and is checked against its own address whenever it is read. Everything here blocks: callers in a web
process use `asyncio.to_thread`. Folders are for their owner alone. Several processes, on several machines too, may
share the folder, on a file system with hard links.
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from registry.providers.files.rules import MOST_BYTES, TOO_LARGE, FileKind, examine
from registry.shared.cluster import default_data_folder
from registry.shared.errors import Refusal, Refused
from registry.shared.settings import Settings

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_UNFINISHED: Final = "unfinished"
_WEB: Final = Path(__file__).resolve().parents[3] / "web"


class StoreFailed(Exception):
    """The store cannot do its work: no room, no folder, a file that is gone or is not what it was. The message is for
    whoever runs the installation; it names no person and no file name that somebody typed."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    digest: str
    size: int
    kind: FileKind


class FileStore:
    """The files below one folder, which is made when it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser().absolute()
        if self._folder.resolve().is_relative_to(_WEB):
            raise StoreFailed(f"Files must not lie in {_WEB}, which the web serves: choose another folder.")
        with _told(self._folder):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self._folder, self._folder / _UNFINISHED):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Keep a file that arrives in pieces, if it is one of those that are taken; keeping it again changes nothing.

        Raises Refused with the reason of `rules.examine`, as soon as it is known: of a file that is too large no more
        is read. Raises StoreFailed; nothing is left behind then.
        """
        unfinished = self._folder / _UNFINISHED / secrets.token_hex(16)
        with _told(self._folder):
            handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with os.fdopen(handle, "w+b") as file:
                    size = _receive(file, chunks)
                    file.seek(0)
                    content = file.read()
                    kind = examine(content)
                    if isinstance(kind, Refusal):
                        raise Refused(kind.code, **kind.facts)
                    file.flush()
                    os.fsync(file.fileno())
                digest = sha256(content).hexdigest()
                self._publish(unfinished, digest)
            finally:
                with suppress(FileNotFoundError):
                    unfinished.unlink()
        return StoredFile(digest, size, kind)

    def read(self, digest: str) -> bytes:
        """The file's content, which is what was put under this digest, or StoreFailed."""
        path = self._path(digest)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise StoreFailed(f"The file {digest} is missing from {self._folder}.") from None
        except OSError as error:
            raise StoreFailed(f"The file {digest} cannot be read: {error.strerror}.") from error
        with _told(self._folder), os.fdopen(handle, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if sha256(content).hexdigest() != digest:
            raise StoreFailed(f"The file {digest} is not what was stored: restore it from a backup.")
        return content

    def has(self, digest: str) -> bool:
        """Whether a file lies under this digest."""
        return self._path(digest).is_file()

    def remove(self, digest: str) -> None:
        """Take a file away for good; one that is not there already is no error."""
        with _told(self._folder), suppress(FileNotFoundError):
            self._path(digest).unlink()

    def clear_unfinished(self, *, before: datetime) -> int:
        """Remove what uploads left behind whose process was killed, and say how much that was. `before` lies further
        back than any upload takes."""
        removed = 0
        with _told(self._folder):
            for path in (self._folder / _UNFINISHED).iterdir():
                with suppress(FileNotFoundError):  # its upload may be ending just now
                    if path.lstat().st_mtime < before.timestamp():
                        path.unlink()
                        removed += 1
        return removed

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise StoreFailed("This is not the address of a file.")
        return self._folder / digest[:2] / digest[2:4] / digest

    def _publish(self, unfinished: Path, digest: str) -> None:
        """Give a written file its address. A link is made or it is not, and never takes another's place: of two that
        put the same content at once, one finds the other's."""
        path = self._path(digest)
        for folder in (path.parent.parent, path.parent):
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            _to_disk(folder.parent)
        try:
            os.link(unfinished, path)
        except FileExistsError:
            self.read(digest)  # what is there already must be sound, or this upload would be lost behind it
            return
        _to_disk(path.parent)


def open_store(settings: Settings) -> FileStore:
    """The store that the settings name; by default beside the other data of the installation."""
    return FileStore(settings.evidence_folder or (settings.data_folder or default_data_folder()) / "evidence")


def _receive(file: BinaryIO, chunks: Iterable[bytes]) -> int:
    """Write the pieces, and stop at the first byte too many."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise Refused(TOO_LARGE.code, **TOO_LARGE.facts)
        file.write(chunk)
    return size


def _to_disk(folder: Path) -> None:
    """A new name is only safe once its folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the operating system refuses, as one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreFailed(f"The folder {folder} cannot be used: {error.strerror}.") from error
