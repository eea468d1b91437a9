"""Verifies signatures independently of the client's signer, so that each can be tested against the other."""

import hashlib
import hmac
from dataclasses import dataclass

from kaufland_cli.simulator.exchange import Refusal, Request

TOLERANCE_SECONDS = 300
UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Keys:
    """The accepted key pairs: the seller's, and a technology partner's if there is one."""

    client_key: str
    secret_key: str
    partner_client_key: str | None = None
    partner_secret_key: str | None = None


def signature(secret_key: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Return the HMAC-SHA256 in hex of method, full URI, body and time, one per line, keyed with the secret's text."""
    signed = b"\n".join([method.encode(), uri.encode(), body, timestamp.encode()])
    return hmac.new(secret_key.encode(), signed, hashlib.sha256).hexdigest()


def check_signature(request: Request, keys: Keys) -> None:
    """Raise a `Refusal` (401) unless the seller signed the request, with a clock close to the server's."""
    client_key, given, timestamp = (_needed(request, name) for name in ("Client-Key", "Signature", "Timestamp"))
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise Refusal(UNAUTHORIZED, "missing-or-invalid-request-header", "Header Shop-Timestamp is not a unix time")
    if client_key != keys.client_key:
        raise Refusal(UNAUTHORIZED, "invalid-credentials", "Client key is not known")
    _compare_signature(request, keys.secret_key, given, timestamp)
    if abs(int(timestamp) - request.now.timestamp()) > TOLERANCE_SECONDS:
        raise Refusal(UNAUTHORIZED, "corrupted-signature", "Signature could not be verified")
    _check_partner(request, keys, timestamp)


def _check_partner(request: Request, keys: Keys, timestamp: str) -> None:
    """Check the partner's signature, if the client sent one and the simulator has that partner's keys."""
    partner = request.headers.get("shop-partner-client-key")
    if partner is None or keys.partner_secret_key is None:
        return
    if partner != keys.partner_client_key:
        raise Refusal(UNAUTHORIZED, "invalid-credentials", "Partner client key is not known")
    _compare_signature(request, keys.partner_secret_key, _needed(request, "Partner-Signature"), timestamp)


def _compare_signature(request: Request, secret_key: str, given: str, timestamp: str) -> None:
    expected = signature(secret_key, request.method, request.uri, request.body, timestamp)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Refusal(UNAUTHORIZED, "corrupted-signature", "Signature could not be verified")


def _needed(request: Request, name: str) -> str:
    value = request.headers.get(f"shop-{name.lower()}", "")
    if not value:
        raise Refusal(UNAUTHORIZED, "missing-or-invalid-request-header", f"Header Shop-{name} is missing")
    return value
