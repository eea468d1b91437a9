"""A server whose certificate is wrong hears nothing: no request, no key, no signature."""

from pathlib import Path

import certifi
import pytest

from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY
from support.machine import Machine
from support.seller_api import raw_server, whole_answer
from support.tls import Certificate, make_certificate

COMMANDS = (("test-connection", "--json"), ("import-orders", "--json"))


def at_a_server_with(certificate: Certificate, machine: Machine, *words: str) -> tuple[int, str, list[bytes]]:
    """Run a command against a server that shows the certificate; return exit code, what was said and what was heard."""
    with raw_server(lambda connection, _: connection.sendall(whole_answer()), certificate.served()) as server:
        machine.more |= {
            "KAUFLAND_API_BASE_URL": server.url,
            "KAUFLAND_API_CLIENT_KEY": DEMO_CLIENT_KEY,
            "KAUFLAND_SECRET_KEY": DEMO_SECRET_KEY,
            "KAUFLAND_SECRET_STORE": "env",
        }
        done = machine.run(*words)
    return done.code, done.out + done.err, server.heads


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ({"vouched": False}, "certificate is self-signed"),
        ({"days_left": -1}, "certificate has expired"),
        ({"days_left": 20}, "certificate is not valid yet"),
        ({"host": "192.0.2.1"}, "certificate is for another address"),
    ],
    ids=["self-signed", "expired", "not yet valid", "of another host"],
)
def test_wrong_certificate(
    kind: dict[str, object],
    reason: str,
    words: tuple[str, ...],
    machine: Machine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 5; the message says that the connection cannot be trusted and why; nothing was sent, and once is enough."""
    certificate = make_certificate(tmp_path / "tls", **kind)  # type: ignore[arg-type]
    if kind.get("vouched", True):
        monkeypatch.setattr(certifi, "where", lambda: str(certificate.authority))
    began = machine.clock.now()
    code, said, heard = at_a_server_with(certificate, machine, *words)
    assert (code, heard) == (5, [])
    assert "The encrypted connection to 127.0.0.1 cannot be trusted" in said
    assert reason in said
    assert "Check this machine's date, its certificates, and any proxy in between" in said
    assert (machine.clock.now() - began).total_seconds() < 1, "nothing was tried again"


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_right_certificate(
    words: tuple[str, ...], machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server with a certificate that is right is asked, so what holds above is due to the certificate."""
    certificate = make_certificate(tmp_path / "tls")
    monkeypatch.setattr(certifi, "where", lambda: str(certificate.authority))
    code, said, heard = at_a_server_with(certificate, machine, *words)
    assert code == 5
    assert "has no list" in said
    assert b"shop-signature: " in heard[0].lower()
