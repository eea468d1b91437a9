"""What comes of each way in which a keyring can fail, with backends made for it."""

import importlib
import inspect
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import SecretKey, SecretKind
from kaufland_cli.secrets.keyring_source import KeyringSource

CLIENT_KEY = "0123456789abcdef0123456789abcdef"
SECRET = SecretKey("0f1e2d3c4b5a6978" * 4)


class Memory(KeyringBackend):
    """Keeps what it is given for as long as the test runs."""

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


class Failing(Memory):
    """Raises an exception that carries the password, as careless backends do."""

    def __init__(self, failure: Callable[[str], Exception]) -> None:
        super().__init__()
        self.failure = failure

    def get_password(self, service: str, username: str) -> str | None:
        """Fail."""
        raise self.failure(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Fail with the password in the exception."""
        raise self.failure(f"{service} {username} {password}")


@pytest.fixture
def memory() -> Memory:
    """Make a keyring that works the present one."""
    backend = Memory()
    keyring.set_keyring(backend)
    return backend


def exceptions_of(*modules: str) -> list[type[Exception]]:
    """Return every exception class of these modules that can be made from one text; missing modules have none."""
    found: list[type[Exception]] = []
    for name in modules:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Exception) and kind not in found:
                found.append(kind)
    return found


def uses(store: KeyringSource) -> list[Callable[[], object]]:
    """Return everything that can be done with a store."""
    return [store.probe, store.fetch, lambda: store.save(SECRET), store.delete]


def test_entry_belongs_to_the_client_key(memory: Memory) -> None:
    """Service and user name are the documented ones; another client key has another entry."""
    store = KeyringSource(CLIENT_KEY)
    store.save(SECRET)
    assert memory.entries == {("kaufland-cli", CLIENT_KEY): SECRET.reveal()}
    assert store.fetch() == SECRET
    with pytest.raises(SecretMissing):
        KeyringSource("another").fetch()
    assert KeyringSource("another").delete() is False
    assert store.delete() is True
    assert memory.entries == {}


def test_secret_of_business_central_has_its_own_entry(memory: Memory) -> None:
    """Also under the same name as the client key, neither secret takes the other's place."""
    seller, central = KeyringSource(CLIENT_KEY), KeyringSource(CLIENT_KEY, SecretKind.BUSINESS_CENTRAL)
    seller.save(SECRET)
    central.save(SecretKey("other~secret"))
    assert memory.entries["kaufland-cli-business-central", CLIENT_KEY] == "other~secret"
    assert seller.fetch() == SECRET
    assert central.delete() is True
    assert seller.fetch() == SECRET
    with pytest.raises(SecretMissing, match="belongs to the client id or user name of Business Central"):
        KeyringSource("", SecretKind.BUSINESS_CENTRAL).fetch()


def test_without_a_client_key_there_is_no_entry(memory: Memory) -> None:
    """No client key is said as such, before the keyring is asked; a probe needs none."""
    store = KeyringSource("")
    for refused in (store.fetch, lambda: store.save(SECRET), store.delete):
        with pytest.raises(SecretMissing, match="no client key is set") as caught:
            refused()
        assert str(caught.value.hint) == "kaufland setup"
    store.probe()
    assert memory.entries == {}


def test_probe_uses_random_names_and_values_and_cleans_up() -> None:
    """Two probes share neither name nor value, and nothing is left, even when reading back fails."""
    seen: list[tuple[str, str, str]] = []

    class Watching(Memory):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password)
            seen.append((service, username, password))

    class Unreadable(Watching):
        def get_password(self, service: str, username: str) -> str | None:
            raise OSError(service, username)

    for backend in (Watching(), Watching(), Unreadable()):
        keyring.set_keyring(backend)
        try:
            KeyringSource(CLIENT_KEY).probe()
        except SecretSourceFailed:
            assert isinstance(backend, Unreadable)
        assert backend.entries == {}
    assert {service for service, _, _ in seen} == {"kaufland-cli"}
    assert len({name for _, name, _ in seen}) == len({value for _, _, value in seen}) == 3


def test_keyring_that_keeps_something_else_is_found_out() -> None:
    """What is read back is compared, not only looked for."""

    class Shortening(Memory):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password[:-1])

    keyring.set_keyring(Shortening())
    for use in (KeyringSource(CLIENT_KEY).probe, lambda: KeyringSource(CLIENT_KEY).save(SECRET)):
        with pytest.raises(SecretSourceFailed, match="discards what it is given"):
            use()


def test_entry_that_cannot_be_a_key_is_an_error(memory: Memory) -> None:
    """What another program wrote under the same name is refused without being shown."""
    memory.entries["kaufland-cli", CLIENT_KEY] = "hidden words"
    with pytest.raises(SecretSourceFailed, match="keyring of this system") as caught:
        KeyringSource(CLIENT_KEY).fetch()
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize(
    "kind",
    [
        *exceptions_of("keyring.errors", "secretstorage.exceptions", "jeepney.auth"),
        *(RuntimeError, OSError, ConnectionResetError, TimeoutError, KeyError, TypeError, AssertionError, EOFError),
    ],
)
def test_every_exception_becomes_an_error_with_a_way_out(kind: type[Exception]) -> None:
    """Whatever a keyring raises, the seller learns what happened and what to choose instead, not its own text."""

    def failure(text: str) -> Exception:
        made = kind.__new__(kind)
        made.args = (text,)
        return made

    keyring.set_keyring(Failing(failure))
    for use in uses(KeyringSource(CLIENT_KEY)):
        with pytest.raises(SecretSourceFailed) as caught:
            use()
        assert any(word in caught.value.message for word in ("no keyring here", "locked", "refused"))
        assert "kaufland setup --secret-store file" in str(caught.value.hint)
        for hidden in (SECRET.reveal(), CLIENT_KEY):
            assert hidden not in caught.value.message + str(caught.value.hint)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (keyring.errors.NoKeyringError, "There is no keyring here"),
        (keyring.errors.KeyringLocked, "is locked"),
        (keyring.errors.InitError, "is locked, or was never set up"),
        (keyring.errors.PasswordSetError, r"refused \(PasswordSetError\)"),
        (RuntimeError, r"refused \(RuntimeError\)"),
    ],
)
def test_sentence_fits_the_cause(failure: type[Exception], sentence: str) -> None:
    """None there, locked and refusing are distinguished."""
    keyring.set_keyring(Failing(failure))
    with pytest.raises(SecretSourceFailed, match=sentence):
        KeyringSource(CLIENT_KEY).save(SECRET)


def test_session_bus_that_went_away_is_no_keyring() -> None:
    """The cause below the library's own exception decides between locked and not there."""
    gone = type("SecretServiceNotAvailableException", (Exception,), {})

    class Gone(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            raise keyring.errors.InitError(service) from gone(username)

    keyring.set_keyring(Gone())
    with pytest.raises(SecretSourceFailed, match="There is no keyring here"):
        KeyringSource(CLIENT_KEY).fetch()


def test_chain_of_keyrings_is_judged_by_its_first() -> None:
    """Behind the library's chainer the first backend counts: none, one in plain text, or one that works."""
    from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415

    class Plain(Memory):
        pass

    Plain.__module__ = "keyrings.alt.file"
    for chained, sentence in (([], "no keyring here"), ([Plain(), Memory()], "plain text"), ([Memory(), Plain()], "")):
        kind = type("Chain", (ChainerBackend,), {"backends": chained, "__module__": "keyring.backends.chainer"})
        keyring.set_keyring(kind())
        with pytest.raises(SecretSourceFailed, match=sentence) if sentence else nullcontext():
            KeyringSource(CLIENT_KEY).save(SECRET)


def test_every_use_ends_within_the_time_limit() -> None:
    """A keyring that never answers costs the time limit and no more, each time, and leaves only daemon threads."""
    release = threading.Event()

    class Hanging(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            release.wait()
            return super().get_password(service, username)

        def set_password(self, service: str, username: str, password: str) -> None:
            release.wait()
            super().set_password(service, username, password)

    backend = Hanging()
    keyring.set_keyring(backend)
    before = set(threading.enumerate())
    try:
        for use in uses(KeyringSource(CLIENT_KEY, time_limit=0.05)):
            started = time.monotonic()
            with pytest.raises(SecretSourceFailed, match=r"nobody unlocked it within 0\.05 seconds"):
                use()
            assert time.monotonic() - started < 1
        left = set(threading.enumerate()) - before
        assert left
        assert all(thread.daemon for thread in left)
    finally:
        release.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
    assert not [name for _, name in backend.entries if name.startswith("probe-")]


def test_errors_of_this_program_keep_their_class(memory: Memory) -> None:
    """An error raised while the keyring is used is not worded again."""
    assert memory.entries == {}
    with pytest.raises(SecretMissing) as caught:
        KeyringSource(CLIENT_KEY).fetch()
    assert isinstance(caught.value, KauflandError)
    assert str(caught.value.hint) == "kaufland secret set"


def test_library_errors_stay_silent(memory: Memory, capfd: pytest.CaptureFixture[str]) -> None:
    """What the library logs about broken plug-ins does not reach standard error by itself."""
    KeyringSource(CLIENT_KEY).probe()
    logger = logging.getLogger("keyring")
    assert logger.handlers
    assert memory.entries == {}
    assert capfd.readouterr() == ("", "")


def test_without_a_session_bus_the_error_says_so() -> None:
    """A process that finds no session bus says why, in the words of whatever looked for it."""
    keyring.set_keyring(Failing(keyring.errors.NoKeyringError))
    with pytest.raises(SecretSourceFailed, match=r"no session bus \(nothing answers\)\."):
        KeyringSource(CLIENT_KEY, reach_bus=lambda: "nothing answers").fetch()
    assert "keyring" in sys.modules
