"""No connection: a server that is not there, a name that is none, a certificate that cannot be trusted, a proxy."""

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kaufland_cli.errors import (
    ConnectionFailed,
    KauflandError,
    NameNotResolved,
    ProxyFailed,
    SettingsError,
    TimedOut,
    TlsFailed,
)
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock, RealClock
from support.seller_api import open_client, raw_server, whole_answer
from support.tls import Certificate, make_certificate

TWICE = 2


def error_at(url: str, **options: object) -> tuple[KauflandError, int]:
    """Return what a request to there ends in, and how often it was tried."""
    with (
        open_client(url, HeldClock(), budget=RetryBudget(attempts=TWICE), **options) as client,
        pytest.raises(KauflandError) as raised,
    ):
        client.get("/status/ping")
    return raised.value, client.requests


def test_refused_connection() -> None:
    """Nobody listens: said with the system's own words, and tried again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error, attempts = error_at(f"http://127.0.0.1:{port}/v2")
    assert (type(error), attempts) == (ConnectionFailed, TWICE)
    assert "refused" in error.message


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 64}.example", "a..example"])
def test_unknown_host(host: str) -> None:
    """A name that is not known, or that cannot be one, is named."""
    error, attempts = error_at(f"https://{host}/v2")
    assert (type(error), attempts) == (NameNotResolved, TWICE)
    assert host in error.message


def test_connection_that_is_closed_without_an_answer() -> None:
    """A server that hangs up is one that cannot be read, and it is asked again."""
    with raw_server(lambda _connection, _head: None) as server:
        error, attempts = error_at(server.url)
    assert (attempts, len(server.heads)) == (TWICE, TWICE)
    assert error.exit_code == 5


@pytest.mark.parametrize("url", ["https://shop.example:port/v2", "https://" + "a" * 70_000])
def test_url_that_is_none_is_a_fault_of_the_settings(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(SettingsError):
        open_client(url, HeldClock())


@pytest.mark.parametrize("url", ["ftp://shop.example/v2", "shop.example/v2"])
def test_url_of_another_kind_is_a_fault_of_the_settings(url: str) -> None:
    """Nothing is tried again."""
    error, attempts = error_at(url)
    assert (type(error), attempts) == (SettingsError, 1)


def test_id_too_long_for_a_url_is_refused() -> None:
    """What a person may paste does not end in a traceback."""
    with open_client("http://127.0.0.1:9/v2", HeldClock()) as client, pytest.raises(SettingsError):
        client.get("/orders/{id_order}", id_order="M" * 70_000)


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Write a certificate that 127.0.0.1 signed for itself, with its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"), vouched=False)


@pytest.fixture
def tls_server(certificate: Certificate) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of a server with that certificate, and what it was asked."""
    with raw_server(lambda connection, _: connection.sendall(whole_answer()), certificate.served()) as server:
        yield server.url, server.heads


def test_untrusted_certificate(tls_server: tuple[str, list[bytes]]) -> None:
    """The reason is named, nothing is tried again, and no request reached the server."""
    url, heads = tls_server
    error, attempts = error_at(url, verify=True)
    assert (type(error), attempts, heads) == (TlsFailed, 1, [])
    assert "certificate is self-signed" in error.message


def test_certificate_of_another_host(tls_server: tuple[str, list[bytes]], certificate: Certificate) -> None:
    """Trusted, but not for this name."""
    url, heads = tls_server
    trusting = ssl.create_default_context(cafile=certificate.authority)
    error, _ = error_at(url.replace("127.0.0.1", "localhost"), verify=trusting)
    assert (type(error), heads) == (TlsFailed, [])
    assert "localhost" in error.message


def test_certificate_that_is_trusted(tls_server: tuple[str, list[bytes]], certificate: Certificate) -> None:
    """All is well, and the request is signed."""
    url, heads = tls_server
    with open_client(url, HeldClock(), verify=ssl.create_default_context(cafile=certificate.authority)) as client:
        assert client.get("/status/ping").data == {"message": "here"}
    assert b"shop-signature: " in heads[0].lower()


def test_server_that_speaks_no_tls() -> None:
    """Https to a port of plain http is a fault of the encryption."""
    with Simulator() as simulator:
        error, attempts = error_at(simulator.base_url.replace("http:", "https:"), verify=True)
    assert (type(error), attempts) == (TlsFailed, 1)


# --- proxies and certificates of the environment --------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give an environment without proxies and certificates."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "gopher://127.0.0.1:1"),
        ("ALL_PROXY", "http://127.0.0.1:port"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
    ],
)
def test_environment_that_cannot_be_used_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A proxy of an unknown kind and certificates that are not there are a fault of the settings, not a traceback."""
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        open_client("https://shop.example/v2", HeldClock(), use_proxy=True, verify=True)
    assert name in str(raised.value.hint)


def test_proxy_that_refuses_is_named(environment: pytest.MonkeyPatch) -> None:
    """The proxy's answer is distinguished from one of Kaufland's."""
    refusal = whole_answer(b"no", status=b"403 Forbidden")
    with raw_server(lambda connection, _: connection.sendall(refusal)) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        error, _ = error_at("https://shop.example/v2", use_proxy=True)
    assert isinstance(error, ProxyFailed)
    assert error.message.startswith(f"The proxy 127.0.0.1:{proxy.port} (HTTPS_PROXY) refused the connection")
    assert proxy.heads[0].startswith(b"CONNECT shop.example:443 ")
    assert b"shop-" not in b"".join(proxy.heads).lower()


def trickle(connection: socket.socket, _head: bytes) -> None:
    """Begin an answer and go on with a byte now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        time.sleep(0.03)
        connection.sendall(b"x")


IMPATIENT: dict[str, Any] = {"timeout_seconds": 0.1, "budget": RetryBudget(attempts=1)}


def test_proxy_does_not_keep_an_attempt_alive(environment: pytest.MonkeyPatch) -> None:
    """The limit of a whole attempt holds on the way to a proxy too."""
    with raw_server(trickle) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with (
            open_client("https://shop.example/v2", RealClock(), use_proxy=True, **IMPATIENT) as client,
            pytest.raises(ProxyFailed, match="did not answer in time"),
        ):
            client.get("/status/ping")


def test_encryption_does_not_keep_an_attempt_alive(certificate: Certificate) -> None:
    """Nor does it where the answer trickles in encrypted."""
    trusting = ssl.create_default_context(cafile=certificate.authority)
    with (
        raw_server(trickle, certificate.served()) as server,
        open_client(server.url, RealClock(), verify=trusting, **IMPATIENT) as client,
        pytest.raises(TimedOut),
    ):
        client.get("/status/ping")
