"""A server that sends back what it was sent brings no secret into a message, the log, a run or any file."""

import io
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kaufland_cli.app.failures import show_trace
from kaufland_cli.http.redaction import SECRETS
from support.clocks import HeldClock
from support.echoes import ANSWERS, SECRET, echo, forms, traces
from support.machine import Done, Machine
from support.seller_api import raw_server, whole_answer

PASSWORD = SECRET[::-1]


@contextmanager
def mail_server(code: bytes) -> Iterator[int]:
    """Listen on a port; whoever signs in there is sent everything back with this code."""

    class Talk(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            self.wfile.write(b"220 mail.example\r\n")
            while line := self.rfile.readline().strip():
                if line.upper().startswith(b"EHLO"):
                    self.wfile.write(b"250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n")
                    continue
                for form in forms(PASSWORD):
                    self.wfile.write(code + b"-" + form + b"\r\n")
                self.wfile.write(code + b" " + line + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def assert_nowhere(machine: Machine, said: list[Done], *secrets: bytes) -> None:
    """Insist that none of them is in a file or was said."""
    places = {f"call {number}": (done.out + done.err).encode() for number, done in enumerate(said)}
    places |= {str(path): path.read_bytes() for path in machine.files()}
    assert any(name.endswith(".sqlite3") for name in places)
    for where, content in places.items():
        lowered = content.lower()
        found = [secret for secret in secrets if secret.lower() in lowered]
        assert not found, (where, found)


def logging(folder: Path, **more: str) -> Machine:
    """Return a machine that keeps everything that servers say."""
    machine = Machine(folder / "machine", clock=HeldClock())
    machine.more |= {
        "KAUFLAND_API_CLIENT_KEY": "c" * 32,
        "KAUFLAND_SECRET_KEY": SECRET,
        "KAUFLAND_SECRET_STORE": "env",
        "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
        "KAUFLAND_DEBUG_LOG_PERSONAL_DATA": "true",
        **more,
    }
    return machine


def signatures(heads: list[bytes]) -> list[bytes]:
    """Return the signatures, tokens and pairs that were sent."""
    return re.findall(rb"(?im)^(?:shop-signature|authorization): (?:\w+ )?(\S+)\r$", b"".join(heads))


def test_kaufland_sends_it_back(tmp_path: Path) -> None:
    """Neither the secret key nor a signature is shown or stored, in none of its forms."""
    with raw_server(echo(SECRET)) as server:
        machine = logging(tmp_path, KAUFLAND_API_BASE_URL=server.url, KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS="true")
        said = []
        while len(server.heads) < 2 * len(ANSWERS):
            machine.clock.advance(hours=1)
            said += [machine.run("--debug", "import-orders", more) for more in ("--json", "--scheduled")]
            said += [machine.run("--debug", "orders", "refresh", "MABCDEF"), machine.run("--debug", "test-connection")]
        said += [machine.run("log", "show", "--jsonl"), machine.run("status"), machine.run("log", "show", "1")]
        said += [machine.run("doctor", "--report", str(machine.folder / "report.json"))]
    sent = signatures(server.heads)
    assert len(sent) == len(server.heads)
    assert_nowhere(machine, said, *traces(SECRET), *sent)


@pytest.mark.parametrize("kind", ["data", "escaped"])
def test_kaufland_sends_it_back_as_data(tmp_path: Path, kind: str) -> None:
    """Not even in the title of a product, where everything that comes is stored."""
    plain = "".join(f"\\u{ord(char):04x}" for char in SECRET) if kind == "escaped" else SECRET.encode().hex()
    unit = f"""{{"id_order_unit": 1, "id_order": "M1", "ts_created_iso": "2026-11-24T08:00:00Z", "status": "received",
        "ts_updated_iso": "2026-11-24T08:00:00Z", "price": 100, "currency": "EUR", "storefront": "de",
        "product": {{"title": "Kettle {plain}"}}}}"""
    body = f'{{"data": [{unit}], "pagination": {{"total": 1, "offset": 0, "limit": 100}}}}'.encode()

    def respond(connection: socket.socket, head: bytes) -> None:
        connection.sendall(whole_answer() if b"/status/ping" in head else whole_answer(body))

    with raw_server(respond) as server:
        machine = logging(tmp_path, KAUFLAND_API_BASE_URL=server.url)
        said = [machine.run("--debug", "import-orders"), machine.run("orders", "show", "M1", "--json")]
    assert "Kettle ***" in said[1].out
    assert_nowhere(machine, said, *traces(SECRET))


def business_central(machine: Machine, url: str, **more: str) -> Machine:
    """Let the settings name a Business Central."""
    machine.more |= {
        "KAUFLAND_BUSINESS_CENTRAL_BASE_URL": url,
        "KAUFLAND_BUSINESS_CENTRAL_TENANT": "tenant.example",
        "KAUFLAND_BUSINESS_CENTRAL_COMPANY": "My Company",
        "KAUFLAND_BUSINESS_CENTRAL_SECRET": PASSWORD,
        "KAUFLAND_SALES_ORDERS_TARGET": "business_central",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        **{f"KAUFLAND_BUSINESS_CENTRAL_{name}": value for name, value in more.items()},
    }
    return machine


def check_and_push(machine: Machine, simulator_url: str, times: int = 4) -> list[Done]:
    """Run what talks to Business Central."""
    machine.more["KAUFLAND_API_BASE_URL"] = simulator_url
    calls = (["sales-orders", "check"], ["sales-orders", "check", "--json"], ["sales-orders", "push", "--yes"])
    said = [machine.run("--debug", *call) for call in calls * times]
    return [*said, machine.run("log", "show", "--jsonl")]


def test_business_central_sends_it_back(tmp_path: Path) -> None:
    """Neither the web service access key nor the pair of name and key."""
    with raw_server(echo(PASSWORD)) as server:
        url = server.url.removesuffix("/v2") + "/api/v2.0"
        machine = business_central(logging(tmp_path), url, AUTHENTICATION="basic", USER_NAME="user")
        said = check_and_push(machine, server.url)
    sent = signatures(server.heads)
    assert sent
    assert_nowhere(machine, said, *traces(PASSWORD), *sent)


def test_token_server_sends_the_secret_back(tmp_path: Path) -> None:
    """The client secret goes out in a form, and comes back nowhere."""
    with raw_server(echo(PASSWORD)) as server:
        login = server.url.removesuffix("/v2")
        machine = business_central(logging(tmp_path), login, CLIENT_ID="client-1", LOGIN_URL=login)
        said = check_and_push(machine, server.url)
    assert any(b"oauth2" in head for head in server.heads)
    assert_nowhere(machine, said, *traces(PASSWORD))


TOKEN = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRwczov.c2lnbmF0dXJlLW9mLWl0"


def test_token_comes_back(tmp_path: Path) -> None:
    """Business Central repeats the token that it was sent: it is a secret like any other."""

    def answer(head: bytes, send: Callable[[bytes], None]) -> None:
        if b"oauth2" in head:
            send(whole_answer(b'{"access_token": "' + TOKEN.encode() + b'", "expires_in": 3600}'))
        else:
            send(whole_answer(b'{"error": {"code": "x", "message": "' + TOKEN.encode() + b'"}}', status=b"403 No"))

    with raw_server(lambda connection, head: answer(head, connection.sendall)) as server:
        login = server.url.removesuffix("/v2")
        machine = business_central(logging(tmp_path), login, CLIENT_ID="client-1", LOGIN_URL=login)
        said = check_and_push(machine, server.url, times=1)
    assert sum(TOKEN.encode() in head for head in server.heads) >= 1
    assert_nowhere(machine, said, *traces(TOKEN))


def test_watcher_sends_it_back(tmp_path: Path) -> None:
    """The address of a ping lets whoever has it say that all is well: it stays unsaid."""
    capability = "5c7a9d3e-1b2f-4a6c-8d0e-f1a2b3c4d5e6"
    with raw_server(echo(capability)) as server:
        machine = logging(tmp_path, KAUFLAND_API_BASE_URL=server.url)
        machine.more |= {
            "KAUFLAND_MONITORING_PING_URL": f"{server.url}/{capability}",
            "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        }
        said = [machine.run("--debug", "monitoring", "test") for _ in ANSWERS]
        said += [machine.run("--debug", "import-orders", "--scheduled"), machine.run("log", "show", "--jsonl")]
    assert any(capability.encode() in head for head in server.heads)
    assert_nowhere(machine, said, *traces(capability))


@pytest.mark.parametrize("code", [b"535", b"421", b"550", b"334", b"999"])
def test_mail_server_sends_it_back(tmp_path: Path, code: bytes) -> None:
    """The password of the mail server is not in the errors of the library either, which `--debug` shows."""
    with raw_server(lambda connection, _: connection.sendall(whole_answer(b"{}", status=b"500 x"))) as server:
        machine = logging(tmp_path, KAUFLAND_API_BASE_URL=server.url)
        machine.run("import-orders")
        with mail_server(code) as port:
            machine.more |= {
                "KAUFLAND_MONITORING_MAIL_TO": "ops@example.com",
                "KAUFLAND_MONITORING_SMTP_HOST": "127.0.0.1",
                "KAUFLAND_MONITORING_SMTP_PORT": str(port),
                "KAUFLAND_MONITORING_SMTP_SECURITY": "none",
                "KAUFLAND_MONITORING_SMTP_USER": "ops",
                "KAUFLAND_MAIL_PASSWORD": PASSWORD,
                "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
            }
            said = [
                machine.run("--debug", "monitoring", "test"),
                machine.run("--debug", "import-orders", "--scheduled"),
            ]
    assert said[0].code
    assert_nowhere(machine, said, *traces(PASSWORD))


def test_traceback_shows_no_secret() -> None:
    """What a library or a server says in its error, and in the error behind it, loses the secret in any form."""
    SECRETS.add(SECRET)
    stream = io.StringIO()
    for form in (SECRET.encode(), b"\x1b" + SECRET.encode(), SECRET.encode().hex().encode()):
        error = RuntimeError(form.decode())
        error.__cause__ = ValueError(f"illegal status line: {bytearray(form)!r}")
        show_trace(error, stream)
    assert stream.getvalue().count("***") == 6
    assert not [trace for trace in traces(SECRET) if trace in stream.getvalue().encode()]
