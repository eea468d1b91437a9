"""Limits the time of a whole attempt: connecting, sending, and every byte of the response.

A server that sends a byte now and then never hits a read time-out. So no single wait on the network is longer than the
time left for the attempt.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kaufland_cli.http.library import httpcore, httpx

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class BoundedWire(httpcore.NetworkBackend):
    """A network backend whose operations end when the time for the current thread's attempt is up."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._network = httpcore.SyncBackend()
        self._attempt = threading.local()

    def attach_to(self, http: httpx.Client) -> None:
        """Make this client use this backend for all connections, through proxies too."""
        # httpx has no public way to set the network backend of its pools.
        for transport in (http._transport, *http._mounts.values()):  # noqa: SLF001
            if isinstance(transport, httpx.HTTPTransport):
                transport._pool._network_backend = self  # noqa: SLF001

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit all network operations of this thread to this many seconds in total."""
        self._attempt.end = self._monotonic() + seconds
        self._attempt.peer, self._attempt.encrypted_for = None, None
        try:
            yield
        finally:
            del self._attempt.end

    @property
    def peer(self) -> tuple[str, int] | None:
        """Host and port that this thread's attempt connected to; None if it used an open connection."""
        return getattr(self._attempt, "peer", None)

    @property
    def encrypted_for(self) -> str | None:
        """The host of the latest TLS handshake in this thread's attempt; everything before it went to a proxy."""
        return getattr(self._attempt, "encrypted_for", None)

    def tls_started(self, host: str | None) -> None:
        """Record that this thread's attempt starts a TLS handshake with this host."""
        self._attempt.encrypted_for = host

    def allowed(self, timeout: float | None) -> float | None:
        """Return how long one operation may wait, in seconds: the time-out, or what is left of the attempt if less."""
        end: float | None = getattr(self._attempt, "end", None)
        if end is None:
            return timeout
        left = end - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the attempt took too long")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        self._attempt.peer = (host, port)
        stream = self._network.connect_tcp(host, port, self.allowed(timeout), local_address, socket_options)
        return _BoundedStream(stream, self)


class _BoundedStream(httpcore.NetworkStream):
    """One connection of a `BoundedWire`."""

    def __init__(self, stream: httpcore.NetworkStream, wire: BoundedWire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._wire.allowed(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wire.allowed(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._wire.tls_started(server_hostname)
        stream = self._stream.start_tls(ssl_context, server_hostname, self._wire.allowed(timeout))
        return _BoundedStream(stream, self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
