"""E-mails handed to a real mail server on loopback."""

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from kaufland_cli.errors import KauflandError, NotificationFailed, SettingsError
from kaufland_cli.monitoring.channels.mail import MailServer as Where
from kaufland_cli.monitoring.channels.mail import send_mail
from support.mail_server import MailBox, MailServer
from support.tls import make_certificate

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WHERE = Where("127.0.0.1", 0, "none", "", "shop@example.com", ("ops@example.com", "boss@example.com"))


def send(
    server: MailServer, where: Where = WHERE, password: str = "", text: str = "Größe", seconds: float = 10
) -> None:
    """Send one e-mail there."""
    send_mail(
        replace(where, port=server.port), password, "kaufland: übel\nBcc: x@example.com", text, NOW, seconds=seconds
    )


def problem(server: MailServer, where: Where = WHERE, password: str = "", seconds: float = 10) -> KauflandError:
    """Return why an e-mail could not be sent."""
    with pytest.raises(KauflandError) as caught:
        send(server, where, password, seconds=seconds)
    assert server.box.messages == []
    return caught.value


def test_email_arrives_whole() -> None:
    """Sender, recipients, date, subject in one line and the text as it was; programs are asked not to answer."""
    with MailServer(MailBox()) as server:
        send(server)
    (message,) = server.box.messages
    assert server.box.recipients == [["ops@example.com", "boss@example.com"]]
    assert (message["From"], message["To"]) == ("shop@example.com", "ops@example.com, boss@example.com")
    assert message["Subject"] == "kaufland: übel Bcc: x@example.com"
    assert message["Bcc"] is None
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().strip() == "Größe"
    assert bytes(message).isascii(), "no server has to know more than the oldest"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_password_goes_through_tls_only(
    security: Literal["starttls", "tls"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With STARTTLS or TLS the certificate is checked before anything is said; then user name and password hold."""
    made = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    box = MailBox("ops", "password", made.served(), from_the_first_byte=security == "tls")
    where = replace(WHERE, user="ops", security=security)
    with MailServer(box) as server:
        refused = problem(server, where, "wrong")
        assert isinstance(refused, SettingsError)
        assert str(refused.hint) == "kaufland secret set --mail"
        send(server, where, "password")
        assert box.encrypted == [True]
        box.messages.clear()
        other = make_certificate(tmp_path / "other")
        monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
        untrusted = problem(server, where, "password")
    assert isinstance(untrusted, NotificationFailed)
    assert "certificate" in untrusted.message


def test_each_refusal_says_what_to_do() -> None:
    """No STARTTLS, a recipient that is unknown, no e-mail for now, no sign-in: each names the server and a command."""
    with MailServer(MailBox(refused_recipients=frozenset({"ops@example.com", "boss@example.com"}))) as server:
        assert str(problem(server).hint) == "kaufland config get monitoring.mail_to"
        no_tls = problem(server, replace(WHERE, security="starttls"))
        assert (no_tls.exit_code, "no STARTTLS" in no_tls.message) == (3, True)
        no_sign_in = problem(server, replace(WHERE, user="ops"), "secret")
        assert no_sign_in.exit_code == 3
        assert "secret" not in no_sign_in.message
        server.box.refused_recipients = frozenset()
        server.box.refuses = True
        refused = problem(server)
        assert (refused.exit_code, str(server.port) in refused.message) == (5, True)
        spoken = problem(server, replace(WHERE, security="tls"), seconds=3)
        assert spoken.exit_code == 5


def test_refused_recipient_is_reported() -> None:
    """The others got it, and the one that did not is named."""
    with (
        MailServer(MailBox(refused_recipients=frozenset({"boss@example.com"}))) as server,
        pytest.raises(SettingsError, match=r"boss@example\.com"),
    ):
        send(server)
    assert server.box.recipients == [["ops@example.com"]]


def test_server_that_is_not_there() -> None:
    """No such name, no server: each in words."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotificationFailed, match="refused"):
        send_mail(replace(WHERE, port=port), "", "s", "t", NOW)
    with pytest.raises(NotificationFailed, match="could not be looked up"):
        send_mail(replace(WHERE, host="mail.invalid"), "", "s", "t", NOW)


def test_server_that_dawdles_is_left() -> None:
    """One that answers every line just in time never holds up an import: the whole attempt has an end."""
    with MailServer(MailBox(seconds_a_line=0.4)) as server:
        began = time.monotonic()
        assert "longer than" in problem(server, seconds=1).message
        assert time.monotonic() - began < 3
