"""What stands in the place of a text that nobody is to see, and how such texts are found in others.

What is secret is known to `http/redaction.py`, what is personal to `http/personal_data.py`, what a setting may show to
`settings/masked.py`, and what must not leave this machine to `doctor/masking.py`.
"""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
SHORTEST_MASKED: Final = 3
"""Shorter texts are a part of too many others; a country code says nothing of a person."""
WHOLE_WORD_CHARACTERS: Final = 12
"""A shorter text is only taken out where it stands alone: it is a part of too many words."""


def longest_first(texts: Iterable[str]) -> list[str]:
    """Return the texts that are long enough to be looked for, each once, with single blanks."""
    spaced = {" ".join(text.split()) for text in texts}
    return sorted((text for text in spaced if len(text) >= SHORTEST_MASKED), key=len, reverse=True)


def pattern_of(texts: Iterable[str], *, alone: bool = False) -> re.Pattern[str] | None:
    """Return what finds any of these texts in whatever case and spacing; None where there is none.

    Long ones are found inside other words too, unless each has to stand `alone`.
    """
    parts = []
    for text in longest_first(texts):
        part = r"\s+".join(re.escape(word) for word in text.split(" "))
        parts.append(rf"(?<!\w){part}(?!\w)" if alone or len(text) < WHOLE_WORD_CHARACTERS else part)
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def quoted(said: str) -> str:
    """Return what somebody else said, ready to follow a clause of ours, or nothing."""
    return f': "{said.rstrip(".")}"' if said else ""
