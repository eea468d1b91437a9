"""A proxy that does not work is named as such, with the variable that names it, and never its password."""

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.errors import KauflandError, ProxyFailed, SettingsError
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.monitoring.channels.ping import ping
from support.clocks import HeldClock
from support.machine import Machine
from support.seller_api import open_client, raw_server, whole_answer
from support.tls import make_certificate

TARGET = "https://shop.example/v2"
PASSWORD = "w7!Kq-9zPr_40xTb"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give an environment without proxies and certificates."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def error_at(url: str = TARGET, **options: Any) -> KauflandError:
    """Ask at this address through the proxy of the environment, and return what comes of it."""
    chosen: dict[str, Any] = {"use_proxy": True, "budget": RetryBudget(attempts=1), **options}
    with pytest.raises(KauflandError) as raised, open_client(url, HeldClock(), **chosen) as client:
        client.get("/status/ping")
    return raised.value


UNUSABLE = [
    "http://",
    "https://",
    "http://:3128",
    "socks5://x",
    "gopher://127.0.0.1:70",
    "http://127.0.0.1:port",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:0",
    "http://[::1",
    "http://exa mple:3128",
    f"http://user:{PASSWORD}@",
    f"http://user:{PASSWORD}@127.0.0.1:port",
    f"ftp://user:{PASSWORD}@127.0.0.1",
    f"http://user:12/{PASSWORD}@127.0.0.1",
    f"http://user:a#{PASSWORD}@127.0.0.1",
]


@pytest.mark.parametrize("value", UNUSABLE)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy"])
def test_proxy_that_cannot_be_used_is_a_fault_of_the_settings(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Before anything is sent, with the name of the variable, without its value."""
    environment.setenv(name, value)
    error = error_at()
    assert type(error) is SettingsError
    assert error.message.startswith(f"The proxy in {name.upper()} cannot be used: it ")
    assert name.upper() in str(error.hint)
    assert "user" not in error.message.partition("cannot be used")[2].replace("user name or password", "")
    assert PASSWORD not in f"{error.message} {error.hint!s}"
    assert PASSWORD not in SECRETS.text(f"Unknown scheme for {value}")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("garbage", "garbage:80"),
        ("http://garbage", "garbage:80"),
        ("https://no-such-host.invalid", "no-such-host.invalid:443"),
        (f"http://user:{PASSWORD}@no-such-host.invalid:3128", "no-such-host.invalid:3128"),
        ("http://" + "a" * 70 + ".example:1", "a" * 70 + ".example:1"),
    ],
)
def test_proxy_that_has_no_such_name(environment: pytest.MonkeyPatch, value: str, address: str) -> None:
    """It is the proxy's name that could not be looked up, not Kaufland's."""
    environment.setenv("HTTPS_PROXY", value)
    error = error_at()
    assert type(error) is ProxyFailed
    named = f"The name of the proxy {address} (HTTPS_PROXY) could not be looked up. shop.example was not reached."
    assert error.message == named
    assert "HTTPS_PROXY" in str(error.hint)


def test_proxy_that_does_not_listen(environment: pytest.MonkeyPatch) -> None:
    """A refused connection is one to the proxy; that of a watcher and of Business Central says so as well."""
    environment.setenv("ALL_PROXY", f"http://user:{PASSWORD}@127.0.0.1:1")
    error = error_at()
    assert type(error) is ProxyFailed
    assert error.message.startswith("Could not connect to the proxy 127.0.0.1:1 (ALL_PROXY): ")
    with pytest.raises(KauflandError, match=r"proxy 127\.0\.0\.1:1 \(ALL_PROXY\)") as raised:
        ping("https://watch.example/5c7a9d3e-1b2f", "", "", user_agent="x", clock=HeldClock())
    assert "5c7a9d3e" not in raised.value.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (whole_answer(b"no", status=b"407 Proxy Authentication Required"), "407 Proxy Authentication Required"),
        (whole_answer(b"no", status=b"502 Bad Gateway"), "502 Bad Gateway"),
        (b"SSH-2.0-OpenSSH\r\n", "Could not connect to the proxy"),
        (b"", "Could not connect to the proxy"),
    ],
)
def test_proxy_that_lets_nothing_through(environment: pytest.MonkeyPatch, answer: bytes, said: str) -> None:
    """What it says is named as its own, and the password that it was sent stays unsaid."""
    with raw_server(lambda connection, _: connection.sendall(answer)) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
        error = error_at()
    assert type(error) is ProxyFailed
    assert said in error.message
    assert f"proxy 127.0.0.1:{proxy.port} (HTTPS_PROXY)" in error.message
    assert base64.b64encode(f"user:{PASSWORD}".encode()) in proxy.heads[0]


def test_proxy_that_repeats_the_password(environment: pytest.MonkeyPatch) -> None:
    """Not even a proxy that sends it back brings it into a message."""
    pair = base64.b64encode(f"user:{PASSWORD}".encode())
    answer = whole_answer(b"no", status=b"403 " + PASSWORD.encode() + b" " + pair)
    with raw_server(lambda connection, _: connection.sendall(answer)) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
        error = error_at()
    assert "403 *** " in error.message
    assert pair.decode()[6:] not in error.message


def test_fault_behind_the_proxy_is_not_the_proxys(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Once the way through it is open, a wrong certificate is that of the server behind it."""
    served = make_certificate(tmp_path, vouched=False).served()

    def respond(connection: Any, _head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        served.wrap_socket(connection, server_side=True).close()

    with raw_server(respond) as proxy:
        environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        error = error_at(verify=ssl.create_default_context())
    assert error.code_name() == "tls_failed"
    assert "shop.example" in error.message


@pytest.fixture
def machine(tmp_path: Path, environment: pytest.MonkeyPatch) -> Machine:
    """Give a machine that reaches Kaufland's own address through a proxy."""
    environment.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@garbage")
    found = Machine(tmp_path / "machine")
    found.more |= {"KAUFLAND_API_CLIENT_KEY": "c" * 32, "KAUFLAND_SECRET_KEY": "5e" * 32}
    return found


def test_connection_test_names_the_proxy(machine: Machine) -> None:
    """The step of the name is no failure and no success: the proxy looks Kaufland's name up."""
    done = machine.run("--debug", "test-connection", "--json")
    steps = {step["step"]: (step["state"], step["message"]) for step in done.json()["steps"]}
    assert done.code == 5
    assert steps["DNS lookup"] == ("skipped", "the proxy looks it up")
    assert steps["connection"][0] == "failed"
    assert "the proxy garbage:80 (HTTPS_PROXY)" in steps["connection"][1]
    assert PASSWORD not in done.out + done.err
