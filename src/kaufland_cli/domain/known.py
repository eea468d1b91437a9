"""What is known is never replaced by what is unknown."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kaufland_cli.domain.text import is_empty, is_masked, normalize, same_text


def is_unknown(value: object) -> bool:
    """Tell whether a value says nothing: there is none, or a text that is empty (`text.is_empty`). 0 is a value."""
    return value is None or (isinstance(value, str) and is_empty(value))


def agree(new: object, known: object) -> bool:
    """Tell whether both may be said of one thing: they are the same to a reader, or one of them is unknown."""
    return is_unknown(new) or is_unknown(known) or same_text(new, known)


def changed_parts(new: Any, known: Any, inside: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield what is known on both sides and differs: its name, the known value and the new one.

    Of two objects with fields (JSON) each field is looked at, by a name such as `delivery.point`.
    """
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        for name in known:
            yield from changed_parts(new.get(name), known[name], f"{inside}.{name}" if inside else str(name))
    elif not agree(new, known):
        yield inside, known, new


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
        return {**known, **{name: known_kept(value, known.get(name, value)) for name, value in new.items()}}
    return known if is_unknown(new) else new


def known_unless_told(new: Any, known: Any) -> Any:
    """Return the new value, also where it is nothing, but the known one where the new one is masked."""
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {name: known_unless_told(value, known.get(name)) for name, value in new.items()}
    return known if is_masked(new) and not is_unknown(known) else new


def known_spelling_kept(new: Any, known: Any) -> Any:
    """Return the same, and the known text too where the new one differs only in blanks or composition.

    For what people wrote: to them such a text has not changed. An id is compared as it is.
    """
    if isinstance(new, Mapping) and isinstance(known, Mapping):
        return {**known, **{name: known_spelling_kept(value, known.get(name, value)) for name, value in new.items()}}
    if isinstance(new, str) and isinstance(known, str) and normalize(new) == normalize(known):
        return known
    return known_kept(new, known)
