"""Makes text from outside (names, titles, messages) harmless for a terminal or JSON.

A buyer's name may contain escape sequences that repaint a terminal, or marks that reverse the writing direction. These
are removed from shown text; JSON gets the value itself, escaped. For spreadsheets see `csv_text`.
"""

import re
import unicodedata

# Line breaks and tabs become one space.
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")

# Cc: ESC and the other controls, C0 and C1. Cf: writing direction, zero width, soft hyphen. Cs: halves of a character.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs"})

# Variation selectors and skin tones: terminals disagree about their width.
_UNSTEADY = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")

# json.dumps leaves these as they are, although a terminal would act on them.
_UNESCAPED = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def shown(value: object) -> str:
    """Return the value as one line without anything that a terminal would act on."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    kept = (" " if char in _BREAKS else char for char in text)
    return _UNSTEADY.sub("", "".join(char for char in kept if unicodedata.category(char) not in _UNSHOWN))


def shown_lines(value: object) -> list[str]:
    """Return the value as harmless lines; only line feeds separate them."""
    return [shown(line) for line in str(value).replace("\r\n", "\n").split("\n")]


def json_escaped(text: str) -> str:
    r"""Return the same JSON with invisible characters in its strings written as `\uXXXX`."""
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def encodable(text: str, encoding: str) -> str:
    """Return the text with `?` for every character missing from the encoding."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "replace").decode(encoding)
    return text
