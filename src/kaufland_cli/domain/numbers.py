"""Amounts in the seller's format.

Kaufland sends every amount as an integer in hundredths of its currency. The digits are grouped here, because integers
stay exact at any size; only the separators come from babel.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kaufland_cli.domain.text import counted

UNKNOWN = "?"
_KIBI = 1024
_LOCALE_VARIABLES = ("LC_ALL", "LC_NUMERIC", "LC_MONETARY", "LANG")


@dataclass(frozen=True, slots=True)
class NumberForm:
    """The separators in a number; the default is the plain form `1299.00`."""

    decimal: str = "."
    group: str = ""
    group_sizes: tuple[int, int] = (3, 3)  # digits in the last group, digits in each group before it


PLAIN = NumberForm()


def locale_name(setting: str, environ: Mapping[str, str]) -> str:
    """Return the name of the locale to use: the setting, else the environment's, else an empty text."""
    return setting or next((environ[name] for name in _LOCALE_VARIABLES if environ.get(name)), "")


def number_form(locale: str) -> NumberForm:
    """Return how numbers are written in a locale such as `de_DE.UTF-8`; plainly in C, POSIX and unknown ones."""
    name = re.split("[.@]", locale, maxsplit=1)[0].replace("-", "_")
    if name in {"", "C", "POSIX"}:
        return PLAIN
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 (heavy: only where amounts are shown)

    try:
        found = Locale.parse(name)
        symbols = found.number_symbols["latn"]
        sizes = found.decimal_formats[None].grouping
    except (UnknownLocaleError, ValueError, TypeError, KeyError):
        return PLAIN
    # A no-break space becomes a space: it looks the same and works in every terminal and search field.
    group = str(symbols["group"]).replace("\u202f", " ").replace("\xa0", " ")
    return NumberForm(str(symbols["decimal"]), group, (sizes[0], sizes[1]))


def whole_number(number: int, form: NumberForm = PLAIN) -> str:
    """Return a whole number with its digits grouped."""
    digits = str(abs(number))
    last, before = form.group_sizes
    groups = [digits[-last:]]
    digits = digits[:-last]
    while digits:
        groups.insert(0, digits[-before:])
        digits = digits[:-before]
    return ("-" if number < 0 else "") + form.group.join(groups)


def counted_in(form: NumberForm, number: int | None, word: str, plural: str = "") -> str:
    """Return `1 order`, `2.400 orders`, `? orders`."""
    return counted(number, word, plural, shown="" if number is None else whole_number(number, form))


def amount(minor_units: int | None, form: NumberForm = PLAIN) -> str:
    """Return an amount in minor units (hundredths) as exact text; `?` for an unknown one."""
    if minor_units is None:
        return UNKNOWN
    whole, hundredths = divmod(abs(minor_units), 100)
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{whole_number(whole, form)}{form.decimal}{hundredths:02d}"


def percent(value: object, form: NumberForm = PLAIN) -> str:
    """Return a percentage such as `19 %` or `5,5 %`; `?` for an unknown one."""
    if value is None:
        return UNKNOWN
    try:
        exact = Decimal(str(value))
        text = f"{exact.normalize():f}" if exact.is_finite() else str(value)
    except InvalidOperation:
        return str(value)
    return f"{text.replace('.', form.decimal)} %"


def size_text(number: float, form: NumberForm = PLAIN) -> str:
    """Return a number of bytes as `512 B`, `1.4 MB`."""
    for unit in ("B", "kB", "MB"):
        if number < _KIBI:
            return f"{number:.0f} {unit}" if unit == "B" else f"{tenths(number, form)} {unit}"
        number /= _KIBI
    return f"{tenths(number, form)} GB"


def tenths(number: float, form: NumberForm = PLAIN) -> str:
    """Return a number with one decimal."""
    return f"{number:.1f}".replace(".", form.decimal)
