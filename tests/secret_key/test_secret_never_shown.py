"""No error that leaves the package has a byte of the secret key: not in its text, not in its traceback's variables."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

import kaufland_cli
from kaufland_cli.errors import KauflandError
from kaufland_cli.secrets import (
    SOURCE_NAMES,
    SecretKey,
    SecretKind,
    SecretSource,
    fetch_secret_key,
    file_source,
    open_secret_source,
    systemd_source,
)
from kaufland_cli.secrets.command_source import CommandSource
from kaufland_cli.secrets.file_source import FileSource
from kaufland_cli.secrets.keyring_source import KeyringSource
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials
from kaufland_cli.secrets.systemd_source import SystemdSource
from support.fake_systemd_creds import fake_systemd_creds

CANARY = "canary5e" * 8
UNFIT = f"{CANARY} {CANARY}"
SECRET = SecretKey(CANARY)
OUR_CODE = str(Path(kaufland_cli.__file__).parent)


def shown(error: BaseException) -> str:
    """Return all that a crash report could show: texts, arguments, tracebacks with every variable, causes as well.

    The frames of the test itself, which has to know the canary, are left out.
    """
    parts = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        parts += [repr(one), str(one), repr(vars(one)), repr(one.args)]
        frames = one.__traceback__
        while frames is not None and not frames.tb_frame.f_code.co_filename.startswith(OUR_CODE):
            frames = frames.tb_next
        formatted = traceback.TracebackException(type(one), one, frames, capture_locals=True)
        parts += formatted.format(chain=False)
        waiting += [one.__cause__, one.__context__]
    return "\n".join(parts)


class Careless(KeyringBackend):
    """A keyring that puts the password in its exceptions, its variables and its representation."""

    def __init__(self, kind: type[Exception]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it so
        self.kind = kind

    def __repr__(self) -> str:
        return f"Careless({UNFIT})"

    def get_password(self, service: str, username: str) -> str | None:
        """Give what is no key, or fail."""
        password = UNFIT
        if self.kind is ValueError:
            return password
        raise self.kind(service, username, password)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Discard it, or fail."""
        if self.kind is not ValueError:
            raise self.kind(service, username, password)


@pytest.fixture
def unfit_file(tmp_path: Path) -> Path:
    """Give a file that holds what is no key but contains the canary."""
    path = tmp_path / "secret"
    FileSource(path).save(SECRET)
    path.write_text(UNFIT)
    return path


def keyring_failures() -> Iterator[Callable[[], object]]:
    """Yield uses of careless keyrings."""
    for kind in (ValueError, OSError, RuntimeError, keyring.errors.PasswordSetError, keyring.errors.NoKeyringError):

        def prepared(use: Callable[[KeyringSource], object], kind: type[Exception] = kind) -> Callable[[], object]:
            def run() -> object:
                keyring.set_keyring(Careless(kind))
                return use(KeyringSource("client-key", time_limit=5))

            return run

        yield prepared(lambda store: store.fetch())
        yield prepared(lambda store: store.save(SECRET))
        yield prepared(lambda store: store.probe())
        if kind is not ValueError:
            yield prepared(lambda store: store.delete())


def command_failures() -> Iterator[Callable[[], object]]:
    """Yield commands that fail with the canary in their arguments and in their output."""
    for code in (
        f"print('{UNFIT}')",
        f"print('{CANARY}'); raise SystemExit(1)",
        f"import sys; sys.exit('{CANARY}')",
        f"while True: print('{CANARY}')",
        f"print('{CANARY}', flush=True); import time; time.sleep(60)",
        f"'{CANARY}'",
    ):
        yield CommandSource([sys.executable, "-c", code], time_limit=0.5, environ=os.environ).fetch
    yield CommandSource(["/nowhere/at/all", CANARY], environ=os.environ).fetch
    yield CommandSource([os.curdir, CANARY], environ=os.environ).fetch
    yield CommandSource(["a\0b", CANARY], environ=os.environ).fetch
    yield CommandSource(["x", CANARY], SecretKind.PARTNER, environ=os.environ).fetch
    yield CommandSource(["x", CANARY], environ=os.environ).for_writing


def file_failures(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """Yield files that hold the canary and cannot be used, and places where it cannot be written."""

    def write_badly(target: Path, content: bytes, *, follow_link: bool) -> None:  # noqa: ARG001
        raise OSError(28, "No space left on device", str(target), None, content.decode())

    def write_for_all(target: Path, content: bytes, *, follow_link: bool) -> None:  # noqa: ARG001
        target.write_bytes(content)
        target.chmod(0o666)

    def with_writer(writer: Callable[..., None]) -> Callable[[], object]:
        def run() -> None:
            monkeypatch.setattr(file_source, "write_private_file", writer)
            FileSource(path.with_name("other")).save(SECRET)

        return run

    yield FileSource(path).fetch
    yield lambda: FileSource(path / "deeper").save(SECRET)
    yield with_writer(write_badly)
    if sys.platform != "win32":
        yield with_writer(write_for_all)
        readable = path.with_name("readable")
        readable.write_text(CANARY)
        readable.chmod(0o644)
        yield FileSource(readable).fetch


def _same(found: SystemdCredentials) -> SystemdCredentials:
    return found


def systemd_failures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """Yield credentials that cannot be encrypted, written or opened, with programs that say what they were given."""
    monkeypatch.setattr(systemd_source, "TIME_LIMIT", 0.5)
    if sys.platform == "win32":
        return
    misdeeds = {
        "tells": "tee /dev/stderr; exit 1",
        "hangs": f"echo {CANARY}; sleep 60",
        "forgets": '[ "$1" = decrypt ] && { echo other; exit 0; }',
        "garbles": '[ "$1" = decrypt ] && { tr N-ZA-Mn-za-m5-90-4 A-Za-z0-9; echo more words; exit 0; }',
        "works": ":",
    }
    for name, misdeed in misdeeds.items():
        program, _ = fake_systemd_creds(folder / name, misdeed=misdeed)
        found = SystemdCredentials(str(program), 258, True, False)
        path = program if name == "works" else folder / "kept"
        store = SystemdSource(path / "secret.cred", given=None, find=partial(_same, found))
        yield partial(store.save, SECRET)
    given = folder / "given"
    given.mkdir()
    (given / "kaufland-secret-key").write_text(UNFIT, encoding="utf-8")
    yield SystemdSource(folder / "kept", given=given, find=lambda: found).fetch
    old = SystemdCredentials("x", 252, True, False)
    yield lambda: SystemdSource(folder / "kept", given=None, find=lambda: old).save(SECRET)


def environment_failures() -> Iterator[Callable[[], object]]:
    """Yield environments that hold the canary while something is wrong."""
    environ = {"KAUFLAND_SECRET_KEY": UNFIT, "KAUFLAND_PARTNER_SECRET_KEY": CANARY}

    def opened(name: str, kind: SecretKind = SecretKind.SELLER) -> SecretSource:
        return open_secret_source(name, account="", environ=environ, file=Path("x"), command=(), kind=kind)

    yield opened("env").fetch
    yield opened("env").for_writing
    yield lambda: opened("nothing like it")
    yield lambda: fetch_secret_key(opened("keyring"), environ)
    yield lambda: fetch_secret_key(
        opened("command", SecretKind.PARTNER), {"KAUFLAND_SECRET_KEY": CANARY}, SecretKind.PARTNER
    )
    yield lambda: fetch_secret_key(
        opened("keyring", SecretKind.PARTNER), {"KAUFLAND_SECRET_KEY": CANARY}, SecretKind.PARTNER
    )


def test_no_error_carries_the_secret(unfit_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each store and each failure: the error, its causes and all variables in its traceback are clean."""
    failures: list[Callable[[], object]] = [
        *keyring_failures(),
        *command_failures(),
        *environment_failures(),
        *file_failures(unfit_file, monkeypatch),
        *systemd_failures(unfit_file.with_name("systemd"), monkeypatch),
        lambda: SecretKey(UNFIT),
        lambda: SecretKey(f"{CANARY}ä"),
    ]
    assert len(failures) > 40
    for number, fail in enumerate(failures):
        with pytest.raises(KauflandError) as caught:
            fail()
        text = shown(caught.value)
        assert f"{OUR_CODE}{os.sep}secrets" in text, f"failure {number} did not pass through the package"
        assert CANARY not in text, f"failure {number}:\n{text}"


def test_stores_and_findings_do_not_show_what_they_hold(tmp_path: Path) -> None:
    """The representation of a store and of a finding names no secret, nor the arguments of the command."""
    environ = {"KAUFLAND_SECRET_KEY": CANARY}
    for name in SOURCE_NAMES:
        store = open_secret_source(
            name, account="c", environ=environ, file=tmp_path / "secret", command=["echo", CANARY]
        )
        assert CANARY not in f"{store!r} {store} {store.place}"
    assert CANARY not in repr(fetch_secret_key(store, environ))
