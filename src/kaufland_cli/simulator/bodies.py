"""Reads the JSON body of a request and checks it against the shape that the specification (2.27) documents."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from kaufland_cli.simulator.exchange import BAD_REQUEST, Refusal, Request, invalid

INT32 = 2**31
INT64 = 2**63

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """A string; one of `allowed` if there are any."""

    allowed: Collection[str] = ()

    def check(self, name: str, value: object) -> None:
        """Refuse anything else."""
        if not isinstance(value, str):
            raise invalid(name, "must be a string")
        if self.allowed and value not in self.allowed:
            raise invalid(name, f"must be one of: {', '.join(self.allowed)}")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from -`bound` to `bound` - 1."""

    bound: int

    def check(self, name: str, value: object) -> None:
        """Refuse anything else, `true` and `1.0` included."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(name, "must be an integer")
        if not -self.bound <= value < self.bound:
            raise invalid(name, "is out of range")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its fields, all of them required; others are refused, unless the specification leaves it `open`."""

    fields: Mapping[str, "Text | Whole | Shape"]
    open: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse anything else, naming a field of a field `outer.inner`."""
        if not isinstance(value, dict):
            raise invalid(name, "must be an object")
        prefix = f"{name}." if name else ""
        for key in value:
            if key not in self.fields and not self.open:
                raise invalid(f"{prefix}{key}", "is not allowed")
        for key, kind in self.fields.items():
            if key not in value:
                raise invalid(f"{prefix}{key}", "is required")
            kind.check(f"{prefix}{key}", value[key])


def read_body(request: Request, shape: Shape) -> Body:
    """Return the body, which has the shape. Raises `Refusal` (400): `bad-request` if it is not a JSON object at all."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(BAD_REQUEST, "bad-request", "Content-Type must be application/json")
    try:
        body = json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(BAD_REQUEST, "bad-request", "Body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refusal(BAD_REQUEST, "bad-request", "Body must be a JSON object")
    shape.check("", body)
    return body


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")
