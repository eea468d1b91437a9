"""Sends notifications by e-mail through the seller's mail server, with a time limit for the whole attempt."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final, Literal

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import KauflandError, NotificationFailed, SettingsError, reason_of
from kaufland_cli.monitoring.channels import Channel, Sources
from kaufland_cli.monitoring.memory import Notification
from kaufland_cli.secrets import SecretKind
from kaufland_cli.time_limit import run_within

SECONDS: Final = 15.0
"""Time limit of the whole attempt: DNS lookup, connection, TLS, login and delivery."""
USUAL_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
FOR_GOOD: Final = 500
"""SMTP codes from here on are permanent errors."""
LOOK: Final = command("config", "list")


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server, the sender and the recipients."""

    host: str
    port: int
    """0 = the usual port for `security`."""
    security: Literal["starttls", "tls", "none"]
    user: str
    sender: str
    recipients: tuple[str, ...]

    @property
    def address(self) -> str:
        """Host and port for messages."""
        return f"{self.host}:{self.port or USUAL_PORTS[self.security]}"


class MailChannel(Channel):
    """Sends each notification by e-mail."""

    name = "e-mail"
    retries = True

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.trial = f"handed over for {sources.loaded.settings.monitoring.mail_to}; check that it arrives"

    def notify(self, notification: Notification, /) -> None:
        mail = self._sources.loaded.settings.monitoring
        password = self._sources.secret(SecretKind.MAIL) if mail.smtp_user else ""
        server = MailServer(
            host=mail.smtp_host,
            port=mail.smtp_port,
            security=mail.smtp_security,
            user=mail.smtp_user,
            sender=mail.mail_from or mail.recipients[0],
            recipients=mail.recipients,
        )
        send_mail(server, password, notification.subject, notification.text, self._sources.clock.now())

    def send_trial(self) -> None:
        """Send a test e-mail."""
        place = self._sources.place
        text = f"This is a test ({place}). You get e-mails like this one when scheduled imports fail or work again."
        self.notify(Notification(f"kaufland: test ({place})", text))


def open_channel(sources: Sources) -> Channel | None:
    """Return the channel if there are recipients."""
    return MailChannel(sources) if sources.loaded.settings.monitoring.recipients else None


def send_mail(
    server: MailServer, password: str, subject: str, text: str, now: datetime, *, seconds: float = SECONDS
) -> None:
    """Deliver one e-mail. Raises `NotificationFailed`, or `SettingsError` if the server rejects the settings."""
    message = _message(server, subject, text, now)
    finished = run_within(seconds, lambda: _hand_over(server, password, message, seconds))
    if finished is None:
        raise NotificationFailed(f"The mail server took longer than {seconds:.0f} seconds.", hint=LOOK)
    if finished.value is not None:
        raise finished.value


def _message(server: MailServer, subject: str, text: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = ", ".join(server.recipients)
    message["Subject"] = " ".join(subject.split())[:200]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(text + "\n", cte="quoted-printable")  # every server accepts it, whatever the length of lines
    return message


def _hand_over(server: MailServer, password: str, message: EmailMessage, seconds: float) -> KauflandError | None:
    """Talk to the server; return the error, if any."""
    context = ssl.create_default_context()
    port = server.port or USUAL_PORTS[server.security]
    try:
        with (
            smtplib.SMTP_SSL(server.host, port, timeout=seconds, context=context)
            if server.security == "tls"
            else smtplib.SMTP(server.host, port, timeout=seconds)
        ) as smtp:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, password)
            refused = smtp.send_message(message, server.sender, server.recipients)
    except Exception as error:  # noqa: BLE001 - a server may say anything, and this is a thread of its own
        return _in_words(server, error)
    if refused:
        names = ", ".join(refused)
        return SettingsError(
            f"The mail server {server.address} did not accept the e-mail for {names}.",
            hint=command("config", "get", "monitoring.mail_to"),
        )
    return None


def _in_words(server: MailServer, error: Exception) -> KauflandError:
    """Return an error that a seller can act on."""
    return _refusal(server, error) or _no_connection(server, error)


def _refusal(server: MailServer, error: Exception) -> KauflandError | None:
    """Return the error if the server rejects a setting."""
    where = f"The mail server {server.address}"
    match error:
        case smtplib.SMTPAuthenticationError() if error.smtp_code >= FOR_GOOD:
            text = f"{where} did not accept the user name {server.user} with its password ({error.smtp_code})."
            return SettingsError(text, hint=command("secret", "set", "--mail"))
        case smtplib.SMTPNotSupportedError():
            what = "has no STARTTLS" if server.security == "starttls" else "offers no supported sign-in method"
            return SettingsError(f"{where} {what}.", hint=command("config", "set", "monitoring.smtp_security", "tls"))
        case smtplib.SMTPRecipientsRefused() if any(code >= FOR_GOOD for code, _ in error.recipients.values()):
            text = f"{where} accepts no e-mail for {', '.join(error.recipients)}."
            return SettingsError(text, hint=command("config", "get", "monitoring.mail_to"))
        case smtplib.SMTPSenderRefused() if error.smtp_code >= FOR_GOOD:
            text = f"{where} accepts no e-mail from {server.sender} ({error.smtp_code})."
            return SettingsError(text, hint=command("config", "set", "monitoring.mail_from", "ADDRESS"))
        case UnicodeError():
            return SettingsError(f"{where} cannot take these addresses or this user name.", hint=LOOK)
    return None


def _no_connection(server: MailServer, error: Exception) -> NotificationFailed:
    where = f"The mail server {server.address}"
    match error:
        case ssl.SSLCertVerificationError():
            return NotificationFailed(
                f"The certificate of the mail server {server.address} could not be trusted.", hint=LOOK
            )
        case ssl.SSLError():
            text = f"{where} does not speak TLS as expected; smtp_security may be wrong (tls: 465, starttls: 587)."
            return NotificationFailed(text, hint=command("config", "get", "monitoring.smtp_security"))
        case socket.gaierror():
            text = f"The name of the mail server {server.host} could not be looked up."
            return NotificationFailed(text, hint=command("config", "get", "monitoring.smtp_host"))
        case TimeoutError():
            return NotificationFailed(f"{where} did not answer in time.", hint=LOOK)
        case smtplib.SMTPRecipientsRefused():
            return NotificationFailed(f"{where} does not accept the e-mail yet.", hint=LOOK)
        case smtplib.SMTPResponseException():
            return NotificationFailed(f"{where} refused the e-mail ({error.smtp_code}).", hint=LOOK)
    reason = reason_of(error)
    return NotificationFailed(f"{where} could not be reached or broke off: {reason}.", hint=LOOK)
