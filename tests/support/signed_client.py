"""A small client with a signer of its own, so that the simulator is not proved by the program that it is to prove."""

import gzip
import hashlib
import hmac
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from kaufland_cli.simulator import Simulator


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, unpacked and read."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


def signed_headers(
    simulator: Simulator,
    target: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    timestamp: int | None = None,
    client_key: str | None = None,
    secret_key: str | None = None,
) -> dict[str, str]:
    """Return the three headers of a request to /v2 + target; the time is that of the simulator's clock."""
    moment = str(int(simulator._now().timestamp()) if timestamp is None else timestamp)
    text = b"\n".join([method.encode(), f"{simulator.base_url}{target}".encode(), body, moment.encode()])
    secret = simulator.secret_key if secret_key is None else secret_key
    return {
        "Shop-Client-Key": simulator.client_key if client_key is None else client_key,
        "Shop-Timestamp": moment,
        "Shop-Signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
    }


def ask(
    simulator: Simulator,
    target: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
) -> Reply:
    """Send a signed request to /v2 + target on a connection of its own; `headers` replaces headers or adds to them."""
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=timeout)
    try:
        signed = signed_headers(simulator, target, method=method, body=body)
        if body:
            signed["Content-Type"] = "application/json"
        connection.request(method, f"/v2{target}", body=body or None, headers=signed | dict(headers or {}))
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def act(simulator: Simulator, method: str, target: str, body: object = None) -> Reply:
    """Send a signed request to /v2 + target with this body as JSON; None: without a body."""
    return ask(simulator, target, method=method, body=b"" if body is None else json.dumps(body).encode())


def rows(simulator: Simulator, target: str) -> list[dict[str, Any]]:
    """Return the `data` of an answer that has to be 200."""
    reply = ask(simulator, target)
    assert reply.status == 200, reply.body
    data: list[dict[str, Any]] = reply.json["data"]
    return data


def walk(simulator: Simulator, query: str, *, limit: int = 100) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages of /order-units until an empty one."""
    offset = 0
    while page := rows(simulator, f"/order-units?{query}&limit={limit}&offset={offset}"):
        yield from page
        offset += limit


def since(moment_text: str) -> str:
    """Return the time as it stands in a query."""
    return quote(moment_text, safe="")


def raw_exchange(simulator: Simulator, text: bytes) -> bytes:
    """Send bytes as they are and return all that comes until the server closes."""
    address = urlsplit(simulator.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(text)
        received = b""
        while block := connection.recv(65_536):
            received += block
        return received
