"""Reading the parameters of a request; what cannot be understood is refused as Kaufland does, with the field's name."""

from collections.abc import Collection
from datetime import UTC

from kaufland_cli.simulator.exchange import Refusal, Request
from kaufland_cli.simulator.times import iso, moment_of

KNOWN_STOREFRONTS = ("de", "at", "cz", "sk", "pl", "fr", "it", "es", "nl")
BAD_REQUEST = 400
FORBIDDEN = 403


class Query:
    """The parameters of one request. Names that nobody asks for are ignored, as the real API is said to do."""

    def __init__(self, request: Request) -> None:
        self._values = request.query

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of the parameter, or the default."""
        return self._values.get(name, [default])[-1]

    def many(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Return the values of an array, given as `a,b`, as `name=a&name=b`, or both; each must be allowed."""
        values = tuple(value for text in self._values.get(name, []) for value in text.split(",") if value)
        for value in values:
            if value not in allowed:
                raise invalid(name, f"{value} is not one of: {', '.join(allowed)}")
        return tuple(dict.fromkeys(values))

    def number(self, name: str, default: int, *, least: int, most: int | None = None) -> int:
        """Return a whole number within its bounds."""
        text = self.one(name, str(default))
        if not (text.isascii() and text.isdigit()):
            raise invalid(name, "must be a whole number")
        if int(text) < least or (most is not None and int(text) > most):
            raise invalid(name, f"must be at least {least}" if most is None else f"must be between {least} and {most}")
        return int(text)

    def times(self, *names: str) -> dict[str, str]:
        """Return those `…_from_iso` parameters that are there, under the name of the field that they compare with."""
        found = {}
        for name in names:
            if name in self._values:
                moment = moment_of(self.one(name))
                if moment is None:
                    raise invalid(name, "must be in the format YYYY-MM-ddTHH:mm:ssZ")
                found[name.replace("_from_iso", "_iso")] = iso(moment.astimezone(UTC))
        return found

    def storefront(self, configured: Collection[str]) -> str:
        """Return the storefront in lower case, empty when none is asked for; 403 for one that the seller lacks."""
        if "storefront" not in self._values:
            return ""
        storefront = self.one("storefront").lower()
        if storefront not in KNOWN_STOREFRONTS:
            raise invalid("storefront", f"must be one of: {', '.join(KNOWN_STOREFRONTS)}")
        if storefront not in configured:
            raise Refusal(FORBIDDEN, "storefront-not-configured", f"Storefront {storefront} is not configured")
        return storefront


def invalid(field: str, message: str) -> Refusal:
    """Return the refusal of a parameter."""
    return Refusal(BAD_REQUEST, "validation-error", message, field=field)
