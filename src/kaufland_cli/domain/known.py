"""Merges new values into known ones: what is known is never replaced by what is unknown.

Values come from answers of the Seller API and from the store, which uses these rules when it updates units and orders.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kaufland_cli.domain.text import is_empty, is_masked, normalize, same_text


def is_unknown(value: object) -> bool:
    """Return whether a value is None or an empty text (`text.is_empty`). 0 is a value."""
    return value is None or (isinstance(value, str) and is_empty(value))


def agree(new: object, known: object) -> bool:
    """Return whether two values do not contradict each other: they read the same, or one of them is unknown."""
    return is_unknown(new) or is_unknown(known) or same_text(new, known)


def changed_parts(new: Any, known: Any, inside: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each field that is known on both sides and differs: its name, the known value, the new value.

    JSON objects are compared field by field; nested names are joined by dots (`delivery.point`).
    """
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        for name in known:
            yield from changed_parts(new.get(name), known[name], f"{inside}.{name}" if inside else str(name))
    elif not agree(new, known):
        yield inside, known, new


def known_sum(amounts: Iterable[int | None]) -> int | None:
    """Return the sum, or None if any amount is unknown: unknown is not 0."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return sum(known) if len(known) == len(found) else None


def known_kept(new: Any, known: Any) -> Any:
    """Return the new value, or the known one if the new one is unknown; JSON objects are merged field by field."""
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {**known, **{name: known_kept(value, known.get(name, value)) for name, value in new.items()}}
    return known if is_unknown(new) else new


def known_unless_masked(new: Any, known: Any) -> Any:
    """Return the new value even if it is empty, but the known one if the new one is masked."""
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {name: known_unless_masked(value, known.get(name)) for name, value in new.items()}
    return known if is_masked(new) and not is_unknown(known) else new


def known_spelling_kept(new: Any, known: Any) -> Any:
    """Do the same as `known_kept`, and also keep a known text that differs only in spaces or Unicode composition.

    Use it for text that people wrote; to them it has not changed. Ids are compared exactly.
    """
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {**known, **{name: known_spelling_kept(value, known.get(name, value)) for name, value in new.items()}}
    if isinstance(new, str) and isinstance(known, str) and normalize(new) == normalize(known):
        return known
    return known_kept(new, known)
