"""One pool of connections to one API, without redirects or cookies; every exchange is limited in time and size.

A server that sends a byte now and then never hits a read time-out. So `BoundedWire` lets no single wait on the network
be longer than the time left for the attempt: connecting, sending, and every byte of the response.
"""

import contextlib
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import ResponseUnreadable, SettingsError
from kaufland_cli.http.library import httpcore, httpx
from kaufland_cli.http.proxy import Proxy, ProxyFailure, proxies_of_environment, proxy_at
from kaufland_cli.http.redaction import SECRETS, sent_secrets
from kaufland_cli.http.transport_errors import WIRE_ERRORS, fault_of_exception

# Times the time-out, which limits each single wait within an attempt.
WHOLE_ATTEMPT_FACTOR = 4
IDLE_SECONDS = 30.0
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
ACCEPTED = "gzip"
"""The only content encoding that is requested and read."""
CHUNK_BYTES = 1024 * 1024
Sign = Callable[[str, str, bytes], Mapping[str, str]]
"""Returns the headers that sign a request, given its method, its URL as the server sees it, and its body."""


def host_of(url: str) -> str:
    """Return the host of a URL. Raises SettingsError if it is not a valid URL."""
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL as error:
        raise fault_of_exception(error, url).error from error


class Connections:
    """The pool, for any number of threads. Raises SettingsError if a proxy or certificates cannot be used."""

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
        monotonic: Callable[[], float],
        check: Hint,
        sign: Sign | None = None,
        max_idle: int | None = None,
        verify: Any = True,
        use_proxy: bool = True,
        whole_seconds: float | None = None,
    ) -> None:
        """`check` is the command that shows whether a corrected environment works.

        `whole_seconds` limits one exchange; the default is four time-outs. `max_idle` is how many unused connections
        to keep; by default all of them.
        """
        self._whole_seconds = whole_seconds or timeout_seconds * WHOLE_ATTEMPT_FACTOR
        self._proxies = proxies_of_environment(check) if use_proxy else ()
        try:
            self._http = httpx.Client(
                auth=None if sign is None else SignedBy(sign),
                follow_redirects=False,
                headers={"Accept": "application/json", "Accept-Encoding": ACCEPTED, **headers},
                timeout=httpx.Timeout(timeout_seconds),
                limits=httpx.Limits(
                    max_connections=None, max_keepalive_connections=max_idle, keepalive_expiry=IDLE_SECONDS
                ),
                verify=verify,
                trust_env=use_proxy,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # what a gateway sets is not sent back
                event_hooks={"request": [_note_secrets], "response": [_forget_location]},
            )
        except (httpx.InvalidURL, ValueError, OSError, ImportError) as error:
            raise SettingsError(
                "The certificates or the list of hosts without a proxy (NO_PROXY) in the environment cannot be used.",
                hint=Hint("Check SSL_CERT_FILE, SSL_CERT_DIR and NO_PROXY, then: ", check),
            ) from error
        self._wire = BoundedWire(monotonic)
        self._wire.attach_to(self._http)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def build(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> httpx.Request:
        """Return the request as it will be sent, except for its signature. Raises one of `WIRE_ERRORS`."""
        return self._http.build_request(method, url, headers=dict(headers), content=content or None)

    def exchange(self, request: httpx.Request, host: str) -> tuple[httpx.Response, bytes]:
        """Send the request and read the whole body within the limits of time and size.

        Secrets are removed from whatever the server sends. Raises one of `WIRE_ERRORS`, or `ResponseUnreadable` for a
        body that is too large.
        """
        with self._wire.within(self._whole_seconds):
            try:
                response = self._http.send(request, stream=True)
            except WIRE_ERRORS as error:
                proxy = self._failed_proxy(request, error)
                if proxy is None:
                    raise
                raise ProxyFailure(proxy, error) from error
            with contextlib.closing(response):
                body = read_body(response, host)
        sent = sent_secrets(response.request.headers.multi_items())
        response.headers = httpx.Headers(
            [(name, SECRETS.for_message(value)) for name, value in response.headers.multi_items()], encoding="utf-8"
        )
        return response, SECRETS.body(body, data=response.is_success, sent=sent)

    def _failed_proxy(self, request: httpx.Request, error: Exception) -> Proxy | None:
        """Return the proxy that failed before any of the request was sent; None if the proxy was not the cause."""
        proxy = proxy_at(self._proxies, self._wire.peer)
        if request.url.scheme == "https":
            return proxy if self._wire.encrypted_for != request.url.host else None
        # Plain requests are sent to the proxy itself: only what fails while it is connected to is surely before them.
        return proxy if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, UnicodeError)) else None


def _note_secrets(request: httpx.Request) -> None:
    """Register the secrets in the headers that the signer has just written."""
    SECRETS.add_sent(request.headers.multi_items())


def _forget_location(response: httpx.Response) -> None:
    """Remove the target of a redirect: httpx parses it even if it does not follow, and may fail."""
    response.headers.pop("location", None)


class SignedBy(httpx.Auth):
    """Signs every request over the URL and bytes that are actually sent, so as late as possible."""

    requires_request_body = True

    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self._sign(request.method, wire_url(request.url), request.content))
        yield request


def wire_url(url: httpx.URL) -> str:
    """Return the URL as the server sees it: scheme, host header, and the request target byte for byte."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}"


def read_body(response: httpx.Response, host: str) -> bytes:
    """Return the whole body, unpacked; empty for an error response whose body cannot be unpacked.

    It is unpacked in chunks, because httpx unpacks each block as a whole: 64 KB from the network may become 64 MB, or
    gigabytes if packed twice.

    Raises ResponseUnreadable if it is larger than `MAX_RESPONSE_BYTES`, and httpx.DecodingError if the body of a
    success cannot be unpacked.
    """
    try:
        return _unpacked(response, host)
    except httpx.DecodingError:
        if response.is_success:
            raise
        return b""


def _unpacked(response: httpx.Response, host: str) -> bytes:
    packed = response.headers.get("content-encoding", "").strip().lower()
    if packed not in {"", "identity", "gzip", "x-gzip"}:
        raise httpx.DecodingError(f"packed as {packed!r}, which was not requested")
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if "gzip" in packed else None
    body = bytearray()
    began = False
    for block in response.iter_raw():
        began = began or bool(block)
        if unpacking is None:
            body += block
            _check(body, host)
            continue
        waiting = block
        while waiting and not unpacking.eof:
            try:
                body += unpacking.decompress(waiting, CHUNK_BYTES)
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            _check(body, host)
            waiting = unpacking.unconsumed_tail
    if unpacking is not None and began and not unpacking.eof:
        raise httpx.DecodingError("the packed body ends too early")
    return bytes(body)


def _check(body: bytearray, host: str) -> None:
    if len(body) > MAX_RESPONSE_BYTES:
        raise ResponseUnreadable(
            f"The response from {host} is larger than {MAX_RESPONSE_BYTES // 1024 // 1024} MB: "
            "it cannot be what was requested."
        )


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
