"""The secret key as an encrypted credential: with the real `systemd-creds` where it works, and as others meet it."""

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from kaufland_cli.errors import SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import (
    SecretKey,
    SecretKind,
    WritableSecretSource,
    open_secret_source,
    systemd_credentials,
    systemd_source,
)
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials, find_systemd_credentials
from kaufland_cli.secrets.systemd_source import SystemdSource
from support.fake_systemd_creds import fake_systemd_creds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")

SECRET = SecretKey("0f1e2d3c4b5a6978" * 4)


def why_not_real() -> str:
    """Return why the real program cannot be used here; an empty text where it can."""
    found = systemd_credentials(os.environ)
    if found.why_not:
        return found.why_not
    try:
        SystemdSource(Path("/nowhere"), given=None, find=lambda: found).probe()
    except SecretSourceFailed as error:
        return error.message
    return ""


WHY_NOT = why_not_real() if sys.platform == "linux" else "systemd is Linux's"
needs_real_one = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it works here")


def open_store(folder: Path, kind: SecretKind = SecretKind.SELLER, **environ: str) -> WritableSecretSource:
    """Open the store as the program does."""
    environ = {"PATH": os.environ["PATH"], **environ}
    return open_secret_source(
        "systemd", account="", environ=environ, file=folder / "secret_key", command=(), kind=kind
    ).for_writing()


def with_program(
    path: Path, program: Path, *, version: int = 258, is_root: bool = False, given: Path | None = None
) -> SystemdSource:
    """Open a store whose `systemd-creds` is this program."""
    return SystemdSource(path, given=given, find=lambda: SystemdCredentials(str(program), version, True, is_root))


@needs_real_one
def test_saved_secret_is_encrypted_and_comes_back(tmp_path: Path) -> None:
    """The file is private and holds nothing readable; it is found again, replaced and deleted."""
    store = open_store(tmp_path)
    with pytest.raises(SecretMissing, match=r"secret_key\.cred: there is no such file") as caught:
        store.fetch()
    assert str(caught.value.hint) == "kaufland secret set"
    store.save(SecretKey("earlier"))
    store.save(SECRET)
    (path,) = tmp_path.iterdir()
    assert path.name == "secret_key.cred"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET.reveal().encode() not in path.read_bytes()
    assert open_store(tmp_path).fetch() == SECRET
    assert store.delete() is True
    assert store.delete() is False
    assert list(tmp_path.iterdir()) == []


@needs_real_one
def test_probe_leaves_nothing(tmp_path: Path) -> None:
    """Trying the place writes no file, not even next to the credential."""
    open_store(tmp_path).probe()
    assert list(tmp_path.iterdir()) == []


@needs_real_one
def test_credential_is_not_taken_for_another(tmp_path: Path) -> None:
    """Each secret has its own file and its own name inside; a file that was renamed is refused."""
    seller, mail = open_store(tmp_path), open_store(tmp_path, SecretKind.MAIL)
    seller.save(SECRET)
    mail.save(SecretKey("post office"[:4], kind=SecretKind.MAIL))
    assert {path.name for path in tmp_path.iterdir()} == {"secret_key.cred", "secret_key.mail.cred"}
    assert seller.fetch() == SECRET
    (tmp_path / "secret_key.cred").replace(tmp_path / "secret_key.mail.cred")
    with pytest.raises(SecretSourceFailed, match="opens only what was encrypted on this machine under this name") as no:
        mail.fetch()
    assert "kaufland secret set --mail" in str(no.value.hint)


@needs_real_one
def test_damaged_file_is_an_error(tmp_path: Path) -> None:
    """What cannot be decrypted is never taken for a key."""
    store = open_store(tmp_path)
    store.save(SECRET)
    path = tmp_path / "secret_key.cred"
    whole = path.read_bytes()
    for content in (whole[:-9], b"", b"plain words", bytes(20_000)):
        path.write_bytes(content)
        with pytest.raises(SecretSourceFailed):
            store.fetch()


def test_unit_reads_what_it_was_given(tmp_path: Path) -> None:
    """In a unit the credential in its folder counts, without any program and without the encrypted file."""
    given = tmp_path / "given"
    given.mkdir()
    (given / "kaufland-secret-key").write_text(SECRET.reveal(), encoding="utf-8")
    (given / "kaufland-secret-key").chmod(0o400)
    store = open_store(tmp_path, CREDENTIALS_DIRECTORY=str(given), PATH=str(tmp_path))
    assert store.fetch() == SECRET
    assert store.place == "the credential kaufland-secret-key that systemd passes to this unit"
    (given / "kaufland-mail-secret").write_text("two words", encoding="utf-8")
    with pytest.raises(SecretSourceFailed, match="kaufland-mail-secret") as caught:
        open_store(tmp_path, SecretKind.MAIL, CREDENTIALS_DIRECTORY=str(given)).fetch()
    assert "two" not in caught.value.message


def test_systemd_unit_without_the_credential_says_so(tmp_path: Path) -> None:
    """A user's unit of an older systemd can neither be given it nor open it, and hears the reason and the way out."""
    (tmp_path / "secret_key.cred").write_text("whatever", encoding="utf-8")
    program, _ = fake_systemd_creds(tmp_path / "bin")
    store = with_program(tmp_path / "secret_key.cred", program, version=255, given=tmp_path / "empty")
    with pytest.raises(SecretSourceFailed) as caught:
        store.fetch()
    assert "systemd 255 lets only root encrypt and decrypt; other users from 256 on" in caught.value.message
    assert "it was not passed to this unit" in caught.value.message
    for way_out in (
        'sudo env HOME=$HOME "$(command -v kaufland)"',
        "schedule install --with systemd --system",
        "setup --secret-store file",
    ):
        assert way_out in str(caught.value.hint)


def test_secret_is_handed_over_on_standard_input_only(tmp_path: Path) -> None:
    """No word of a call and no variable holds the secret; others than root ask for a credential of their own."""
    program, calls = fake_systemd_creds(tmp_path / "bin")
    store = with_program(tmp_path / "kept" / "secret_key.cred", program)
    store.save(SECRET)
    assert store.fetch() == SECRET
    said = calls.read_text(encoding="utf-8")
    assert said.splitlines() == [
        "encrypt --user --name=kaufland-secret-key - -",
        *["decrypt --user --name=kaufland-secret-key - -"] * 2,
    ]
    assert SECRET.reveal() not in calls.with_name("calls.environment").read_text(encoding="utf-8")
    as_root = with_program(tmp_path / "root.cred", program, is_root=True)
    as_root.save(SECRET)
    assert "encrypt --tpm2-pcrs= --name=kaufland-secret-key - -" in calls.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("misdeed", "sentence"),
    [
        ("exit 1", "systemd-creds encrypt failed with exit code 1"),
        ("cat > /dev/null; exit 0", "systemd-creds encrypt printed nothing"),
        ("kill -9 $$", "was ended by signal 9"),
        ("sleep 60", "did not end within 0.5 seconds"),
        ('[ "$1" = decrypt ] && exit 4', "systemd-creds decrypt failed with exit code 4"),
        ('[ "$1" = decrypt ] && { echo other; exit 0; }', "systemd-creds did not decrypt what it encrypted"),
    ],
)
def test_unencrypted_secret_is_not_kept(
    misdeed: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the program fails, the error says so within its time limit, and the earlier credential stays."""
    if "sleep" in misdeed:
        monkeypatch.setattr(systemd_source, "TIME_LIMIT", 0.5)
    path = tmp_path / "secret_key.cred"
    path.write_text("earlier", encoding="utf-8")
    program, _ = fake_systemd_creds(tmp_path / "bin", misdeed=misdeed)
    store = with_program(path, program)
    for attempt in (store.probe, lambda: store.save(SECRET)):
        started = time.monotonic()
        with pytest.raises(SecretSourceFailed) as caught:
            attempt()
        assert sentence in caught.value.message
        assert "kaufland" in str(caught.value.hint)
        assert time.monotonic() - started < 20
    assert path.read_text(encoding="utf-8") == "earlier"


def test_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Where the file finds no place, saving and deleting say so."""
    program, _ = fake_systemd_creds(tmp_path / "bin")
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = with_program(tmp_path / "file" / "secret_key.cred", program)
    for refused in (lambda: store.save(SECRET), store.delete, store.fetch):
        with pytest.raises(SecretSourceFailed, match="cannot be"):
            refused()


@pytest.mark.parametrize(
    ("found", "why_not", "needs_root", "schedules"),
    [
        (SystemdCredentials("", 0, True, True), "not installed", False, False),
        (SystemdCredentials("x", 0, True, True), "unknown version", False, False),
        (SystemdCredentials("x", 249, True, True), "249 is too old", False, False),
        (SystemdCredentials("x", 250, True, True), "", False, True),
        (SystemdCredentials("x", 252, False, True), "", False, False),
        (SystemdCredentials("x", 255, True, False), "only root", True, False),
        (SystemdCredentials("x", 256, True, False), "", False, True),
        (SystemdCredentials("x", 257, True, False), "", False, True),
        (SystemdCredentials("x", 258, True, False), "", False, True),
        (SystemdCredentials("x", 258, False, False), "does not run this machine", True, False),
        (SystemdCredentials("x", 258, True, True), "", False, True),
    ],
)
def test_credentials_by_user_and_systemd_version(
    found: SystemdCredentials, why_not: str, needs_root: bool, schedules: bool
) -> None:
    """Root can from version 250 on, other users from 256 on, schedules only where systemd runs the machine."""
    assert why_not in found.why_not
    assert bool(found.why_not) is bool(why_not)
    assert found.for_this_user is not bool(found.why_not)
    assert (found.needs_root, found.for_schedules) == (needs_root, schedules)


def test_program_is_asked_for_its_version(tmp_path: Path) -> None:
    """The version is what the program says first, which is found also where PATH is empty; nonsense is version 0."""
    program, _ = fake_systemd_creds(tmp_path / "bin", version=257)
    found = find_systemd_credentials({"PATH": str(program.parent)}, is_root=False)
    assert (found.program, found.version, found.is_root) == (str(program), 257, False)
    program.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    assert find_systemd_credentials({"PATH": str(program.parent)}, is_root=False).version == 0
    if Path("/usr/bin/systemd-creds").exists():
        assert find_systemd_credentials({}, is_root=True).version > 0
