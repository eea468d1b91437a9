"""Files: private ones are so at every moment, all are written whole, and nothing planted by others is trusted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kaufland_cli.files import (
    LockHeld,
    UnfitFile,
    clear_unfinished,
    create_private_file,
    folder_lock,
    folder_open_to_all,
    make_private_folder,
    others_may_read,
    overwrite_in_place,
    read_file,
    read_written_file,
    refuse_unfit,
    remove_written_file,
    restrict_to_owner,
    unfinished,
    write_new_private_file,
    write_private_file,
    write_public_file,
    writing,
)
from kaufland_cli.files.writing import icacls_words, sid_in
from support.hostile_files import (
    MALLORY,
    TRAPS,
    VICTIM,
    as_root,
    circle,
    device,
    folder,
    give,
    huge,
    link,
    link_to_endless,
    on_posix,
    pipe,
    plug,
    run_as,
    shared_folder,
    within,
)


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
def test_created_files_belong_to_the_owner_alone(tmp_path: Path) -> None:
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
def test_files_written_by_root_for_a_user_belong_to_that_user(tmp_path: Path) -> None:
    """New folders and files belong to the owner of the folder they come into, and one written again to its own."""
    home = tmp_path / "home"
    home.mkdir()
    give(home, 4711, 4712)
    write_private_file(home / "config" / "settings", b"x")
    create_private_file(home / "config" / "lock")
    write_new_private_file(home / "config" / "new", b"x")
    made = [home / "config", *(home / "config").iterdir()]
    assert len(made) == 4
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(4711, 4712)}
    give(home / "config" / "settings", 4713)
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
    """A file that others could read is private once it was written again."""
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


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    """A settings file that is linked from elsewhere is written where it lies."""
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(real)
    write_private_file(link, b"new", follow_link=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    """The first one stays as it is, the second fails with a reason, and nothing else is left in the folder."""
    assert write_new_private_file(tmp_path / "one", b"first")
    assert not write_new_private_file(tmp_path / "one", b"second")
    assert (tmp_path / "one").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root makes files for others")
def test_files_made_by_root_belong_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    """A setting changed by sudo does not lock out the user whose settings they are; root's own stays root's."""
    home, nobody = tmp_path / "home", 65534
    home.mkdir()
    give(home, nobody)
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
    give(own, nobody)
    write_private_file(own, b"5")
    assert own.stat().st_uid == nobody, "as it was before"


# --- what others may have planted -------------------------------------------------------------------------------------


@on_posix
@pytest.mark.parametrize("trap", TRAPS)
def test_only_a_regular_file_of_the_expected_size_is_read(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    """Links, named pipes, devices, sockets, folders and endless files are refused at once, with the reason."""
    path = tmp_path / "read"
    trap(path)
    with within(), pytest.raises(UnfitFile) as caught:
        read_file(path, 64 * 1024)
    assert caught.value.reason
    assert caught.value.filename == str(path)


@on_posix
@pytest.mark.parametrize("trap", [pipe, link_to_endless, huge, circle, folder])
def test_followed_link_leads_to_a_regular_file_or_nowhere(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    """Where links are followed, what they lead to has to be fit all the same."""
    trap(tmp_path / "trap")
    (tmp_path / "link").symlink_to(tmp_path / "trap")
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "good").symlink_to(tmp_path / "real")
    with within(), pytest.raises(UnfitFile):
        read_file(tmp_path / "link", 1000, follow_link=True)
    assert read_file(tmp_path / "good", 1000, follow_link=True) == b"x"
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "nothing", 1000)


@pytest.mark.parametrize(("size", "fits"), [(0, True), (999, True), (1000, True), (1001, False)])
def test_most_that_is_read_is_exact(tmp_path: Path, size: int, *, fits: bool) -> None:
    """A file of just the largest size is read whole; a byte more is refused, and nothing is cut off unseen."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    if fits:
        assert len(read_file(path, 1000)) == size
    else:
        with pytest.raises(UnfitFile, match="larger than"):
            read_file(path, 1000)


WRITERS: tuple[Callable[[Path], object], ...] = (
    lambda path: write_private_file(path, b"ours"),
    lambda path: write_public_file(path, b"ours"),
    lambda path: write_private_file(path, b"ours", follow_link=True),
)


@on_posix
@pytest.mark.parametrize("trap", [pipe, folder, plug, device])
@pytest.mark.parametrize("write", [*WRITERS, create_private_file, lambda path: overwrite_in_place(path, b"ours")])
def test_only_files_are_ever_replaced(
    tmp_path: Path, trap: Callable[[Path], None], write: Callable[[Path], object]
) -> None:
    """A device, named pipe, socket or folder stays what it is, whoever names it: root would replace /dev/null."""
    path = tmp_path / "there"
    trap(path)
    before = path.lstat()
    with within(), pytest.raises(UnfitFile):
        write(path)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert [one.name for one in tmp_path.iterdir()] == ["there"]


@on_posix
def test_link_is_never_written_through_unless_it_is_to_be_followed(tmp_path: Path) -> None:
    """What the link leads to stays as it is: the file takes the link's place, or nothing is done."""
    for number, write in enumerate(WRITERS[:2]):
        path = tmp_path / f"{number}" / "file"
        path.parent.mkdir()
        link(path)
        write(path)
        assert path.read_bytes() == b"ours"
        assert not path.is_symlink()
        assert path.with_name("precious").read_bytes() == b"precious"
    refusing: tuple[Callable[[Path], object], ...] = (
        create_private_file,
        lambda path: overwrite_in_place(path, b"ours"),
    )
    for number, refused in enumerate(refusing):
        path = tmp_path / f"refused-{number}" / "file"
        path.parent.mkdir()
        link(path)
        with pytest.raises(UnfitFile, match="symbolic link"):
            refused(path)
        assert path.with_name("precious").read_bytes() == b"precious"
    assert not write_new_private_file(path, b"ours"), "a link is something that is there"
    assert path.with_name("precious").read_bytes() == b"precious"


@on_posix
def test_file_with_two_names_is_not_written_in_place(tmp_path: Path) -> None:
    """Its other name may be another user's precious file."""
    (tmp_path / "precious").write_bytes(b"precious")
    os.link(tmp_path / "precious", tmp_path / "file")
    with pytest.raises(UnfitFile, match="second name"):
        overwrite_in_place(tmp_path / "file", b"ours")
    write_private_file(tmp_path / "file", b"ours")
    assert (tmp_path / "precious").read_bytes() == b"precious"


@as_root
@pytest.mark.parametrize("mode", [0o1777, 0o777])
@pytest.mark.parametrize("plant", ["file", "link", "link to root's"])
def test_planted_files_in_a_shared_folder_count_for_nothing(open_path: Path, plant: str, mode: int) -> None:
    """Neither read nor written, by its victim or by root: not the planted thing, and not what it leads to."""
    shared, precious = shared_folder(open_path / "shared", mode), open_path / "precious"
    path = shared / "file"
    precious.write_bytes(b"precious")
    give(precious, 0 if plant == "link to root's" else VICTIM, VICTIM)
    if plant == "file":
        path.write_bytes(b"planted")
    else:
        path.symlink_to(precious)
    give(path, MALLORY)
    uses: tuple[Callable[[], object], ...] = (
        lambda: read_file(path, 1000),
        lambda: read_file(path, 1000, follow_link=True),
        lambda: write_private_file(path, b"ours"),
        lambda: write_private_file(path, b"ours", follow_link=True),
        lambda: write_public_file(path, b"ours"),
        lambda: create_private_file(path),
        lambda: overwrite_in_place(path, b"ours"),
        lambda: refuse_unfit(path),
    )
    for use in uses:
        for user in (VICTIM, 0):
            assert "UnfitFile" in run_as(user, use)
    assert precious.read_bytes() == b"precious"
    assert path.is_symlink() or path.read_bytes() == b"planted"
    own = shared / "own"
    assert "None" in run_as(VICTIM, lambda: write_private_file(own, b"ours"))
    assert "ours" in run_as(VICTIM, lambda: read_file(own, 1000))


@as_root
def test_followed_link_stays_with_its_user(tmp_path: Path) -> None:
    """A user's link leads to files of that user alone; root's own links lead anywhere, and root is led nowhere."""
    home = tmp_path / "home"
    home.mkdir()
    for name, owner in (("own", VICTIM), ("other", MALLORY), ("root", 0)):
        (tmp_path / name).write_bytes(b"before")
        give(tmp_path / name, owner)
        (home / name).symlink_to(tmp_path / name)
        give(home / name, VICTIM)
    (home / "nothing").symlink_to(tmp_path / "new")
    give(home / "nothing", VICTIM)
    give(home, VICTIM)
    for name in ("other", "root", "nothing"):
        with pytest.raises(UnfitFile):
            write_private_file(home / name, b"after", follow_link=True)
    write_private_file(home / "own", b"after", follow_link=True)
    assert [(tmp_path / name).read_bytes() for name in ("own", "other", "root")] == [b"after", b"before", b"before"]
    assert (tmp_path / "own").stat().st_uid == VICTIM
    with pytest.raises(UnfitFile, match="another user's file"):
        read_file(home / "other", 1000, follow_link=True)
    (tmp_path / "root").chmod(0o600)
    with pytest.raises(UnfitFile, match="another user's file"):
        read_file(home / "root", 1000, follow_link=True)
    (tmp_path / "roots-link").symlink_to(tmp_path / "own")
    write_private_file(tmp_path / "roots-link", b"again", follow_link=True)
    assert (tmp_path / "own").read_bytes() == b"again"


@on_posix
def test_folder_that_everybody_may_write_to_is_found(tmp_path: Path) -> None:
    """Itself or one above it, unless the sticky bit keeps everybody from swapping files there."""
    deep = tmp_path / "open" / "deep"
    deep.mkdir(parents=True)
    deep.parent.chmod(0o755)
    assert folder_open_to_all(deep) is None
    deep.parent.chmod(0o777)
    assert folder_open_to_all(deep) == deep.parent
    assert folder_open_to_all(deep / "missing") == deep.parent
    deep.chmod(0o703)
    assert folder_open_to_all(deep) == deep
    deep.chmod(0o700)
    deep.parent.chmod(0o1777)
    assert folder_open_to_all(deep) is None


# --- killed while writing ---------------------------------------------------------------------------------------------


def killed_while_writing(path: Path, content: bytes = b"key") -> Path:
    """Leave what a process leaves that dies where the file is written and not yet renamed; return that."""
    code = (
        "import os, sys; from pathlib import Path; from kaufland_cli.files import write_private_file;"
        "Path.replace = lambda *_: os._exit(9);"
        f"write_private_file(Path({str(path)!r}), {content!r})"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    (left,) = unfinished(path)
    os.utime(left, (0, 0))  # where no lock tells that its writer is dead, its age does
    return left


def test_files_of_killed_processes_go_and_those_of_live_ones_stay(tmp_path: Path) -> None:
    """Halves of this very file go, as soon as nobody writes them any more; nothing else does."""
    path = tmp_path / "secret"
    aside = [killed_while_writing(tmp_path / "aside"), killed_while_writing(tmp_path / "beside")]
    two = {one.rename(tmp_path / f".secret.{one.name.split('.')[2]}.part") for one in aside}
    kept = {tmp_path / ".secret.notes", tmp_path / ".secret.notes.part", killed_while_writing(tmp_path / "other")}
    for own in (".secret.notes", ".secret.notes.part"):
        (tmp_path / own).write_bytes(b"x")
    assert set(unfinished(path)) == two

    def clear(self: Path, target: Path) -> Path:
        assert unfinished(path) == [self], "whoever writes a file clears what was left of it"
        assert clear_unfinished(path) == []
        assert self.exists(), "it is being written"
        return self.rename(target)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "replace", clear)
        write_private_file(path, b"new")
    assert set(tmp_path.iterdir()) == {path, *kept}


def test_without_locks_only_old_unfinished_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a drive without locks a writer that lives is never robbed of its file; what is old is cleared."""
    path = tmp_path / "secret"
    monkeypatch.setattr(writing, "_lock", lambda _: None)
    left = killed_while_writing(path)
    os.utime(left)
    assert clear_unfinished(path) == []
    os.utime(left, (0, 0))
    assert clear_unfinished(path) == [left]


KINDS: dict[str, Callable[[Path], object]] = {
    "private": lambda path: write_private_file(path, b"new"),
    "by a link": lambda path: write_private_file(linked(path), b"new", follow_link=True),
    "public": lambda path: write_public_file(path, b"new"),
    "new": lambda path: write_new_private_file(path, b"new"),
    "read": lambda path: read_written_file(path, 10),
    "read by a link": lambda path: read_written_file(linked(path), 10, follow_link=True),
    "removed": remove_written_file,
}


def linked(path: Path) -> Path:
    """Return a link in another folder to that file."""
    link = path.parent / "elsewhere" / "link"
    link.parent.mkdir()
    link.symlink_to(path)
    return link


@pytest.mark.parametrize("kind", [one for one in KINDS if sys.platform != "win32" or "link" not in one])
@pytest.mark.parametrize("present", [True, False])
def test_users_of_a_file_clear_what_killed_writers_left(tmp_path: Path, kind: str, present: bool) -> None:
    """Whether it is written, read or removed, whether it is there and whether its content changes."""
    path = tmp_path / "file"
    if present:
        path.write_bytes(b"new")
    killed_while_writing(path)
    with suppress(FileNotFoundError):
        KINDS[kind](path)
    assert unfinished(path) == []


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_folder_lock_lets_one_process_in_and_leaves_nothing(tmp_path: Path) -> None:
    """Processes that each add one to a number count to their number, also where the first makes the folder."""
    folder = tmp_path / "new" / "deep"
    code = (
        "from pathlib import Path; from kaufland_cli.files import folder_lock\n"
        f"folder = Path({str(folder)!r})\n"
        "with folder_lock(folder):\n"
        "    file = folder / 'number'\n"
        "    number = int(file.read_text()) if file.exists() else 0\n"
        "    file.write_text(str(number + 1))\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(8)]
    assert [process.wait(60) for process in started] == [0] * 8
    assert (folder / "number").read_text() == "8"
    assert [one.name for one in folder.iterdir()] == ["number"]


def test_folder_lock_that_is_held_too_long_is_an_error(tmp_path: Path) -> None:
    """Nobody waits for ever, and a folder that was made for nothing is gone again."""
    with folder_lock(tmp_path / "new"), pytest.raises(LockHeld), folder_lock(tmp_path / "new", seconds=0.05):
        pass
    assert not (tmp_path / "new").exists()
    with folder_lock(tmp_path / "new"):
        (tmp_path / "new" / "kept").touch()
    assert (tmp_path / "new" / "kept").exists()


def test_rights_on_windows_go_to_a_security_identifier() -> None:
    """A name may be another account's or in another code page; the number is the user's own in both."""
    number = "S-1-5-21-1004336348-1177238915-682003330-512"
    assert sid_in(f'"werkstatt\\jürgen","{number}"\r\n'.encode("cp850")) == number
    with pytest.raises(OSError, match="who the user is"):
        sid_in(b"")
    assert icacls_words(Path("secret"), number)[-2:] == ["/grant:r", f"*{number}:F"]
