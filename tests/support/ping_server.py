"""A watcher on loopback that keeps the signs it is given."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast


@dataclass
class Watched:
    """What the watcher was sent, and how it answers."""

    status: int = 200
    location: str = ""
    seconds: float = 0.0
    signs: list[tuple[str, str]] = field(default_factory=list)
    """Paths with bodies, in order."""


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        watched = cast("PingServer", self.server).watched
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        watched.signs.append((self.path, body))
        time.sleep(watched.seconds)
        self.send_response(watched.status)
        if watched.location:
            self.send_header("Location", watched.location)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the library
        """Say nothing."""


class PingServer(ThreadingHTTPServer):
    """The watcher."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.watched = Watched()

    @property
    def url(self) -> str:
        """The address that is a capability."""
        return f"http://127.0.0.1:{self.server_address[1]}/ping/s3cret-uuid"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
