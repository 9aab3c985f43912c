"""The store of files: whole or not at all, under its own hash, for its owner alone."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from registry.providers.files.rules import MOST_BYTES, FileKind
from registry.providers.files.store import FileStore, StoredFile, StoreFailed, open_store
from registry.shared.errors import Refused
from registry.shared.settings import Settings
from tests.registry.providers.files.samples import jpeg, pdf, png, stream

CONTENT = pdf(stream(b"x" * 5_000, b""))
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "evidence")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def files(folder: Path) -> list[Path]:
    """All that lies there, what is unfinished included."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def place(folder: Path, digest: str = DIGEST) -> Path:
    return folder / digest[:2] / digest[2:4] / digest


def pieces(content: bytes, size: int = 700) -> Iterator[bytes]:
    yield from (content[start : start + size] for start in range(0, len(content), size))


# --- putting and reading ------------------------------------------------------------------------------------


def test_what_is_put_is_read_again(store: FileStore, folder: Path) -> None:
    assert store.put(pieces(CONTENT)) == StoredFile(DIGEST, len(CONTENT), FileKind.PDF)
    assert store.read(DIGEST) == CONTENT
    assert files(folder) == [place(folder)]


def test_putting_again_changes_nothing(store: FileStore, folder: Path) -> None:
    first = store.put([CONTENT])
    before = place(folder).stat()
    assert store.put(pieces(CONTENT, 1)) == first
    after = place(folder).stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_nlink) == (before.st_ino, before.st_mtime_ns, 1)
    assert files(folder) == [place(folder)]


def test_another_content_has_another_place(store: FileStore, folder: Path) -> None:
    digests = {store.put([content]).digest for content in (CONTENT, png(), jpeg())}
    assert len(digests) == 3
    assert len(files(folder)) == 3


def test_only_the_owner_may_look(store: FileStore, folder: Path) -> None:
    old = os.umask(0)
    try:
        store.put([CONTENT])
    finally:
        os.umask(old)
    modes = {path.relative_to(folder): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    kept = place(folder).relative_to(folder)
    assert modes.pop(kept) == 0o600
    assert set(modes.values()) == {0o700}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_was_open_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o777)
    FileStore(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# --- what is not taken leaves nothing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"<html>", "file.kind_not_taken"),
        (CONTENT[:-30], "file.truncated"),
        (CONTENT + b"more", "file.trailing_data"),
    ],
)
def test_what_is_not_taken_is_not_kept(store: FileStore, folder: Path, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        store.put(pieces(content) if content else [])
    assert refused.value.code == code
    assert files(folder) == []


def test_of_eleven_megabytes_no_more_is_read_than_ten(store: FileStore, folder: Path) -> None:
    piece = 64 * 1024
    given: list[int] = []

    def long() -> Iterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(1_000):
            given.append(piece)
            yield b"\0" * piece

    with pytest.raises(Refused) as refused:
        store.put(long())
    assert refused.value.code == "file.too_large"
    assert refused.value.facts == {"most_bytes": MOST_BYTES}
    assert sum(given) <= MOST_BYTES + piece
    assert files(folder) == []


def test_an_upload_that_breaks_off_leaves_nothing(store: FileStore, folder: Path) -> None:
    class Gone(Exception):
        pass

    def broken() -> Iterator[bytes]:
        yield CONTENT[:1_000]
        raise Gone

    with pytest.raises(Gone):
        store.put(broken())
    assert files(folder) == []


@pytest.mark.parametrize("failing", ["fsync", "link"])
def test_a_full_disk_leaves_nothing(
    store: FileStore, folder: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(StoreFailed, match="No space left on device"):
        store.put([CONTENT])
    monkeypatch.undo()
    assert files(folder) == []
    assert store.put([CONTENT]).digest == DIGEST


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_said_to_be_kept(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, link = os.fsync, os.link

    def synced(handle: int) -> None:
        done.append("file" if stat.S_ISREG(os.fstat(handle).st_mode) else "folder")
        fsync(handle)

    def linked(source: Path, target: Path) -> None:
        done.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    store.put([CONTENT])
    assert done[0] == "file"
    assert done[-2:] == ["link", "folder"]
    assert done.count("folder") == 3


LIMITED = """
import resource, signal, sys
from pathlib import Path
from registry.providers.files.store import FileStore, StoreFailed
store = FileStore(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))
try:
    store.put([sys.stdin.buffer.read()])
except StoreFailed as failed:
    sys.exit(str(failed))
"""


def test_a_file_that_the_kernel_cuts_short(folder: Path) -> None:
    """A process that may not write files of more than 4 KiB: the refusal comes in the middle of the writing."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, folder], input=CONTENT, capture_output=True, check=False
    )
    assert b"File too large" in done.stderr
    assert done.returncode == 1
    assert files(folder) == []


# --- the same content at once -------------------------------------------------------------------------------


def test_the_same_content_from_many_at_once_is_one_file(store: FileStore, folder: Path) -> None:
    many = 16
    barrier = threading.Barrier(many)

    def put(_: int) -> StoredFile:
        def together() -> Iterator[bytes]:
            yield CONTENT[:100]
            barrier.wait(timeout=60)
            yield CONTENT[100:]

        return store.put(together())

    with ThreadPoolExecutor(many) as pool:
        results = list(pool.map(put, range(many)))
    assert results == [StoredFile(DIGEST, len(CONTENT), FileKind.PDF)] * many
    assert files(folder) == [place(folder)]
    assert place(folder).stat().st_nlink == 1


def test_two_stores_on_one_folder(store: FileStore, folder: Path) -> None:
    store.put([CONTENT])
    other = FileStore(folder)
    assert other.read(DIGEST) == CONTENT
    assert other.put([CONTENT]).digest == DIGEST


# --- damage and tricks --------------------------------------------------------------------------------------


def test_a_changed_file_is_not_handed_out(store: FileStore, folder: Path) -> None:
    store.put([CONTENT])
    place(folder).write_bytes(CONTENT.replace(b"Catalog", b"catalog"))
    with pytest.raises(StoreFailed, match="not what was stored"):
        store.read(DIGEST)


def test_a_file_cut_short_is_not_handed_out(store: FileStore, folder: Path) -> None:
    store.put([CONTENT])
    os.truncate(place(folder), 1_000)
    with pytest.raises(StoreFailed, match="not what was stored"):
        store.read(DIGEST)


def test_a_damaged_file_is_never_written_over_and_never_passed_off_as_kept(
    store: FileStore, folder: Path
) -> None:
    store.put([CONTENT])
    place(folder).write_bytes(b"damaged")
    with pytest.raises(StoreFailed, match="not what was stored"):
        store.put([CONTENT])
    assert place(folder).read_bytes() == b"damaged"
    assert files(folder) == [place(folder)]


def test_a_missing_file_is_said(store: FileStore) -> None:
    with pytest.raises(StoreFailed, match="missing"):
        store.read(DIGEST)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "../../../etc/passwd",
        "/etc/passwd",
        DIGEST.upper(),
        DIGEST[:-1],
        DIGEST + "\n",
        DIGEST + "/../x",
        f"../{DIGEST}",
        DIGEST[:-1] + "\0",
        DIGEST[:-1] + "٣",
    ],
)
def test_no_address_leads_elsewhere(store: FileStore, address: str) -> None:
    store.put([CONTENT])
    with pytest.raises(StoreFailed, match="not the address"):
        store.read(address)


def test_a_link_is_not_followed(store: FileStore, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    place(folder).parent.mkdir(parents=True)
    place(folder).symlink_to(secret)
    with pytest.raises(StoreFailed, match="cannot be read"):
        store.read(DIGEST)


# --- what a killed upload leaves ----------------------------------------------------------------------------


def test_what_a_killed_upload_left_is_cleared(store: FileStore, folder: Path) -> None:
    store.put([CONTENT])
    now = datetime.now(UTC)
    old, young = folder / "unfinished" / "old", folder / "unfinished" / "young"
    for path, age in ((old, timedelta(hours=25)), (young, timedelta(hours=1))):
        path.write_bytes(CONTENT[:100])
        os.utime(path, ((now - age).timestamp(),) * 2)
    assert store.clear_unfinished(before=now - timedelta(days=1)) == 1
    assert files(folder) == sorted([place(folder), young])
    assert store.read(DIGEST) == CONTENT


# --- settings -----------------------------------------------------------------------------------------------


def test_the_folder_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATA_FOLDER", str(tmp_path / "data"))
    open_store(Settings()).put([CONTENT])
    assert place(tmp_path / "data" / "evidence").exists()
    monkeypatch.setenv("REGISTRY_EVIDENCE_FOLDER", str(tmp_path / "elsewhere"))
    open_store(Settings()).put([CONTENT])
    assert place(tmp_path / "elsewhere").exists()


def test_the_folder_is_not_where_the_web_serves_from(tmp_path: Path) -> None:
    static = Path(__file__).parents[4] / "web" / "static"
    assert static.is_dir()
    with pytest.raises(StoreFailed, match="the web serves"):
        FileStore(static / "evidence")
    (tmp_path / "link").symlink_to(static)
    with pytest.raises(StoreFailed, match="the web serves"):
        FileStore(tmp_path / "link" / "evidence")
    assert not (static / "evidence").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="cannot be used"):
        FileStore(tmp_path / "file" / "evidence")
