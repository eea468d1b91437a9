"""What is known is never replaced by what is unknown."""

from collections.abc import Iterable, Mapping
from typing import Any

from kaufland_cli.domain.text import is_empty


def is_unknown(value: object) -> bool:
    """Tell whether a value says nothing: there is none, or a text that is empty (`text.is_empty`). 0 is a value."""
    return value is None or (isinstance(value, str) and is_empty(value))


def known_sum(amounts: Iterable[int | None]) -> int | None:
    """Return the sum, or None where an amount is unknown: unknown is not 0."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return sum(known) if len(known) == len(found) else None


def known_kept(new: Any, known: Any) -> Any:
    """Return the new value, or the known one where the new one says nothing.

    Of two objects with fields (JSON) each field is looked at.
    """
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {**known, **{name: known_kept(value, known.get(name)) for name, value in new.items()}}
    return known if is_unknown(new) else new
