"""Reads the body of an answer and unpacks it, a part at a time, so that no answer ever takes more than its bound.

httpx unpacks each block whole: 64 KB from the wire may become 64 MB, and packed twice, gigabytes.
"""

import zlib

from kaufland_cli.errors import AnswerUnreadable
from kaufland_cli.http.library import httpx

MAX_ANSWER_BYTES = 32 * 1024 * 1024
ACCEPTED = "gzip"
"""What may be asked for; anything else is not read."""
PIECE_BYTES = 1024 * 1024


def read_body(response: httpx.Response, host: str) -> bytes:
    """Return the whole body, unpacked; nothing for one that cannot be unpacked where the status says enough.

    Raises AnswerUnreadable where it is larger than `MAX_ANSWER_BYTES`, and httpx.DecodingError where an answer of
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
        raise httpx.DecodingError(f"packed as {packed!r}, which nobody asked for")
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
                body += unpacking.decompress(waiting, PIECE_BYTES)
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            _check(body, host)
            waiting = unpacking.unconsumed_tail
    if unpacking is not None and began and not unpacking.eof:
        raise httpx.DecodingError("the packed body ends too early")
    return bytes(body)


def _check(body: bytearray, host: str) -> None:
    if len(body) > MAX_ANSWER_BYTES:
        raise AnswerUnreadable(
            f"The answer of {host} is larger than {MAX_ANSWER_BYTES // 1024 // 1024} MB: "
            "it cannot be what was asked for."
        )
