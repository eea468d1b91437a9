"""The proxies from the environment, checked so that an error names the proxy and not the server behind it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import unquote
from urllib.request import getproxies, getproxies_environment

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import SettingsError
from kaufland_cli.http.library import httpx
from kaufland_cli.http.redaction import SECRETS

SCHEMES = ("http", "https", "all")
USUAL_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""Port by protocol. For SOCKS, httpx needs a package that this program does not install."""
MAX_PORT = 65_535
_HOST = re.compile(r"[\w.:-]+")


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy, without its user name and password."""

    source: str
    """Where it is set: an environment variable, or the system's settings."""
    host: str
    port: int

    @property
    def name(self) -> str:
        """Name for the middle of a sentence."""
        return f"the proxy {self.host}:{self.port} ({self.source})"


class ProxyFailure(httpx.ProxyError):
    """A failure at a proxy or on the way to it, before anything was sent to the server behind it."""

    def __init__(self, proxy: Proxy, reason: Exception) -> None:
        super().__init__(str(reason))
        self.proxy = proxy
        self.reason = reason


def proxies_of_environment(check: Hint) -> tuple[Proxy, ...]:
    """Return the proxies in use. Raises SettingsError, with the command `check` as hint, if one cannot be used."""
    found, named = getproxies(), getproxies_environment()
    return tuple(
        _proxy(found[scheme], f"{scheme.upper()}_PROXY" if scheme in named else "the system's settings", check)
        for scheme in SCHEMES
        if found.get(scheme)
    )


def proxy_at(proxies: Iterable[Proxy], peer: tuple[str, int] | None) -> Proxy | None:
    """Return the proxy at this host and port; None if there is none."""
    return next((proxy for proxy in proxies if (proxy.host, proxy.port) == peer), None)


def _proxy(value: str, source: str, check: Hint) -> Proxy:
    address = value if "://" in value else f"http://{value}"
    scheme, _, rest = address.partition("://")
    _register_password(rest)
    try:
        url = httpx.URL(address)
        problem = _problem(url)
    except (httpx.InvalidURL, ValueError):  # its text contains the URL, and so the password
        problem = "is not a valid proxy address"
    if problem:
        raise SettingsError(
            f"The proxy in {source} cannot be used: it {problem}.",
            hint=Hint(f"Correct {source} (for example http://proxy.example:3128) or remove it, then: ", check),
        )
    return Proxy(source, url.host, url.port or USUAL_PORTS[scheme.lower()])


def _problem(url: httpx.URL) -> str:
    if url.scheme not in USUAL_PORTS or (url.scheme.startswith("socks") and find_spec("socksio") is None):
        return f"speaks {url.scheme!r}, which is not supported here (http and https are)"
    if "@" in str(url) and not url.userinfo:
        return "has characters in its user name or password that must be percent-encoded"
    if not _HOST.fullmatch(url.host):
        return "has no valid host name"
    if url.port is not None and not 0 < url.port <= MAX_PORT:
        return f"has port {url.port}; ports go from 1 to {MAX_PORT}"
    return ""


def _register_password(rest: str) -> None:
    """Register the password as a secret, also if it contains unencoded characters that end it too early."""
    pair, at, _ = rest.rpartition("@")
    if at:
        name, _, password = pair.partition(":")
        SECRETS.add(pair, unquote(pair), password or name, unquote(password or name))
