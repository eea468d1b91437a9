"""What somebody probably meant who mistyped a name."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like this one; empty if none is."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")


def did_you_mean(near: str) -> str:
    """Return ` Did you mean …?`; nothing if nothing is near."""
    return f" Did you mean {near}?" if near else ""
