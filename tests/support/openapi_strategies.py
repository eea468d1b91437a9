"""What Kaufland's specification allows, and what lies just beyond it, as hypothesis draws it."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

SPECIFICATION = Path(__file__).parents[2].parent / "shared" / "reference" / "kaufland-openapi-2.27.0.json"
NEEDS_SPECIFICATION = pytest.mark.skipif(
    not SPECIFICATION.exists(), reason=f"Kaufland's OpenAPI file is not there: {SPECIFICATION}"
)
LIMITS = {"int32": 2**31, "int64": 2**63}
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda moment: moment.isoformat(timespec="seconds").replace("+00:00", "Z")
)

# All that json.loads gives for any text: also halves of surrogate pairs, NaN, and integers of any size.
ODD_TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=12) | st.sampled_from(
    ["", "\ud800", "\0", "\x1b[2J", "\u202e", "x" * 5000, "\n", "=1+1", "-1", "null", "2026-11-24T09:30:00Z"]
)
ODD_NUMBERS = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, -1, 2**31, 2**53, 2**63, 10**400])
SCALARS = st.none() | st.booleans() | ODD_NUMBERS | ODD_TEXTS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3), max_leaves=8
)


@cache
def _components() -> dict[str, Any]:
    schemas: dict[str, Any] = json.loads(SPECIFICATION.read_text(encoding="utf-8"))["components"]["schemas"]
    return schemas


def valid(name: str) -> st.SearchStrategy[Any]:
    """Return what the component of this name may be."""
    return st.deferred(lambda: _of({"$ref": f"#/components/schemas/{name}"}))


def _of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what this schema allows; the part of OpenAPI that the orders' schemas use."""
    if schema.get("nullable"):
        return st.none() | _of({key: value for key, value in schema.items() if key != "nullable"})
    if "$ref" in schema:
        return _of(_components()[schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for several in ("allOf", "anyOf", "oneOf"):
        if several in schema:
            return st.one_of([_of(one) for one in schema[several]])
    kind = schema.get("type", "object" if "properties" in schema else "any")
    limit = LIMITS.get(schema.get("format", ""), 10**9)
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "object": lambda: _objects(schema),
        "array": lambda: st.lists(_of(schema.get("items", {})), max_size=3),
        "string": lambda: MOMENTS if schema.get("format") == "date-time" else st.text(min_size=1, max_size=20),
        "integer": lambda: st.integers(schema.get("minimum", -limit), schema.get("maximum", limit - 1)),
        "number": lambda: st.floats(0, 100),
        "boolean": lambda: st.sampled_from([False, True]),
    }
    found = kinds.get(str(kind))
    return JSON if found is None else found()


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {name: _of(one) for name, one in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: one for name, one in known.items() if name in needed},
        optional={name: one for name, one in known.items() if name not in needed},
    )


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value within a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from _places(inner, (*path, key))


@st.composite
def beyond(draw: st.DrawFn, allowed: st.SearchStrategy[Any]) -> Any:
    """Draw what is allowed and put something wrong in some places: another kind, nothing, deeper, twice, unknown."""
    value = copy.deepcopy(draw(allowed))
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(value))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = value
        for step in way:
            holder = holder[step]
        change = draw(st.sampled_from(["junk", "junk", "leave out", "deeper", "twice", "unknown"]))
        if change == "junk":
            holder[last] = draw(JSON)
        elif change == "leave out":
            del holder[last]
        elif change == "deeper":
            holder[last] = {"value": [holder[last]]}
        elif change == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        elif change == "unknown" and isinstance(holder, dict):
            holder[draw(ODD_TEXTS)] = draw(JSON)
    return value


def as_bytes(value: Any) -> bytes:
    """Write JSON as a server may: also NaN and halves of surrogate pairs."""
    return json.dumps(value).encode()
