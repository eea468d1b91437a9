"""Invoices as files: whether one is a whole PDF, and which order its name belongs to."""

import re
from dataclasses import dataclass
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import WrongUsage

MAX_INVOICE_BYTES: Final = 10_000_000
"""Kaufland states no limit; an invoice with more is a mistake."""
HEAD_BYTES: Final = 1024
"""A PDF may begin after some other bytes (ISO 32000-1, annex H.3.4.1)."""
TAIL_BYTES: Final = 2048
PLACE: Final = "{id_order}"
_ORDER_ID: Final = r"(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,12}"
_EXPORT: Final = Hint("Export the invoice as a PDF again.")


@dataclass(frozen=True, slots=True)
class InvoicePdf:
    """A checked PDF."""

    name: str
    content: bytes


def read_invoice(name: str, content: bytes) -> InvoicePdf:
    """Return the file if it is a whole PDF. Raises `WrongUsage`."""
    if not content.strip():
        raise WrongUsage(f"{name} is empty.", hint=_EXPORT)
    if len(content) > MAX_INVOICE_BYTES:
        raise WrongUsage(f"{name} is larger than {MAX_INVOICE_BYTES // 1_000_000} MB.", hint=_EXPORT)
    if b"%PDF-" not in content[:HEAD_BYTES]:
        kind = "a web page or XML, not" if content.lstrip()[:1] == b"<" else "not"
        raise WrongUsage(f"{name} is {kind} a PDF.", hint=_EXPORT)
    if b"%%EOF" not in content[-TAIL_BYTES:]:
        raise WrongUsage(f"{name} is cut off: a PDF ends with %%EOF.", hint=_EXPORT)
    return InvoicePdf(name, content)


def check_pattern(pattern: str) -> None:
    """Raise `WrongUsage` unless a pattern says where the order id is."""
    if pattern.count(PLACE) != 1:
        raise WrongUsage(
            f"{pattern!r} has to have {PLACE} in it once.",
            hint=command("invoices", "upload", "FOLDER", "--match", f"*{PLACE}*.pdf"),
        )


def match_order_ids(pattern: str, file_name: str) -> list[str]:
    """Return the texts that may be an order id where the pattern expects one, in capitals; more than one is possible.

    `*` stands for any text, `?` for one character; upper and lower case count as equal.
    """
    before, _, after = pattern.partition(PLACE)
    # What touches the id is no part of an id, so that a longer number is not cut to look like one.
    ids = re.compile(rf"(?<![A-Z0-9]){_ORDER_ID}(?![A-Z0-9])", re.IGNORECASE)
    found = (one[0] for one in ids.finditer(file_name))
    return list(
        dict.fromkeys(
            name.upper()
            for name in found
            if re.fullmatch(f"{_glob(before)}{re.escape(name)}{_glob(after)}", file_name, re.IGNORECASE)
        )
    )


def _glob(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in text)
