"""The keyring store against a real Secret Service, and against its failures as they really happen."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.keyring_desktop import BUS_WITHOUT_SERVICES, CANARY, Desktop, needs_secret_service


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """Yield a private home; afterwards nothing that was started in it is left."""
    made = Desktop(tmp_path)
    yield made
    assert not made.end()


@needs_secret_service
def test_secret_of_one_process_is_found_by_another(desktop: Desktop) -> None:
    """A saved key is found by other processes, after the next login too, encrypted meanwhile, until it is deleted."""
    first = desktop.log_in("probe", "fetch", "save", "fetch", unlock=True)
    assert "outcome" in first[0]
    assert first[1]["error"] == "SecretMissing"
    assert first[1]["hint"] == "kaufland secret set"
    assert [told.get("outcome") for told in first[2:]] == [None, True]

    kept = b"".join(path.read_bytes() for path in (desktop.home / "data" / "keyrings").iterdir())
    assert kept
    assert CANARY.encode() not in kept

    again = desktop.log_in("fetch", "delete", "delete", "fetch", unlock=True)
    assert [told.get("outcome") for told in again] == [True, True, False, None]
    assert again[-1]["error"] == "SecretMissing"


@pytest.mark.long
@needs_secret_service
def test_probe_leaves_nothing_behind(desktop: Desktop) -> None:
    """After a probe the keyring holds no more entries than before."""
    told = desktop.log_in("probe", "entries", "save", "probe", "entries", "fetch", unlock=True)
    assert [one["outcome"] for one in told] == [None, 0, None, None, 1, True]


@needs_secret_service
def test_keyring_that_cannot_be_unlocked_is_an_error_at_once(desktop: Desktop) -> None:
    """Locked, with no window to ask on, as over ssh: the error says locked and does not wait for the time limit."""
    desktop.log_in("save", unlock=True)
    for told in desktop.log_in("fetch", "probe", "save", "delete", unlock=False):
        assert told["error"] == "SecretSourceFailed"
        assert "locked" in told["message"]
        assert "--secret-store file" in told["hint"]
        assert told["seconds"] < 4


@pytest.mark.long
@needs_secret_service
def test_keyring_that_waits_for_a_window_ends_within_its_time_limit(desktop: Desktop) -> None:
    """Locked, with a window that no one answers: the time limit holds, the error says so, the process exits at once."""
    desktop.log_in("save", unlock=True)
    desktop.nobody_answers()
    started = time.monotonic()
    told = desktop.log_in("probe", "fetch", seconds=1, unlock=False)
    for one in told:
        assert one["error"] == "SecretSourceFailed"
        assert one["message"] == "The keyring is locked and nobody unlocked it within 1 seconds."
        assert "--secret-store file" in one["hint"]
        assert 1 <= one["seconds"] < 2
    assert time.monotonic() - started < 8


@pytest.mark.long
@needs_secret_service
def test_session_without_a_keyring_says_so(desktop: Desktop) -> None:
    """A bus on which nobody offers a keyring gives an error that says that there is none."""
    configuration = desktop.home / "bus.conf"
    configuration.write_text(BUS_WITHOUT_SERVICES)
    for told in desktop.log_in("probe", "fetch", unlock=False, bus=configuration):
        assert told["message"] == "There is no keyring here."
        assert "--secret-store file" in told["hint"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux needs a session bus for its keyring")
def test_process_without_a_session_bus_fails_at_once(desktop: Desktop) -> None:
    """Under cron there is no session bus: every use says so within two seconds and names the way out."""
    for told in desktop.use("probe", "fetch", "save", "delete"):
        assert told["error"] == "SecretSourceFailed"
        assert "There is no keyring here" in told["message"]
        assert "DBUS_SESSION_BUS_ADDRESS is not set" in told["message"]
        assert "kaufland setup --secret-store file" in told["hint"]
        assert told["seconds"] < 2


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        pytest.param(
            "keyring.backends.null.Keyring",
            "switched off (the null backend, which discards what it is given)",
            marks=pytest.mark.long,
        ),
        ("keyring.backends.fail.Keyring", "There is no keyring here"),
        pytest.param(
            "keyring.backends.chainer.ChainerBackend",
            "There is no keyring here",
            marks=[
                pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it holds the system's own keyring"),
                pytest.mark.long,
            ],
        ),
        pytest.param("keyring.backends.blocked_reason.Keyring", "cannot be loaded", marks=pytest.mark.long),
        pytest.param("keyring.backends.fail.Nothing", "cannot be loaded", marks=pytest.mark.long),
        ("nonsense", "cannot be loaded"),
        ("discarding_keyring.Discarding", "discards what it is given"),
        ("keyrings.alt.file.PlaintextKeyring", "plain text"),
    ],
)
def test_backend_that_keeps_nothing_is_found_out(desktop: Desktop, backend: str, sentence: str) -> None:
    """Backends that fail, discard, keep in plain text or do not exist are refused when saving and when probing."""
    (desktop.home / "discarding_keyring.py").write_text(
        "import keyring.backend\n"
        "class Discarding(keyring.backend.KeyringBackend):\n"
        "    priority = 5\n"
        "    def set_password(self, service, username, password): pass\n"
        "    def get_password(self, service, username): return None\n"
    )
    alt = desktop.home / "keyrings" / "alt"
    alt.mkdir(parents=True)
    (alt / "file.py").write_text(
        "from discarding_keyring import Discarding\nclass PlaintextKeyring(Discarding): pass\n"
    )
    for told in desktop.use("probe", "save", PYTHON_KEYRING_BACKEND=backend, PYTHONPATH=str(desktop.home)):
        assert told["error"] == "SecretSourceFailed"
        assert sentence in told["message"]
        assert "--secret-store file" in told["hint"]
