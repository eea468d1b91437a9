"""What a single value has to look like; each rule returns the value as it is kept, or says why it is refused."""

import difflib
import ipaddress
import re
import shlex
import sys
import tomllib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from kaufland_cli.domain import codes
from kaufland_cli.domain.text import is_text

DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_URL_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_LOCALE = re.compile(r"([A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*)(?:\.[A-Za-z0-9_-]+)?(?:@\w+)?", re.ASCII)
_MAX_URL = 500
_MAX_HOST = 253
_MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a key allows, in words for a person; stands in the metadata of the field."""

    text: str


class Refused(ValueError):
    """A value breaks a rule; with `echo` the sentence begins with the value itself."""

    def __init__(self, reason: str, *, echo: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.echo = echo


def is_loopback(host: str) -> bool:
    """Tell whether the host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(text: str) -> str:
    """Return the base URL of the API: https (http for this machine only), lower-case host, no slash at its end."""
    text = text.strip()
    if len(text) > _MAX_URL or not _is_printable_ascii(text) or " " in text:
        raise Refused("has spaces, special characters or too many of them")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("has a host or port that cannot be read") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused("does not begin with https://")
    if "@" in parts.netloc:
        raise Refused("has a user name or password in it")
    if "?" in text or "#" in text:
        raise Refused("has a query (?…) or a fragment (#…)")
    if not _is_host(host) or port == 0:
        raise Refused("has no host" if not host else "has a host or port that cannot be read")
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused("begins with http://, which is for this machine only (127.0.0.1, localhost): requests hold keys")
    if not _URL_PATH.fullmatch(parts.path):
        raise Refused("has characters that no address may have")
    shown_host = f"[{host}]" if ":" in host else host
    explicit_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return urlunsplit((parts.scheme, shown_host + explicit_port, parts.path.rstrip("/"), "", ""))


def _is_host(host: str) -> bool:
    if ":" not in host:
        return len(host) <= _MAX_HOST and _HOST.fullmatch(host) is not None
    try:
        return "%" not in host and isinstance(ipaddress.ip_address(host), ipaddress.IPv6Address)
    except ValueError:
        return False


def client_key(text: str) -> str:
    """Return the key without blanks around it; it goes into a header, so only printable ASCII is possible."""
    text = text.strip()
    if len(text) > _MAX_TEXT or " " in text or not _is_printable_ascii(text):
        raise Refused("has spaces, special characters or too many of them")
    return text


def user_agent(text: str) -> str:
    """Return a text that can be sent as the header `User-Agent`."""
    text = text.strip()
    if not text:
        raise Refused("is empty; Kaufland asks every program for a name")
    if len(text) > _MAX_TEXT or not _is_printable_ascii(text):
        raise Refused("has characters that no header may have, or too many of them")
    return text


def storefront_code(text: str) -> str:
    """Return the lower-case code of a storefront; unknown codes are accepted, since Kaufland opens new ones."""
    code = codes.storefront_code(text)
    if not code:
        raise Refused("is no code of a storefront", echo=True)
    return code


def default_storefront(text: str) -> str:
    """Return a storefront's code, or nothing."""
    return storefront_code(text) if text.strip() else ""


def optional(rule: Callable[[str], str]) -> Callable[[str], str]:
    """Return the rule for a value that may be empty."""
    return lambda text: rule(text) if text.strip() else ""


def plain_text(text: str) -> str:
    """Return a text for a path or a command: without control characters and not endless."""
    if len(text) > _MAX_TEXT or any(ord(character) < ord(" ") for character in text):
        raise Refused("has control characters or is longer than 1000 characters")
    if not is_text(text):
        raise Refused("has bytes that are no valid text (UTF-8)")
    return text


def command_words(value: object) -> object:
    """Split a command given as one text into its words, the way a shell does; leave a list as it is.

    A text that begins with `[` is a list as TOML writes it, which is how `config get` prints a command.
    """
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _toml_words(value.strip())
    words = shlex.shlex(plain_text(value), posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    if sys.platform == "win32":
        words.escape = ""  # a backslash parts folders there
    try:
        return list(words)
    except ValueError:
        raise Refused("has a quotation mark that is never closed") from None


def is_storefront_code(text: str) -> bool:
    """Tell whether the text can be the code of a storefront."""
    return bool(codes.storefront_code(text))


def pairs(text: str) -> dict[str, object]:
    """Return the table that a person typed: `AT=D0010,SK=D0011`, or as TOML writes it in braces."""
    if text.lstrip().startswith("{"):
        table = _toml_value(text.strip())
        if not isinstance(table, dict):
            raise Refused("begins with { and is no table")
        return table
    found: dict[str, object] = {}
    for pair in text.split(",") if text.strip() else ():
        name, sign, value = pair.partition("=")
        if not sign:
            raise Refused("is no list such as AT=D0010,SK=D0011", echo=True)
        if name.strip() in found:
            raise Refused(f"names {name.strip()} twice")
        found[name.strip()] = value.strip()
    return found


def _toml_words(text: str) -> list[str]:
    words = _toml_value(text)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Refused("begins with [ and is no list of words in quotes")
    return words


def _toml_value(text: str) -> object:
    """Return one value as TOML writes it; None where it is none, or more than one."""
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return data.get("value") if len(data) == 1 else None


def timezone(text: str) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(text, zoneinfo.available_timezones(), n=1)
        raise Refused("is no known time zone" + (f", perhaps {near[0]}" if near else ""), echo=True) from None
    return text


def locale(text: str) -> str:
    """Return the locale as `de_DE`; nothing means the one of the environment."""
    if not text.strip():
        return ""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 -- slow to import and mostly not needed

    match = _LOCALE.fullmatch(text.strip())
    try:
        return str(Locale.parse(match[1].replace("-", "_") if match else ""))
    except (UnknownLocaleError, ValueError, TypeError):
        raise Refused("is no known locale", echo=True) from None


def _is_printable_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()
