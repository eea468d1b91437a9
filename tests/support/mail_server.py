"""A small mail server on loopback that keeps what it is handed: with STARTTLS, TLS from the first byte, and sign-in."""

import base64
import socketserver
import ssl
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self, cast


@dataclass
class MailBox:
    """What the server was handed, and how it behaves."""

    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    from_the_first_byte: bool = False
    plain_sign_in: bool = False
    """Whether it lets a client sign in without TLS, as one on the same machine may."""
    refused_recipients: frozenset[str] = frozenset()
    refuses: bool = False
    """Whether it refuses every e-mail for now."""
    seconds_a_line: float = 0.0
    """How long it takes for each answer."""
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    """One client."""

    timeout = 20

    def handle(self) -> None:
        box = cast("MailServer", self.server).box
        self.secure = box.from_the_first_byte
        self.signed_in = not box.user
        self.to: list[str] = []
        self._say("220 mail.example ESMTP")
        while line := self.rfile.readline():
            words = line.decode().strip()
            if words.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(box, words)

    def finish(self) -> None:
        """Close the connection that came of STARTTLS too."""
        super().finish()
        if self.connection is not self.request:
            self.connection.close()

    def _say(self, text: str) -> None:
        box = cast("MailServer", self.server).box
        if box.seconds_a_line:
            time.sleep(box.seconds_a_line)
        self.wfile.write(f"{text}\r\n".encode())

    def _answer(self, box: MailBox, words: str) -> None:
        match words.split(" ", maxsplit=1)[0].upper():
            case "EHLO" | "HELO":
                offers = ["mail.example", *(["STARTTLS"] if box.tls and not self.secure else [])]
                offers += ["AUTH PLAIN"] if box.user and (self.secure or box.plain_sign_in) else []
                self._say("\r\n".join(f"250-{offer}" for offer in offers) + "\r\n250 SIZE 100000")
            case "STARTTLS":
                self._say("220 go on")
                assert box.tls is not None
                self.connection = box.tls.wrap_socket(self.connection, server_side=True)
                self.rfile = cast("Any", self.connection.makefile("rb"))
                self.wfile = cast("Any", socketserver._SocketWriter(self.connection))  # type: ignore[attr-defined]
                self.secure = True
            case "AUTH":
                _, user, password = base64.b64decode(words.split(" ")[2]).decode().split("\0")
                self.signed_in = (user, password) == (box.user, box.password)
                self._say("235 welcome" if self.signed_in else "535 no")
            case "RCPT":
                address = words.partition("<")[2].partition(">")[0]
                refused = address in box.refused_recipients
                self.to += [] if refused else [address]
                self._say("550 unknown" if refused else "250 ok")
            case "DATA":
                self._take(box)
            case _:
                self._say("530 sign in first" if not self.signed_in else "451 not now" if box.refuses else "250 ok")

    def _take(self, box: MailBox) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        box.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))
        box.recipients.append(self.to)
        box.encrypted.append(self.secure)
        self._say("250 taken")


class MailServer(socketserver.ThreadingTCPServer):
    """The server; `box` is what it was handed."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, box: MailBox) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.box = box

    def get_request(self) -> tuple[Any, Any]:
        """Take a client, in TLS where that is spoken from the first byte."""
        connection, address = super().get_request()
        if self.box.from_the_first_byte and self.box.tls is not None:
            connection = self.box.tls.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
