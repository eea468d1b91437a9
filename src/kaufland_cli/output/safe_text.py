"""Text from outside (names, titles, messages), made harmless for where it goes: a terminal or JSON.

A buyer's name can hold escape sequences that repaint a terminal, or marks that turn the writing direction. What is
shown never does any of that; what JSON hands on is the value itself, escaped. For spreadsheets: `csv_text`.
"""

import re
import unicodedata

# What breaks a line or moves to the next column becomes one space.
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")

# Cc: ESC and the other controls, C0 and C1. Cf: writing direction, zero width, soft hyphen. Cs: halves of a character.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})

# Variation selectors and skin tones: each terminal gives them another width.
_UNSTEADY = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")

# What json.dumps leaves as it is although a terminal would act on it.
_UNESCAPED = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def shown(value: object) -> str:
    """Return the value as one line of text without anything that a terminal would act on."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if char in _BREAKS else char for char in text)
    return _UNSTEADY.sub("", "".join(char for char in kept if unicodedata.category(char) not in _UNSHOWN))


def shown_lines(value: object) -> list[str]:
    """Return the value as lines, each of them harmless; only line feeds separate lines."""
    return [shown(line) for line in str(value).replace("\r\n", "\n").split("\n")]


def json_escaped(text: str) -> str:
    r"""Return JSON text with the invisible characters in its strings written as `\uXXXX`: the same JSON."""
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def encodable(text: str, encoding: str) -> str:
    """Return the text with `?` for every character missing from the encoding."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "replace").decode(encoding)
    return text
