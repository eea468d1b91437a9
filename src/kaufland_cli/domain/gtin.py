"""Article numbers of the GTIN family (EAN-8, UPC, EAN-13, GTIN-14), compared as 14-digit numbers."""

from collections.abc import Iterable

LENGTH = 14
_SEPARATORS = str.maketrans("", "", " -\u00a0\u2007\u202f")


def gtin14(value: object) -> str | None:
    """Return an article number as GTIN-14, with leading zeros; None if it is not one.

    `0194252013212` and `194252013212` are the same number. Zeros alone (`0`, `0000000000000`) are what systems write
    when there is no number. The check digit is ignored: sellers' own numbers often have a wrong one.
    """
    if value is None or isinstance(value, bool):
        return None
    digits = str(value).strip().translate(_SEPARATORS)
    if not (digits.isascii() and digits.isdigit()):
        return None
    significant = digits.lstrip("0")
    return significant.zfill(LENGTH) if 0 < len(significant) <= LENGTH else None


def gtins(values: Iterable[object]) -> tuple[str, ...]:
    """Return the different article numbers among the values as GTIN-14, in their order."""
    return tuple(dict.fromkeys(number for value in values if (number := gtin14(value)) is not None))


def gtin_forms(gtin: str) -> tuple[str, ...]:
    """Return the forms a GTIN-14 may be written in: 8, 12, 13 or 14 digits, and without leading zeros."""
    significant = gtin.lstrip("0")
    lengths = [length for length in (8, 12, 13, LENGTH) if length >= len(significant)]
    return tuple(dict.fromkeys((significant, *(significant.zfill(length) for length in lengths))))
