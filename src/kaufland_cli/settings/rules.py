"""Rules for single values: each returns the value as it is kept, or raises InvalidValue with the reason.

`sections` attaches them to the fields; dependencies between settings are in `model`.
"""

import ipaddress
import re
import shlex
import sys
import tomllib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit

from kaufland_cli.domain import codes
from kaufland_cli.domain.key_text import bare_key
from kaufland_cli.domain.nearest import nearest
from kaufland_cli.domain.text import is_text

DEFAULT_PORTS: Final = {"https": 443, "http": 80}
MAX_URL: Final = 500
ORDER_PLACEHOLDER: Final = "{id_order}"
MAX_HOST: Final = 253
MAX_TEXT: Final = 1000
MAX_NUMBER: Final = 20
ALL_COUNTRIES: Final = "all"
_FAR: Final = timedelta(days=366)
_URL_HOST: Final = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*"
_URL_PATH: Final = r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*"
_URL_PART: Final = r"[A-Za-z0-9._-]{1,100}"
_LOCALE: Final = r"(?a)([A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*)(?:\.[A-Za-z0-9_-]+)?(?:@\w+)?"
_PERCENT: Final = r"[0-9]{1,2}(\.[0-9]{1,2})?"
_MAIL: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_MAIL_HOST: Final = r"[A-Za-z0-9:](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9:])?"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a key allows, in words; part of the metadata of the field."""

    text: str


@dataclass(frozen=True, slots=True)
class Hides:
    """The part of a value that works as a secret and is hidden by default; part of the metadata of the field.

    `path`: of an address that grants access to whoever knows it. `words`: of a command, one of which may be a password.
    """

    what: Literal["path", "words"]


class InvalidValue(ValueError):
    """A value breaks a rule; with `echo` the message begins with the value."""

    def __init__(self, reason: str, *, echo: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.echo = echo


# --- text ---


def optional(rule: Callable[[str], str]) -> Callable[[str], str]:
    """Return the rule for a value that may be empty."""
    return lambda text: rule(text) if text.strip() else ""


def plain_text(text: str) -> str:
    """Return a text for a path or a command: no control characters, at most 1,000 characters."""
    if len(text) > MAX_TEXT or any(ord(character) < ord(" ") for character in text):
        raise InvalidValue("has control characters or is longer than 1000 characters")
    if not is_text(text):
        raise InvalidValue("is not valid text (UTF-8)")
    return text


def client_key(text: str) -> str:
    """Return the key without blanks and quotes around it; it is sent in a header, so it must be printable ASCII."""
    text = bare_key(text)
    if len(text) > MAX_TEXT or " " in text or not _is_printable_ascii(text):
        raise InvalidValue("has spaces or special characters, or is too long")
    return text


def user_agent(text: str) -> str:
    """Return a text that can be sent as `User-Agent` header."""
    text = text.strip()
    if not text:
        raise InvalidValue("is empty; Kaufland requires a name from every program")
    if len(text) > MAX_TEXT or not _is_printable_ascii(text):
        raise InvalidValue("has characters that a header cannot hold, or is too long")
    return text


def user_name(text: str) -> str:
    """Return a login name without a colon, which would end it in HTTP Basic authentication."""
    text = plain_text(text.strip())
    if ":" in text:
        raise InvalidValue("has a colon in it")
    return text


def several_words(value: object) -> object:
    """Split words that are separated by commas or blanks; leave a list as it is, but each word once.

    A text that begins with `[` is a TOML list, as `config get` prints it.
    """
    if isinstance(value, str):
        text = value.strip()
        value = _toml_value(text) if text.startswith("[") else text.replace(",", " ").split()
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        return value
    return list(dict.fromkeys(part.lower() for word in value for part in word.replace(",", " ").split()))


def command_words(value: object) -> object:
    """Split a command in one text into words as a shell does; leave a list as it is.

    A text that begins with `[` is a TOML list, as `config get` prints it.
    """
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        listed = _toml_value(value.strip())
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise InvalidValue("begins with [ but is not a list of words in quotes")
        return listed
    words = shlex.shlex(plain_text(value), posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    if sys.platform == "win32":
        words.escape = ""  # a backslash separates folders on Windows
    try:
        return list(words)
    except ValueError:
        raise InvalidValue("has an opening quotation mark without a closing one") from None


def pairs(text: str) -> dict[str, object]:
    """Return the table that a person typed: `AT=D0010,SK=D0011`, or an inline table of TOML."""
    if text.lstrip().startswith("{"):
        table = _toml_value(text.strip())
        if not isinstance(table, dict):
            raise InvalidValue("begins with { but is not a table")
        return table
    found: dict[str, object] = {}
    for pair in text.split(",") if text.strip() else ():
        name, sign, value = pair.partition("=")
        if not sign:
            raise InvalidValue("is not a list such as AT=D0010,SK=D0011", echo=True)
        if name.strip() in found:
            raise InvalidValue(f"names {name.strip()} twice")
        found[name.strip()] = value.strip()
    return found


def _toml_value(text: str) -> object:
    """Parse a single TOML value; None if the text is anything else."""
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return data.get("value") if len(data) == 1 else None


def _is_printable_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable()


# --- addresses ---


def is_loopback(host: str) -> bool:
    """Return whether the host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(text: str) -> str:
    """Return the base URL of an API: https (http for this machine only), lower-case host, no slash at the end."""
    parts = _split_url(text)
    host, port = parts.hostname or "", parts.port
    if not _is_host(host) or port == 0:
        raise InvalidValue("has a host or port that cannot be read")
    if not re.fullmatch(_URL_PATH, parts.path):
        raise InvalidValue("has characters that are not allowed in an address")
    shown_host = f"[{host}]" if ":" in host else host
    explicit_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return urlunsplit((parts.scheme, shown_host + explicit_port, parts.path.rstrip("/"), "", ""))


def ping_url(text: str) -> str:
    """Return the address to ping on each import: https (http for this machine only), no query, no slash at the end."""
    _split_url(text)
    return text.strip().rstrip("/")


def order_url(text: str) -> str:
    """Return the address of an order's page, in which `{id_order}` stands once, in its path or behind it.

    The id takes the place of `{id_order}` later; a query and a fragment are allowed, as portals have them.
    """
    text = text.strip()
    before, placeholder, after = text.partition(ORDER_PLACEHOLDER)
    if not placeholder:
        raise InvalidValue(f"does not have {ORDER_PLACEHOLDER} in it")
    if set("{}") & set(before + after):
        raise InvalidValue(f"has braces in it other than those of one {ORDER_PLACEHOLDER}")
    if not _is_printable_ascii(text) or " " in text or len(text) > MAX_URL:
        raise InvalidValue("has spaces or special characters, or is too long")
    parts = _split_url(re.split("[?#]", before, maxsplit=1)[0])
    if not _is_host(parts.hostname or "") or not parts.path.startswith("/"):
        raise InvalidValue(f"has no host with a slash before {ORDER_PLACEHOLDER}")
    return text


def _split_url(text: str) -> SplitResult:
    """Return the parts of an address that is safe to send keys to. Raises InvalidValue."""
    text = text.strip()
    if len(text) > MAX_URL or not _is_printable_ascii(text) or " " in text:
        raise InvalidValue("has spaces or special characters, or is too long")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidValue("has a host or port that cannot be read") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise InvalidValue("does not begin with https://")
    if "@" in parts.netloc:
        raise InvalidValue("has a user name or password in it")
    if "?" in text or "#" in text:
        raise InvalidValue("has a query (?…) or a fragment (#…) in it")
    if not host:
        raise InvalidValue("has no host")
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidValue("begins with http://, which is allowed for this machine only (127.0.0.1, localhost)")
    return parts


def _is_host(host: str) -> bool:
    if ":" not in host:
        return len(host) <= MAX_HOST and re.fullmatch(_URL_HOST, host) is not None
    try:
        return "%" not in host and isinstance(ipaddress.ip_address(host), ipaddress.IPv6Address)
    except ValueError:
        return False


def url_part(text: str) -> str:
    """Return a name that is used as one part of an address; it may be empty."""
    text = text.strip()
    if text and (not re.fullmatch(_URL_PART, text) or not text.strip(".")):
        raise InvalidValue("has characters that are not allowed here, or is too long")
    return text


def mail_address(text: str) -> str:
    """Return one bare e-mail address, which cannot inject another header."""
    text = text.strip()
    if not re.fullmatch(_MAIL, text):
        raise InvalidValue("is not an e-mail address", echo=True)
    return text


def mail_addresses(text: str) -> str:
    """Return e-mail addresses separated by a comma and a space, without duplicates."""
    found = [mail_address(part) for part in text.split(",") if part.strip()]
    return ", ".join(dict.fromkeys(found))


def mail_host(text: str) -> str:
    """Return the name or address of a mail server in lower case."""
    text = text.strip()
    if not re.fullmatch(_MAIL_HOST, text):
        raise InvalidValue("is not a valid server name", echo=True)
    return text.lower()


def prometheus_file(text: str) -> str:
    """Return the path of a file that Prometheus' textfile collector reads."""
    if not text.endswith(".prom"):
        raise InvalidValue("does not end in .prom, and the textfile collector reads no other file")
    return text


# --- countries, storefronts and times ---


def is_storefront_code(text: str) -> bool:
    """Return whether the text may be a storefront code, known or not."""
    return bool(codes.storefront_code(text))


def storefront_code(text: str) -> str:
    """Return the storefront code in lower case; unknown codes are accepted, since Kaufland opens new storefronts."""
    code = codes.storefront_code(text)
    if not code:
        raise InvalidValue("is not a valid storefront", echo=True)
    return code


def country(text: str) -> str:
    """Return the two-letter country code (ISO 3166) in capitals."""
    code = codes.country_code(text)
    if not code:
        raise InvalidValue("is not a two-letter country code", echo=True)
    return code


def country_or_all(text: str) -> str:
    """Return a country as `country` does, or `all`."""
    return ALL_COUNTRIES if text.strip().lower() == ALL_COUNTRIES else country(text)


def timezone(text: str) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = nearest(text, zoneinfo.available_timezones())
        raise InvalidValue(
            "is not a known time zone" + (f"; did you mean {near}?" if near else ""), echo=True
        ) from None
    return text


def locale(text: str) -> str:
    """Return the locale as `de_DE`; empty means that of the environment."""
    if not text.strip():
        return ""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 -- slow to import and rarely needed

    match = re.fullmatch(_LOCALE, text.strip())
    try:
        return str(Locale.parse(match[1].replace("-", "_") if match else ""))
    except (UnknownLocaleError, ValueError, TypeError):
        raise InvalidValue("is not a known locale", echo=True) from None


def moment(text: str) -> str:
    """Return a date and time as `2026-11-01T08:00:00Z`, or an empty text; without an offset it is read as UTC."""
    if not text.strip():
        return ""
    try:
        found = datetime.fromisoformat(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        _ = found - _FAR, found + _FAR  # so that every time zone can show it
    except (ValueError, OverflowError):
        raise InvalidValue("is not a valid date or time", echo=True) from None
    return moment_text(found)


def moment_text(moment: datetime) -> str:
    """Return an aware datetime in the form of the settings: UTC, to the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# --- numbers of customers, accounts and items ---


def number(text: str) -> str:
    """Return the number of a customer, an account or an item; text, since it may have leading zeros or letters."""
    text = text.strip()
    if len(text) > MAX_NUMBER:
        raise InvalidValue("is longer than 20 characters", echo=True)
    if not text.isprintable():
        raise InvalidValue("has characters that cannot be printed", echo=True)
    return text


def needed_number(text: str) -> str:
    """Return a number as `number` does; it must not be empty."""
    if not text.strip():
        raise InvalidValue("has no number")
    return number(text)


def vat_percent(text: str) -> str:
    """Return a VAT rate in percent as the key for look-ups: `7`, `5.5`."""
    percent = text.strip()
    if not re.fullmatch(_PERCENT, percent):
        raise InvalidValue("is not a VAT rate in percent, such as 19 or 5.5", echo=True)
    return f"{float(percent):g}"


def each_once(rule: Callable[[str], str]) -> Callable[[object], object]:
    """Return a check that no two names of a table are the same under this rule."""

    def check(table: object) -> object:
        names: list[str] = []
        for name in table if isinstance(table, dict) else ():
            try:
                names.append(rule(str(name)))
            except InvalidValue:
                continue  # the rule itself reports it
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidValue(f"names {twice} twice")
        return table

    return check
