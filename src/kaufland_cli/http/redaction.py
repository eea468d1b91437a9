"""Takes the secrets of this process out of what comes from outside, once for everything that talks to a server.

A server may send back what it was sent: a key, its signature, a token, a password, plain or in another form. `SECRETS`
knows them all: a `SecretKey` makes itself known, and whoever makes a secret of another kind (a token, a ping address,
the password of a proxy) adds it. What is taken out reads `***`.
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
"""A secret of this many characters is never a word, a name or a number by chance.

Shorter ones, such as a mistaken or chosen password, may also be a city or a customer's number. They are taken out of
messages and of the request log, never out of the data that an answer brings."""
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
"""The headers of requests whose values no answer may bring into a message or the store."""
_JSON_ESCAPE = re.compile(rb"\\(?:u00([2-7][0-9a-f])|.)", re.IGNORECASE | re.DOTALL)
_NEEDLESS_ESCAPE = re.compile(rb"\\u00[2-7]")
_KEPT_ESCAPED = frozenset({b'"', b"\\"})
_MASK = MASK.encode()


class Redaction:
    """What is secret, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._all: tuple[bytes, ...] = ()
        self._certain: tuple[bytes, ...] = ()
        self._signatures: deque[str] = deque(maxlen=SIGNATURES_KEPT)

    def add(self, *secrets: str) -> None:
        """Make secrets known to this process; nothing shown from now on holds them."""
        with self._lock:
            new = {secret for secret in secrets if secret.strip("*")} - self._secrets
            if new:
                self._secrets |= new
                self._all = _forms_of(self._secrets)
                self._certain = _forms_of(one for one in self._secrets if len(one) >= CERTAIN_CHARACTERS)

    def add_sent(self, headers: Iterable[tuple[str, str]]) -> None:
        """Make the signatures and keys in the headers of a request known, as long as they are of use to anybody."""
        self._signatures.extend(sent_secrets(headers))

    def clear(self) -> None:
        """Know nothing any more."""
        with self._lock:
            self._secrets, self._all, self._certain = frozenset(), (), ()
            self._signatures.clear()

    def body(self, content: bytes, *, data: bool = False, sent: Iterable[str] = ()) -> bytes:
        """Return the body of an answer without secrets, those of its own request (`sent`) included.

        Of `data` (an answer of success) only what is certainly a secret is taken out: a city stays a city.
        """
        if data:  # pages of orders are large, and there are many of them
            as_sent = (value.encode().lower() for value in sent if len(value) >= CERTAIN_CHARACTERS)
            return _without(content, (*self._certain, *as_sent), _json_views)
        return _without(content, (*self._all, *_forms_of(sent)), _views)

    def text(self, text: str) -> str:
        """Return a text without secrets: a recorded or shown one that is not only of this program's own words."""
        return _text_without(text, (*self._all, *_forms_of(self._signatures.copy())))

    def own_text(self, text: str) -> str:
        """Return a text of this program's own without what is certainly a secret; its own words stay as they are."""
        certain = [one for one in self._signatures.copy() if len(one) >= CERTAIN_CHARACTERS]
        return _text_without(text, (*self._certain, *_forms_of(certain)))

    def for_message(self, text: str) -> str:
        """Return what a server says, fit for a message: one line without secrets, controls and marks of direction.

        It is cut to a length that a person will read.
        """
        text = self.text(normalize(text))
        return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"


SECRETS = Redaction()
"""The secrets of this process."""


def sent_secrets(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the secret values in the headers of a request, without the word (`Bearer`, `Basic`) in front."""
    return [value.rpartition(" ")[2] for name, value in headers if name.lower() in SECRET_HEADERS and value]


def _text_without(text: str, forms: tuple[bytes, ...]) -> str:
    content = text.encode("utf-8", "surrogatepass")
    found = _without(content, forms, _views)
    return text if found is content else found.decode("utf-8", "surrogatepass")


def _without(content: bytes, forms: tuple[bytes, ...], views: Callable[[bytes], Iterator[bytes]]) -> bytes:
    """Return the content without the forms, also where they are only there once the content is decoded."""
    for view in views(content):
        lowered = view.lower()
        found = [form for form in forms if form in lowered]
        if found:
            cleaned = _pattern(tuple(found)).sub(_MASK, view)
            if cleaned != view:
                return _without(cleaned, forms, views)
    return content


def _views(content: bytes) -> Iterator[bytes]:
    """Yield the content, and what it means to a reader of JSON, of a web page and of an address."""
    yield from _json_views(content)
    if b"&" in content:
        yield html.unescape(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if b"%" in content:
        yield unquote_to_bytes(content)


def _json_views(content: bytes) -> Iterator[bytes]:
    """Yield the content, and what it says in UTF-8 and without needless escapes."""
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
    """Return everything that one of them may look like, in lower case, the longest first."""
    found = {form for secret in secrets for form in _forms(secret)}
    return tuple(sorted(found, key=len, reverse=True))


@lru_cache(maxsize=256)
def _forms(secret: str) -> frozenset[bytes]:
    """Return the secret as it is, as JSON, in a web page, in an address, in hexadecimal digits and in base64."""
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
    """Yield it in base64, by itself and behind one or two other bytes, as in `name:password`."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
        for before, cut in ((0, 0), (1, 2), (2, 3)):
            whole = encode(b"\0" * before + raw).decode().rstrip("=")
            inner = whole[cut : -1 if (before + len(raw)) % 3 else None]
            if len(inner) >= WHOLE_WORD_CHARACTERS:
                yield inner
