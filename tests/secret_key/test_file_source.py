"""The secret key in a file, with real files and real modes."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.errors import SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import SecretKey, file_source
from kaufland_cli.secrets.file_source import ANOTHER_PLACE, FileSource

SECRET = SecretKey("0f1e2d3c4b5a6978" * 4)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has ACLs instead of modes")
root_only = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file to another user"
)
not_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Yield a path with a blank in a private folder."""
    folder = tmp_path / "a seller"
    folder.mkdir(mode=0o700)
    yield folder / "secret"
    folder.chmod(0o700)


def follow(hint: str) -> None:
    """Do what the hint says, the way a person pastes it into a shell (root needs no sudo)."""
    subprocess.run(["/bin/sh", "-c", hint.replace("sudo ", "")], check=True)


def give_away(path: Path) -> None:
    """Make the file another user's."""
    if sys.platform != "win32":
        os.chown(path, 12345, 12345)


def names(folder: Path) -> list[str]:
    """Return what lies in the folder."""
    return [entry.name for entry in folder.iterdir()]


def test_saved_secret_is_fetched_and_deleted(path: Path) -> None:
    """A saved key is read back whole, replaced by a later one, and gone after deletion."""
    store = FileSource(path)
    store.save(SecretKey("an-older-key"))
    store.save(SECRET)
    assert store.fetch() == SECRET
    assert names(path.parent) == ["secret"]
    assert str(path) in store.place
    assert store.delete() is True
    assert store.delete() is False
    with pytest.raises(SecretMissing) as caught:
        store.fetch()
    assert str(path) in caught.value.message
    assert str(caught.value.hint) == "kaufland secret set"


@posix_only
def test_file_and_its_folder_are_private(tmp_path: Path) -> None:
    """A new file has mode 0600 and the folders made for it 0700, whatever the umask is; an older file is tightened."""
    path = tmp_path / "new" / "deeper" / "secret"
    before = os.umask(0)
    try:
        FileSource(path).save(SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    path.chmod(0o644)
    FileSource(path).save(SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777])
def test_file_that_others_may_use_is_refused_with_the_command_that_fixes_it(path: Path, mode: int) -> None:
    """Any right of group or others is refused; the hint, run as it stands, makes the file usable."""
    FileSource(path).save(SECRET)
    path.chmod(mode)
    with pytest.raises(SecretSourceFailed, match=f"mode {mode:04o}") as caught:
        FileSource(path).fetch()
    assert str(caught.value.hint) == f"chmod 600 {shlex.quote(str(path))}"
    follow(str(caught.value.hint))
    assert FileSource(path).fetch() == SECRET


@posix_only
def test_read_only_file_of_the_owner_is_fine(path: Path) -> None:
    """Mode 0400 gives others nothing, so it is not refused."""
    FileSource(path).save(SECRET)
    path.chmod(0o400)
    assert FileSource(path).fetch() == SECRET


@root_only
@pytest.mark.parametrize(
    ("owner", "hint"),
    [("nobody", 'Run it as its owner: sudo -u nobody "$(command -v kaufland)" …'), (12345, str(ANOTHER_PLACE))],
)
def test_roots_use_of_another_users_file(path: Path, owner: str | int, hint: str) -> None:
    """Neither read, nor written, nor deleted; the hint for root is to run it as the owner, never to take the file."""
    store = FileSource(path)
    store.save(SECRET)
    shutil.chown(path, owner)
    for refused in (store.fetch, store.delete, store.probe, lambda: store.save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="belongs to another user") as caught:
            refused()
        assert str(caught.value.hint) == hint


@not_root
def test_file_that_may_not_be_read_is_an_error(path: Path) -> None:
    """A file without the right to read it says so, with the command that gives it back."""
    FileSource(path).save(SECRET)
    path.chmod(0)
    with pytest.raises(SecretSourceFailed, match="may not be read") as caught:
        FileSource(path).fetch()
    assert "chmod 600" in str(caught.value.hint)


@posix_only
def test_link_to_the_users_own_file_is_followed(path: Path) -> None:
    """A symbolic link is kept by saving; deleting takes away the key and not the link."""
    real = path.with_name("real")
    path.symlink_to(real)
    store = FileSource(path)
    store.save(SECRET)
    assert path.is_symlink()
    assert FileSource(real).fetch() == store.fetch() == SECRET
    assert store.delete() is True
    assert path.is_symlink()
    assert not real.exists()


@root_only
def test_link_to_a_file_of_another_user_is_refused(path: Path) -> None:
    """What a symbolic link points to has to be the user's own."""
    real = path.with_name("real")
    FileSource(real).save(SECRET)
    give_away(real)
    path.symlink_to(real)
    for refused in (FileSource(path).fetch, FileSource(path).delete, lambda: FileSource(path).save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="belongs to another user"):
            refused()


@posix_only
def test_folder_that_everybody_may_write_is_refused(path: Path) -> None:
    """Who may write the folder may swap the file: reading, saving and probing are refused with the command to run."""
    store = FileSource(path)
    store.save(SECRET)
    path.parent.chmod(0o777)
    for refused in (store.fetch, store.probe, lambda: store.save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="everyone may write") as caught:
            refused()
    follow(str(caught.value.hint))
    assert store.fetch() == SECRET


@posix_only
def test_shared_folder_with_the_sticky_bit_is_fine(path: Path) -> None:
    """In a folder like /tmp nobody may swap the file of another user."""
    path.parent.chmod(0o1777)
    FileSource(path).probe()
    FileSource(path).save(SECRET)
    assert FileSource(path).fetch() == SECRET


@posix_only
def test_folder_behind_a_link_is_checked_too(path: Path) -> None:
    """A link in a private folder does not hide that its target lies where everybody may write."""
    shared = path.parent / "shared"
    shared.mkdir()
    FileSource(shared / "secret").save(SECRET)
    path.symlink_to(shared / "secret")
    shared.chmod(0o777)
    with pytest.raises(SecretSourceFailed, match="everyone may write"):
        FileSource(path).fetch()


@posix_only
def test_path_that_is_no_file_is_an_error(path: Path) -> None:
    """Folders, named pipes (which would wait for a writer) and links in a circle are refused at once."""
    folder, pipe, circle = path.with_name("folder"), path.with_name("pipe"), path.with_name("circle")
    folder.mkdir()
    if sys.platform != "win32":
        os.mkfifo(pipe, 0o600)
    circle.symlink_to(circle)
    for wrong in (folder, pipe, circle, pipe / "deeper"):
        with pytest.raises(SecretSourceFailed):
            FileSource(wrong).fetch()
    for wrong in (folder, circle, pipe / "deeper"):
        with pytest.raises(SecretSourceFailed):
            FileSource(wrong).save(SECRET)
        with pytest.raises(SecretSourceFailed):
            FileSource(wrong).delete()


@pytest.mark.parametrize("content", [b"two\nlines", b"\xff\xfea\x00b\x00", b"\0" * 64, b"x y", b"k" * 100_000])
def test_file_that_holds_no_key_is_an_error_that_shows_nothing_of_it(path: Path, content: bytes) -> None:
    """Several lines, UTF-16, binary, far too much: refused, naming the file only."""
    FileSource(path).save(SECRET)
    path.write_bytes(content)
    with pytest.raises(SecretSourceFailed) as caught:
        FileSource(path).fetch()
    assert str(path) in caught.value.message


def test_empty_file_is_a_missing_key_and_a_byte_order_mark_is_none_of_it(path: Path) -> None:
    """An emptied file says that it is empty; a mark that an editor put in front is dropped."""
    FileSource(path).save(SECRET)
    path.write_bytes(b"\n")
    with pytest.raises(SecretMissing, match="it is empty"):
        FileSource(path).fetch()
    path.write_bytes(b"\xef\xbb\xbf" + SECRET.reveal().encode() + b"\r\n")
    assert FileSource(path).fetch() == SECRET


def test_probe_leaves_the_file_and_its_folder_as_they_were(path: Path) -> None:
    """Probing writes next to the file, not over it, and leaves nothing."""
    FileSource(path).probe()
    assert names(path.parent) == []
    FileSource(path).save(SECRET)
    FileSource(path).probe()
    assert names(path.parent) == ["secret"]
    assert FileSource(path).fetch() == SECRET


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a place that can never be written")
def test_place_that_cannot_be_written_is_an_error() -> None:
    """Saving, probing and deleting where nothing can be written say so."""
    store = FileSource(Path("/proc/self/secret"))
    for refused in (store.probe, lambda: store.save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="cannot be written"):
            refused()


@posix_only
def test_file_system_without_modes_does_not_keep_the_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a private file turns out to be readable by all, saving is refused and the key does not stay there."""

    def write_for_all(path: Path, content: bytes, *, follow_link: bool) -> None:  # noqa: ARG001 - the shape of it
        path.write_bytes(content)
        path.chmod(0o777)

    monkeypatch.setattr(file_source, "write_private_file", write_for_all)
    for refused in (FileSource(path).probe, lambda: FileSource(path).save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="mode 0777"):
            refused()
    assert names(path.parent) == []
