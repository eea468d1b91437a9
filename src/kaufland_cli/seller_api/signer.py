"""Signs each request the way Kaufland asks for it.

Source: page=rest-api of the Seller API documentation: HMAC-SHA256 over method, full URI, body and time, in lower-case
hex; the secret is text and is never decoded, although it looks like a hexadecimal number.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

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


class Signer:
    """Signs with the time of sending, for the seller and for a partner; an `http.connections.Sign`."""

    def __init__(self, seller: Credentials, unix_time: Callable[[], float], partner: Credentials | None = None) -> None:
        self._seller = seller
        self._unix_time = unix_time
        self._partner = partner

    def __call__(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """Return the headers with the key, the time and the signature."""
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
