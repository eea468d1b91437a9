"""When a text counts as empty, when two texts are the same, and how a number of things is written."""

import re
import unicodedata
from collections.abc import Iterable

_BLANK = frozenset({"Cc", "Cs", "Zl", "Zp", "Zs"})
"""Control characters, unpaired surrogates, line and paragraph separators, spaces of any width."""
_INVISIBLE = "Cf"
"""Formatting characters: writing direction, zero width, soft hyphen."""
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Blank letters: Hangul fillers and the empty Braille pattern."""
_WITHOUT_FILLERS = str.maketrans("", "", _FILLERS)
_STAR = "[*•●█▇■∗＊]"  # noqa: RUF001 - the full-width star masks too
# Stars next to a word hide the rest of it; stars on their own may be a hotel's.
_MASKED = re.compile(rf"\w{_STAR}{{3}}|{_STAR}{{3}}\w")
_STARS = re.compile(_STAR)
_LETTER_OR_DIGIT = re.compile(rf"[^\W_{_FILLERS}]")
_ONLY_X = re.compile(r"(?:[xX][\W_]*){3,}")
_HIDES = re.compile(f"{_STAR}|[xX]")
_BLANKS = re.compile(" +")


def is_text(text: str) -> bool:
    """Return whether a text can be written as UTF-8: file names and variables that are not UTF-8 hold surrogates."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def storable(text: str) -> str:
    """Return the text with question marks for what UTF-8 cannot write (see `is_text`)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def counted(number: int | None, word: str, plural: str = "", *, shown: str = "") -> str:
    """Return `1 order`, `2 orders`, or `? orders` if the number is not known.

    `plural` is given where it is not the word with an s; `shown` is the number as text, with separators for example.
    """
    return f"{shown or ('?' if number is None else number)} {word if number == 1 else plural or word + 's'}"


def one_of(words: Iterable[str], conjunction: str = "or") -> str:
    """Join words as `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def all_of(words: Iterable[str]) -> str:
    """Join words as `a, b and c`."""
    return one_of(words, "and")


def normalize(value: object) -> str:
    """Return the value as one line of text for comparing: NFC, white space collapsed; None becomes an empty text.

    Control characters and line breaks become spaces; invisible characters are removed.
    """
    if value is None:
        return ""
    text = str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_WITHOUT_FILLERS))
    if not text.isprintable():  # printable text has no other spaces, controls or invisible characters
        kept: list[str] = []
        for char in text:
            category = unicodedata.category(char)
            if category != _INVISIBLE:
                kept.append(" " if category in _BLANK else char)
        # Removing invisible characters may bring together letters and accents that compose.
        text = unicodedata.normalize("NFC", "".join(kept))
    return (_BLANKS.sub(" ", text) if "  " in text else text).strip(" ")


def is_empty(value: object) -> bool:
    """Return whether a text says nothing: it has no letters or digits, or it is masked.

    Marketplaces fill required fields with a dot, a dash or a zero-width space, and hide data behind stars
    (`***`, `Be***er`) or a row of Xs.
    """
    if value is None:
        return True
    text = str(value)
    first = _LETTER_OR_DIGIT.search(text)
    if first is None:
        return True
    if first[0] not in "xX" and _STARS.search(text) is None:
        return False
    shown = normalize(text)
    return _MASKED.search(shown) is not None or _ONLY_X.fullmatch(shown) is not None


def is_masked(value: object) -> bool:
    """Return whether a text is hidden wholly or partly, by stars or a row of Xs."""
    return isinstance(value, str) and is_empty(value) and _HIDES.search(value) is not None


def visible_code(value: object) -> str:
    """Return a code, such as an SKU, without surrounding spaces; empty if it is invisible or masked.

    Unlike in other text, punctuation alone is a valid code: `..` is one.
    """
    text = "" if value is None else str(value).strip()
    return "" if is_masked(text) or not normalize(text) else text


def meaningful(value: object) -> str:
    """Return the text in its comparable form (`normalize`), or an empty text if it says nothing (`is_empty`)."""
    return "" if is_empty(value) else normalize(value)


def same_text(one: object, other: object) -> bool:
    """Return whether two texts read the same, ignoring Unicode composition and the number of spaces.

    Two empty texts are the same. Upper and lower case are different.
    """
    return one == other or meaningful(one) == meaningful(other)


def search_form(value: object) -> str:
    """Return the form in which texts are searched: `normalize`, ignoring case."""
    text = normalize(value).casefold()
    return text if text.isascii() else unicodedata.normalize("NFC", text)
