"""Signs requests to the Seller API.

The signature is the HMAC-SHA256 of method, full URI, body and time, in lower-case hex (source: page=rest-api of the
Seller API documentation). The secret key looks like a hexadecimal number, but its text is the key; it is not decoded.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from kaufland_cli.secrets import SecretKey


def signature(method: str, url: str, body: bytes, timestamp: str, secret: SecretKey) -> str:
    """Return the signature in lower-case hex.

    `url` is the percent-encoded URL exactly as sent, `timestamp` the Unix time in seconds.
    """
    text = b"\n".join([method.encode(), url.encode(), body, timestamp.encode()])
    return hmac.new(secret.reveal().encode(), text, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client key with its secret key."""

    client_key: str
    secret: SecretKey


class Signer:
    """Signs with the time of sending, for the seller and, if given, a partner; an `http.connections.Sign`."""

    def __init__(self, seller: Credentials, unix_time: Callable[[], float], partner: Credentials | None = None) -> None:
        self._seller = seller
        self._unix_time = unix_time
        self._partner = partner

    def __call__(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """Return the headers with key, time and signature."""
        timestamp = str(int(self._unix_time()))
        headers = {
            "Shop-Client-Key": self._seller.client_key,
            "Shop-Timestamp": timestamp,
            "Shop-Signature": signature(method, url, body, timestamp, self._seller.secret),
        }
        if self._partner is not None:
            headers["Shop-Partner-Client-Key"] = self._partner.client_key
            headers["Shop-Partner-Signature"] = signature(method, url, body, timestamp, self._partner.secret)
        return headers
