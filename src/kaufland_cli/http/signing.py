"""Signs each attempt over the URL and the bytes that are really sent; the secret's own rules come from the API."""

from collections.abc import Callable, Generator, Mapping

from kaufland_cli.http.library import httpx

Sign = Callable[[str, str, bytes], Mapping[str, str]]
"""Returns the headers that sign a request: of its method, its URL as the server sees it, and its body."""


class SignedBy(httpx.Auth):
    """Puts the headers of a `Sign` on every request, as late as can be."""

    requires_request_body = True

    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign it."""
        request.headers.update(self._sign(request.method, wire_url(request.url), request.content))
        yield request


def wire_url(url: httpx.URL) -> str:
    """Return the URL as the server sees it: scheme, host header, and the request target byte for byte."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}"
