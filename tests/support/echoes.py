"""A server on loopback that sends back whatever it was sent, and a secret in every form that it can think of."""

import base64
import html
import json
import socket
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from support.seller_api import whole_answer

# No part of it occurs by chance, and every form of it is another.
SECRET = "Zq7v\"Xw<2L/tB\\9k&Hd%4mRf8s'Jp3nY+c6gTa1eUz5bWq0"


def forms(secret: str) -> list[bytes]:
    """Return the forms in which a server may hold a secret, made without the program's own code."""
    raw = secret.encode()
    return [
        raw,
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "".join(f"\\u{ord(char):04x}" for char in secret).encode(),
        "".join(f"\\u{ord(char):04X}" for char in secret).encode(),
        quote(secret, safe="").encode(),
        quote_plus(secret).lower().encode(),
        "".join(f"%{ord(char):02x}" for char in secret).encode(),
        html.escape(secret).encode(),
        "".join(f"&#{ord(char)};" for char in secret).encode(),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        base64.b64encode(raw),
        base64.urlsafe_b64encode(raw),
        base64.b64encode(b"user:" + raw),
        base64.b64encode(b"\0someone\0" + raw),
    ]


def traces(secret: str) -> list[bytes]:
    """Return what must be found nowhere: the forms, and how Python shows them; of base64 the inner part."""
    found = {form for form in forms(secret) if b"\\u" not in form and b"&#" not in form and form.count(b"%") < 20}
    found |= {repr(secret)[1:-1].encode(), repr(secret.encode())[2:-1].encode()}
    return sorted({form.strip(b"=")[8:-2] if form.isalnum() else form for form in found})


Answer = Callable[[bytes, bytes], bytes]
"""From the head of a request and the forms to the answer."""


def _refusal(head: bytes, form: bytes) -> bytes:
    body = json.dumps({"type": "x/error", "message": head.decode("latin-1")})[:-1].encode()
    return whole_answer(body + b', "errors": [{"field": "' + form + b'", "message": "' + form + b'"}]}', status=_BAD)


_BAD = b"400 Bad Request"
ANSWERS: dict[str, Answer] = {
    "refused": _refusal,
    "refused in Business Central's form": lambda head, form: whole_answer(
        b'{"error": {"code": "' + form + b'", "message": "You sent ' + form + b" " + head.hex().encode() + b'"}}',
        status=_BAD,
    ),
    "refused without a token": lambda _, form: whole_answer(
        b'{"error": "invalid_client", "error_description": "' + form + b'"}', status=b"401 Unauthorized"
    ),
    "as plain text": lambda head, form: whole_answer(form + b" " + head.replace(b"\r\n", b" "), status=_BAD),
    "a web page": lambda head, form: whole_answer(
        b"<html><h1>" + form + b"</h1><pre>" + head + b"</pre></html>", status=b"502 Bad Gateway"
    ),
    "unknown fields": lambda _, form: whole_answer(
        b'{"message": "no", "trace": {"key": "' + form + b'"}, "' + form + b'": 1}', status=b"403 Forbidden"
    ),
    "in headers": lambda _, form: whole_answer(
        b"{}", b"Server: " + form, b"X-Request-Id: " + form, b"Retry-After: 1 " + form, status=_BAD
    ),
    "a redirect": lambda _, form: whole_answer(b"", b"Location: https://x.example/" + form, status=b"302 " + form),
    "a reason": lambda head, form: whole_answer(b"{}", status=b"500 " + form + head.splitlines()[1]),
    "no HTTP": lambda head, form: form + head,
    "broken off": lambda head, form: whole_answer(b'{"message": "' + form + b'"}', status=_BAD)[:-4] + head[:0],
    "in UTF-16": lambda _, form: whole_answer(
        json.dumps({"message": form.decode("latin-1")}).encode("utf-16"), status=_BAD
    ),
}


def echo(secret: str) -> Callable[[socket.socket, bytes], None]:
    """Return how a server answers that sends back one form after the other, in one kind of answer after the other."""
    told = 0
    known, answers = forms(secret), list(ANSWERS.values())

    def respond(connection: socket.socket, head: bytes) -> None:
        nonlocal told
        connection.sendall(answers[told % len(answers)](head, known[(told + told // len(answers)) % len(known)]))
        told += 1

    return respond
