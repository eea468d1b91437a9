"""Private files: nobody but their owner can read them, at no moment, and they are written whole or not at all."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.private_files import (
    create_private_file,
    make_private_folder,
    others_may_read,
    restrict_to_owner,
    write_new_private_file,
    write_private_file,
)

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Hold each umask that a person may have."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    """Return the rights of a file or folder."""
    return path.stat().st_mode & 0o777


@on_posix
@pytest.mark.usefixtures("umask")
def test_all_that_is_created_belongs_to_the_owner_alone(tmp_path: Path) -> None:
    """Folders with all their parents are 0700 and files 0600, whatever the umask."""
    made = tmp_path / "a" / "b" / "c"
    make_private_folder(made)
    create_private_file(made / "empty")
    write_private_file(made / "written", b"x")
    create_private_file(tmp_path / "d" / "deep")
    write_private_file(tmp_path / "e" / "deep", b"x")
    assert {mode(path) for path in (made, made.parent, made.parent.parent, tmp_path / "d", tmp_path / "e")} == {0o700}
    files = [made / "empty", made / "written", tmp_path / "d" / "deep", tmp_path / "e" / "deep"]
    assert {mode(path) for path in files} == {0o600}
    assert not any(others_may_read(path) for path in files)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives files away")
def test_what_root_writes_for_somebody_belongs_to_them(tmp_path: Path) -> None:
    """New folders and files belong to the owner of the folder they come into, and one written anew to its own."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 4711, 4712)
    write_private_file(home / "config" / "settings", b"x")
    create_private_file(home / "config" / "lock")
    write_new_private_file(home / "config" / "new", b"x")
    made = [home / "config", *(home / "config").iterdir()]
    assert len(made) == 4
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(4711, 4712)}
    os.chown(home / "config" / "settings", 4713, 4713)
    write_private_file(home / "config" / "settings", b"y")
    create_private_file(home / "config" / "settings")
    assert (home / "config" / "settings").stat().st_uid == 4713
    write_private_file(tmp_path / "mine", b"x")
    assert (tmp_path / "mine").stat().st_uid == 0


@on_posix
def test_existing_things_keep_rights_and_content(tmp_path: Path) -> None:
    """What is there already is neither emptied nor changed in its rights by creating it again."""
    tmp_path.chmod(0o755)
    file = tmp_path / "file"
    file.write_bytes(b"old")
    file.chmod(0o644)
    make_private_folder(tmp_path)
    create_private_file(file)
    assert (mode(tmp_path), mode(file), file.read_bytes()) == (0o755, 0o644, b"old")


@on_posix
def test_writing_over_a_readable_file_makes_it_private(tmp_path: Path) -> None:
    """A file that others could read is private once it was written anew."""
    file = tmp_path / "file"
    file.write_bytes(b"old")
    file.chmod(0o644)
    assert others_may_read(file)
    write_private_file(file, b"new")
    assert not others_may_read(file)
    assert file.read_bytes() == b"new"


@on_posix
def test_restrict_to_owner_takes_the_rights_of_others(tmp_path: Path) -> None:
    """Afterwards only the owner can read or write the file."""
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for rights in (0o644, 0o660, 0o602):
        file.chmod(rights)
        assert others_may_read(file)
        restrict_to_owner(file)
        assert mode(file) == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails before it is on the disk, the old content stays and no temporary file remains."""
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def full(handle: int) -> None:  # noqa: ARG001 - the shape of os.fsync
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private_file(file, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_bytes() == b"old"


@on_posix
def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    """A settings file that is linked from elsewhere is written where it lies."""
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(real)
    write_private_file(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    """The first one stays as it is, the second is told so, and nothing else is left in the folder."""
    assert write_new_private_file(tmp_path / "one", b"first")
    assert not write_new_private_file(tmp_path / "one", b"second")
    assert (tmp_path / "one").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    """A setting changed by sudo does not lock out the user whose settings they are; root's own stays root's."""
    home, nobody = tmp_path / "home", 65534
    home.mkdir()
    os.chown(home, nobody, nobody)
    config, lock = home / "a" / "b" / "config.toml", home / "a" / "lock"
    write_private_file(config, b"1")
    write_private_file(config, b"2")
    create_private_file(lock)
    assert write_new_private_file(home / "report", b"3")
    made = [home / "a", config.parent, config, lock, home / "report"]
    assert {path.stat().st_uid for path in made} == {nobody}
    assert {mode(path) for path in made} == {0o700, 0o600}
    own = tmp_path / "own"
    write_private_file(own, b"4")
    assert own.stat().st_uid == 0
    os.chown(own, nobody, nobody)
    write_private_file(own, b"5")
    assert own.stat().st_uid == nobody, "as it was before"
