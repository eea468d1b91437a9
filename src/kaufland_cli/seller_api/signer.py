"""Signs each request the way Kaufland asks for it.

Source: page=rest-api of the Seller API documentation: HMAC-SHA256 over method, full URI, body and time, in lower-case
hex; the secret is text and is never decoded, although it looks like a hexadecimal number.
"""

import hashlib
import hmac
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx

from kaufland_cli.secrets import SecretKey


def signature(method: str, url: str, body: bytes, timestamp: str, secret: SecretKey) -> str:
    """Return the signature in lower-case hex over exactly this URL (percent-encoded) and these bytes."""
    text = b"\n".join([method.encode(), url.encode(), body, timestamp.encode()])
    return hmac.new(secret.reveal().encode(), text, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client key with its secret key."""

    client_key: str
    secret: SecretKey


class Signer(httpx.Auth):
    """Signs every attempt again, over the URL and the bytes that are really sent, with the time of sending."""

    requires_request_body = True

    def __init__(self, seller: Credentials, unix_time: Callable[[], float], partner: Credentials | None = None) -> None:
        self._seller = seller
        self._unix_time = unix_time
        self._partner = partner

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the key, the time and the signature into the headers."""
        timestamp = str(int(self._unix_time()))
        url = wire_url(request.url)
        request.headers["Shop-Client-Key"] = self._seller.client_key
        request.headers["Shop-Timestamp"] = timestamp
        request.headers["Shop-Signature"] = signature(
            request.method, url, request.content, timestamp, self._seller.secret
        )
        if self._partner is not None:
            request.headers["Shop-Partner-Client-Key"] = self._partner.client_key
            request.headers["Shop-Partner-Signature"] = signature(
                request.method, url, request.content, timestamp, self._partner.secret
            )
        yield request


def wire_url(url: httpx.URL) -> str:
    """Return the URL as the server sees it: scheme, host header, and the request target byte for byte."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}"
