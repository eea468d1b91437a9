"""The HTTP server on loopback: reads requests, writes responses, and stops cleanly."""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kaufland_cli.simulator.exchange import Answer, Request, Wire

HOST = "127.0.0.1"
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02  # how soon the server notices that it is to stop

Serve = Callable[["Call"], None]


class Call:
    """One request on a connection; it is read and answered once."""

    def __init__(self, handler: "_Handler") -> None:
        self._handler = handler
        self._wire = Wire(handler.connection, handler.server.stopping)

    def read(self) -> dict[str, Any]:
        """Read the request once: method, raw target, headers by lower-case name, body."""
        handler = self._handler
        headers = {name.lower(): text for name, text in handler.headers.items()}
        length = headers.get("content-length", "0")
        body = handler.rfile.read(int(length) if length.isdigit() else 0)
        # the standard library normalizes handler.path, but the signature covers what was actually sent
        return {
            "method": handler.command,
            "target": handler.requestline.split(" ")[1],
            "headers": headers,
            "body": body,
            "stopping": handler.server.stopping,
        }

    def give(self, answer: Answer, request: Request) -> None:
        """Deliver the answer."""
        answer.deliver(self._wire, *answer.encoded(request))
        self._handler.close_connection |= self._wire.hung_up

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without an answer."""
        self._wire.hang_up(reset=reset)
        self._handler.close_connection = True


class LoopbackServer(ThreadingHTTPServer):
    """A server that tracks its connections, so that stopping it ends them all."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = sys.platform != "win32"  # there it would let two servers share a port

    def __init__(self, port: int, serve: Serve) -> None:
        self.stopping = threading.Event()
        self.serve = serve
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__((HOST, port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Bind without resolving this machine's name, which takes seconds on some machines."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.port

    def start(self) -> None:
        """Start accepting connections."""
        self._thread.start()

    def stop(self) -> None:
        """Stop running requests, close all connections, and wait for all threads."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            still_open = dict(self._open)
        for connection, thread in still_open.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(STOP_SECONDS)  # bounded, in case a hook never returns

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve each connection in its own thread."""
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close the connection without sending a FIN first, which would hide a reset."""
        with self._lock:
            self._open.pop(request, None)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect; show any other error, because it is the simulator's."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept open from request to request."""

    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer is one write; waiting for more only makes it late

    def serve_one(self) -> None:
        self.server.serve(Call(self))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = serve_one  # noqa: N815  (names that the standard library calls)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing; `traffic.py` records the requests."""
