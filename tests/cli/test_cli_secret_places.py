"""The places for the secret key that setup offers: what works on this machine, the best first."""

import io
import os
import sys
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.app.setup import secret_places
from kaufland_cli.app.setup.secret_places import SecretPlace, best_place
from kaufland_cli.cli.context import CliContext
from kaufland_cli.errors import KauflandError, SecretSourceFailed
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials
from support.machine import Machine

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux may lack a keyring, or have systemd")


def places_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, found: SystemdCredentials, told: KauflandError | None = None
) -> list[SecretPlace]:
    """Return the places if systemd's credentials are like this and a job gets this error from the keyring."""
    monkeypatch.setattr(secret_places, "systemd_credentials", lambda _: found)
    monkeypatch.setattr(secret_places, "keyring_in_bare_environment", lambda *_: told)
    context = CliContext(
        environ=machine.environ,
        streams=Streams(io.StringIO(), io.StringIO(), io.StringIO()),
        clock=machine.clock,
        process=Process(os.getpid(), lambda: 0.5),
    )
    return secret_places.secret_places(context, context.options.load_settings(context.environ))


NOT_INSTALLED = SystemdCredentials("", 0, False, True)


class Memory(KeyringBackend):
    """Keeps what it is given; the library never chooses it by itself, since it has no priority."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it so
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Delete an entry."""
        del self.entries[service, username]


@linux_only
def test_best_place_is_one_that_jobs_can_rely_on(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that jobs reach comes first, then what systemd encrypts for root, then a private file."""
    kept = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", kept)
    root, user = SystemdCredentials("x", 252, True, True), SystemdCredentials("x", 258, True, False)
    container = SystemdCredentials("x", 252, False, True)
    closed = SecretSourceFailed("The keyring is locked.")
    for found, told, best in (
        (root, None, "keyring"),
        (root, closed, "systemd"),
        (user, closed, "file"),
        (container, closed, "file"),
        (NOT_INSTALLED, closed, "file"),
    ):
        places = places_on(machine, monkeypatch, found, told)
        assert [place.name for place in places] == ["keyring", "systemd", "file", "command", "env"]
        assert best_place(places) == best
    assert places[0].words == "the keyring of this system; works here, but not for jobs. The keyring is locked."
    assert "systemd-creds is not installed" in places[1].words
    assert kept.entries == {}
    assert machine.files() == []


@linux_only
def test_server_without_a_keyring_is_offered_a_file(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a session bus the keyring says why, and is not what Enter takes; nothing is written by looking."""
    none = keyring.backends.fail.Keyring()  # type: ignore[no-untyped-call]  # the library leaves it so
    monkeypatch.setattr(keyring.core, "_keyring_backend", none)
    places = places_on(machine, monkeypatch, NOT_INSTALLED)
    assert places[0].words.startswith("the keyring of this system. There is no keyring here: this process has no")
    assert best_place(places) == "file"
    assert machine.files() == []
    assert not Path(machine.config.parent).exists()
