"""When a text counts as empty, and when two texts are the same."""

import re
import unicodedata

_BLANK = frozenset({"Cc", "Cs", "Zl", "Zp", "Zs"})
"""Controls, halves of a surrogate pair, separators of lines and paragraphs, blanks of any width."""
_INVISIBLE = "Cf"
"""Writing direction, zero width, soft hyphen."""
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters of Hangul, and a pattern of Braille, that show nothing."""
_WITHOUT_FILLERS = str.maketrans("", "", _FILLERS)
_STAR = "[*•●█▇■∗＊]"  # noqa: RUF001 - the full-width star masks too
# Stars that touch a word hide the rest of it; those that stand alone may be a hotel's.
_MASKED = re.compile(rf"\w{_STAR}{{3}}|{_STAR}{{3}}\w")
_STARS = re.compile(_STAR)
_LETTER_OR_DIGIT = re.compile(rf"[^\W_{_FILLERS}]")
_ONLY_X = re.compile(r"(?:[xX][\W_]*){3,}")
_HIDES = re.compile(f"{_STAR}|[xX]")
_BLANKS = re.compile(" +")


def is_text(text: str) -> bool:
    """Tell whether UTF-8 can write it: bytes of names and variables that are no UTF-8 come in as half surrogates."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def storable(text: str) -> str:
    """Return the text with question marks for what UTF-8 cannot write (see `is_text`)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def normalize(value: object) -> str:
    """Return the value as one line of text that can be compared: NFC, white space collapsed, None as nothing.

    Controls and line breaks become blanks; characters that nobody sees go.
    """
    if value is None:
        return ""
    text = str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_WITHOUT_FILLERS))
    if not text.isprintable():  # what is printable has no other blanks, no controls and nothing invisible
        kept: list[str] = []
        for char in text:
            category = unicodedata.category(char)
            if category != _INVISIBLE:
                kept.append(" " if category in _BLANK else char)
        # Taking out what nobody sees may bring together what composes.
        text = unicodedata.normalize("NFC", "".join(kept))
    return (_BLANKS.sub(" ", text) if "  " in text else text).strip(" ")


def is_empty(value: object) -> bool:
    """Tell whether a text says nothing: it has no letter and no digit, or it is masked.

    Marketplaces fill required fields with a dot, a dash or a zero-width space, and hide data behind stars
    (`***`, `Be***er`) or a row of X.
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
    """Tell whether a text is there but hidden from us, wholly or in part: stars or a row of X."""
    return isinstance(value, str) and is_empty(value) and _HIDES.search(value) is not None


def visible_code(value: object) -> str:
    """Return a code, such as an SKU, without surrounding blanks; nothing where nobody sees it, or it is masked.

    Of a code a dot says something: `..` is one.
    """
    text = "" if value is None else str(value).strip()
    return "" if is_masked(text) or not normalize(text) else text


def meaningful(value: object) -> str:
    """Return the text in its comparable form, and nothing where it is empty (`is_empty`)."""
    return "" if is_empty(value) else normalize(value)


def same_text(one: object, other: object) -> bool:
    """Tell whether two texts are the same to a reader: composed or decomposed, however many blanks.

    Two texts that are both empty are the same. Upper and lower case differ.
    """
    return one == other or meaningful(one) == meaningful(other)


def search_form(value: object) -> str:
    """Return the form in which texts are searched: `normalize`, without upper and lower case."""
    text = normalize(value).casefold()
    return text if text.isascii() else unicodedata.normalize("NFC", text)
