"""What addresses of people, mail servers and watchers have to look like."""

import re
from urllib.parse import urlsplit

from kaufland_cli.settings.rules import Refused, is_loopback

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9:](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9:])?")
_MAX_URL = 500


def mail_address(text: str) -> str:
    """Return one e-mail address without a name beside it; nothing in it can become another header."""
    text = text.strip()
    if not _MAIL.fullmatch(text):
        raise Refused("is no e-mail address", echo=True)
    return text


def mail_addresses(text: str) -> str:
    """Return e-mail addresses with a comma and a blank between them, each once."""
    found = [mail_address(part) for part in text.split(",") if part.strip()]
    return ", ".join(dict.fromkeys(found))


def host(text: str) -> str:
    """Return the name or address of a server."""
    text = text.strip()
    if not _HOST.fullmatch(text):
        raise Refused("is no name of a server", echo=True)
    return text.lower()


def ping_url(text: str) -> str:
    """Return the address that is told of imports: https (http for this machine only), no query, no slash at its end."""
    text = text.strip()
    if len(text) > _MAX_URL or not (text.isascii() and text.isprintable()) or " " in text:
        raise Refused("has spaces, special characters or too many of them")
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("has a host or port that cannot be read") from None
    if parts.scheme not in {"https", "http"} or not name:
        raise Refused("does not begin with https:// and a host")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise Refused("has a user name, a query (?…) or a fragment (#…) in it")
    if parts.scheme == "http" and not is_loopback(name):
        raise Refused("begins with http://, which is for this machine only (127.0.0.1, localhost)")
    return text.rstrip("/")


def prometheus_file(text: str) -> str:
    """Return the path of a file that the textfile collector reads."""
    if not text.endswith(".prom"):
        raise Refused("does not end in .prom, and the textfile collector reads no other file")
    return text
