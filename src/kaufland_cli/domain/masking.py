"""The mask that replaces hidden text, and how texts to hide are found in other texts.

`http/redaction.py` decides what is secret, `http/personal_data.py` what is personal, `settings/masked.py` what a
setting may show, and `doctor/masking.py` what must not leave this machine.
"""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
MIN_MASKED_LENGTH: Final = 3
"""Shorter texts occur in too many others, and a country code does not identify a person."""
WHOLE_WORD_CHARACTERS: Final = 12
"""Shorter texts are masked only as whole words, because they occur inside too many others."""


def longest_first(texts: Iterable[str]) -> list[str]:
    """Return the texts that are long enough to search for, longest first, each once, with single spaces."""
    spaced = {" ".join(text.split()) for text in texts}
    return sorted((text for text in spaced if len(text) >= MIN_MASKED_LENGTH), key=len, reverse=True)


def pattern_of(texts: Iterable[str], *, alone: bool = False) -> re.Pattern[str] | None:
    """Return a pattern that finds any of these texts, ignoring case and spacing; None if there are none.

    Long texts are found inside other words too, unless `alone` is set.
    """
    parts = []
    for text in longest_first(texts):
        part = r"\s+".join(re.escape(word) for word in text.split(" "))
        parts.append(rf"(?<!\w){part}(?!\w)" if alone or len(text) < WHOLE_WORD_CHARACTERS else part)
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def quoted(message: str) -> str:
    """Return a message from elsewhere as `: "message"`, ready to follow a clause; empty if there is none."""
    return f': "{message.rstrip(".")}"' if message else ""
