"""Reads and unpacks the body of a response in chunks, so that no response takes more memory than its limit.

httpx unpacks each block as a whole: 64 KB from the network may become 64 MB, or gigabytes if packed twice.
"""

import zlib

from kaufland_cli.errors import AnswerUnreadable
from kaufland_cli.http.library import httpx

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
ACCEPTED = "gzip"
"""The only content encoding that is requested and read."""
CHUNK_BYTES = 1024 * 1024


def read_body(response: httpx.Response, host: str) -> bytes:
    """Return the whole body, unpacked; empty for an error response whose body cannot be unpacked.

    Raises AnswerUnreadable if it is larger than `MAX_RESPONSE_BYTES`, and httpx.DecodingError if the body of a success
    cannot be unpacked.
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
        raise AnswerUnreadable(
            f"The response from {host} is larger than {MAX_RESPONSE_BYTES // 1024 // 1024} MB: "
            "it cannot be what was requested."
        )
