"""Removes this process's secrets from everything that comes from outside.

A server may send back what it was sent: a key, a signature, a token or a password, as it is or encoded. `SECRETS` has
them all: each `SecretKey` registers itself, and code that creates another kind of secret (a token, a ping URL, a proxy
password) adds it. A removed secret reads `***`.
"""

import base64
import html
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from kaufland_cli.domain.masking import MASK, WHOLE_WORD_CHARACTERS
from kaufland_cli.domain.text import normalize

CERTAIN_CHARACTERS = 16
"""A secret of this length is never a word, a name or a number by chance.

A shorter one, such as a password somebody chose, may also be a city or a customer number. It is removed from messages
and the request log, but never from the data of a response."""
MAX_SHOWN_CHARACTERS = 300
SIGNATURES_KEPT = 64
SECRET_HEADERS = (
    "authorization",
    "proxy-authorization",
    "shop-client-key",
    "shop-signature",
    "shop-partner-client-key",
    "shop-partner-signature",
)
"""Request headers whose values must never get into a message or the store."""
_JSON_ESCAPE = re.compile(rb"\\(?:u00([2-7][0-9a-f])|.)", re.IGNORECASE | re.DOTALL)
_NEEDLESS_ESCAPE = re.compile(rb"\\u00[2-7]")
_KEPT_ESCAPED = frozenset({b'"', b"\\"})
_MASK = MASK.encode()


class Redaction:
    """The known secrets, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._all: tuple[bytes, ...] = ()
        self._certain: tuple[bytes, ...] = ()
        self._signatures: deque[str] = deque(maxlen=SIGNATURES_KEPT)

    def add(self, *secrets: str) -> None:
        """Register secrets; nothing shown from now on contains them."""
        with self._lock:
            new = {secret for secret in secrets if secret.strip("*")} - self._secrets
            if new:
                self._secrets |= new
                self._all = _forms_of(self._secrets)
                self._certain = _forms_of(one for one in self._secrets if len(one) >= CERTAIN_CHARACTERS)

    def add_sent(self, headers: Iterable[tuple[str, str]]) -> None:
        """Register the signatures and keys in a request's headers; the latest ones are kept, as older ones are void."""
        self._signatures.extend(sent_secrets(headers))

    def clear(self) -> None:
        """Forget all secrets."""
        with self._lock:
            self._secrets, self._all, self._certain = frozenset(), (), ()
            self._signatures.clear()

    def body(self, content: bytes, *, data: bool = False, sent: Iterable[str] = ()) -> bytes:
        """Return the body of a response without secrets, including those of its own request (`sent`).

        From `data` (a successful response) only certain secrets are removed: a city stays a city.
        """
        if data:  # pages of orders are large and many, so fewer forms are searched
            as_sent = (value.encode().lower() for value in sent if len(value) >= CERTAIN_CHARACTERS)
            return _without(content, (*self._certain, *as_sent), _json_views)
        return _without(content, (*self._all, *_forms_of(sent)), _views)

    def text(self, text: str) -> str:
        """Return a text without secrets, if it may contain more than this program's own words."""
        return _text_without(text, (*self._all, *_forms_of(self._signatures.copy())))

    def own_text(self, text: str) -> str:
        """Return a text of this program without certain secrets, so that its own words stay as they are."""
        certain = [one for one in self._signatures.copy() if len(one) >= CERTAIN_CHARACTERS]
        return _text_without(text, (*self._certain, *_forms_of(certain)))

    def for_message(self, text: str) -> str:
        """Return a server's text for use in a message: one line without secrets and control characters.

        It is cut to a length that a person will read.
        """
        text = self.text(normalize(text))
        return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"


SECRETS = Redaction()
"""The secrets of this process."""


def sent_secrets(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the secret values in a request's headers, without the scheme (`Bearer`, `Basic`) in front."""
    return [value.rpartition(" ")[2] for name, value in headers if name.lower() in SECRET_HEADERS and value]


def _text_without(text: str, forms: tuple[bytes, ...]) -> str:
    content = text.encode("utf-8", "surrogatepass")
    found = _without(content, forms, _views)
    return text if found is content else found.decode("utf-8", "surrogatepass")


def _without(content: bytes, forms: tuple[bytes, ...], views: Callable[[bytes], Iterator[bytes]]) -> bytes:
    """Return the content without these forms, including those that appear only once it is decoded."""
    for view in views(content):
        lowered = view.lower()
        found = [form for form in forms if form in lowered]
        if found:
            cleaned = _pattern(tuple(found)).sub(_MASK, view)
            if cleaned != view:
                return _without(cleaned, forms, views)
    return content


def _views(content: bytes) -> Iterator[bytes]:
    """Yield the content, and the content decoded as JSON, as HTML and as a URL."""
    yield from _json_views(content)
    if b"&" in content:
        yield html.unescape(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if b"%" in content:
        yield unquote_to_bytes(content)


def _json_views(content: bytes) -> Iterator[bytes]:
    """Yield the content, and the content in UTF-8 and without needless escapes."""
    yield content
    if b"\0" in content[:8]:
        with suppress(UnicodeError):
            yield content.decode(json.detect_encoding(content)).encode()
    if _NEEDLESS_ESCAPE.search(content):
        yield _JSON_ESCAPE.sub(_unescaped, content)


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return found[0]
    char = bytes([int(found[1], 16)])
    return b"\\" + char if char in _KEPT_ESCAPED else char


@lru_cache(maxsize=16)
def _pattern(forms: tuple[bytes, ...]) -> re.Pattern[bytes]:
    parts = []
    for form in sorted(forms, key=len, reverse=True):
        escaped = re.escape(form)
        alone = len(form) < WHOLE_WORD_CHARACTERS
        parts.append(rb"(?<![\w\x80-\xff])" + escaped + rb"(?![\w\x80-\xff])" if alone else escaped)
    return re.compile(b"|".join(parts), re.IGNORECASE)


def _forms_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Return every form that these secrets may take, in lower case, longest first."""
    found = {form for secret in secrets for form in _forms(secret)}
    return tuple(sorted(found, key=len, reverse=True))


@lru_cache(maxsize=256)
def _forms(secret: str) -> frozenset[bytes]:
    """Return the secret as it is, and as JSON, HTML, URL, hexadecimal digits and base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        secret.replace("'", r"\'"),
        html.escape(secret),
        quote(secret, safe="", errors="replace"),
        raw.hex(),
        *_in_base64(raw),
    }
    texts |= {text.replace("/", r"\/") for text in texts}
    return frozenset(text.encode("utf-8", "surrogatepass").lower() for text in texts)


def _in_base64(raw: bytes) -> Iterator[str]:
    """Yield it in base64, alone and after one or two other bytes, as in `name:password`."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
        for before, cut in ((0, 0), (1, 2), (2, 3)):
            whole = encode(b"\0" * before + raw).decode().rstrip("=")
            inner = whole[cut : -1 if (before + len(raw)) % 3 else None]
            if len(inner) >= WHOLE_WORD_CHARACTERS:
                yield inner
