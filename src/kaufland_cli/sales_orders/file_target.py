"""The target for sellers without a supported system: writes each sales order once, as files for any program to read.

`<number>.json` is the document, `<number>.csv` its lines. The JSON is written last: once it is there, the sales order
exists. A program that has read the files may move them to the subfolder `done`, where they still count. See
docs/decisions/0011 (power loss) and 0020 (files of others).
"""

import errno
import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kaufland_cli.clock import Clock
from kaufland_cli.domain.csv_text import csv_line, spreadsheet_cell
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.sales_order import SalesOrder, minor_units, without_buyer
from kaufland_cli.domain.target_values import Expectations, Item, ItemLookup, LineTax, TargetCheck, TargetDocument
from kaufland_cli.errors import TargetDoubtful, TargetUnavailable, reason_of, shell_command
from kaufland_cli.files import (
    UnfitFile,
    change_rights,
    clear_unfinished,
    folder_open_to_all,
    is_portable_name,
    read_file,
    sync_folder,
    write_new_private_file,
    write_private_file,
)

SCHEMA = "kaufland.sales_order_document/1"
DONE = "done"
HEAD_COLUMNS = ("external_document_no", "order_date", "customer_no", "currency")
LINE_COLUMNS = (
    "type",
    "number",
    "variant",
    "description",
    "quantity",
    "unit_of_measure",
    "unit_price",
    "amount",
    "vat_percent",
    "shipping",
    "id_offer",
    "ean",
)
_PLAIN_NAME = re.compile(r"[A-Z0-9]{1,40}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MAX_FILE = 10_000_000
_ANOTHER_FOLDER = Hint("Choose another folder: ", command("config", "set", "sales_orders.folder", "FOLDER"))
_ELSE_ANOTHER = Hint("; or choose another folder: ", *_ANOTHER_FOLDER.commands)

Record = dict[str, Any]


class FileTarget:
    """A folder for sales orders, as a `Target`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @property
    def name(self) -> str:
        """The name of this target, for the middle of a sentence; stable."""
        return f"the folder {self._folder}"

    @property
    def may_finish_after_disconnect(self) -> bool:
        """False: nothing is written after the program ends."""
        return False

    def check(self, expected: Expectations) -> Sequence[TargetCheck]:
        """Write a test file into the folder and remove it; a folder cannot check customers, accounts and items."""
        named = len(expected.customers) + len(expected.accounts) + len(expected.items)
        skipped = TargetCheck(
            "numbers", "skipped", f"A folder cannot check customers, accounts and items ({named} in use)."
        )
        try:
            with self._target_errors():
                probe = self._folder / f".probe-{secrets.token_hex(8)}"
                write_new_private_file(probe, b"")
                probe.unlink(missing_ok=True)
        except TargetUnavailable as error:
            return [TargetCheck("folder", "failed", error.message, error.hint), skipped]
        if (found := folder_open_to_all(self._folder)) is not None:
            message = f"Everybody on this machine can write to the folder {found}, and so replace sales orders."
            hint = change_rights("o-w", found, _ANOTHER_FOLDER)
            return [TargetCheck("folder", "failed", message, hint), skipped]
        return [TargetCheck("folder", "passed", f"Sales orders are written into {self._folder}."), skipped]

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the document of this order, even if it was moved to `done`; empty if there is none."""
        with self._target_errors():
            record = self._read(external_no)
        return [] if record is None else [_document(record)]

    def item(self, number: str) -> ItemLookup:
        """Accept the number as it is: a folder has no items."""
        return ItemLookup(Item(number.strip()), known=False)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Find nothing: a folder has no EANs."""
        return ItemLookup(None, "a folder has no EANs", known=False)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Write the files, or finish an interrupted attempt; an existing document is left as it is.

        Raises `TargetUnavailable` if it was not written, `TargetDoubtful` if a power loss may still undo it.
        """
        name = file_name(order.external_no)
        with self._target_errors():
            found = self._read(order.external_no)
            if found is not None:
                clear_unfinished(self._folder / f"{name}.json")  # its writer may have been killed right after
            else:
                found = self._new_record(order)
                self._write_lines(name, found)
                if not write_new_private_file(self._folder / f"{name}.json", _json(found)):
                    found = self._read(order.external_no) or found  # another process was faster: its file counts
                    self._write_lines(name, found)
        try:
            sync_folder(self._folder)
        except OSError as error:
            raise TargetDoubtful(
                f"It is unclear whether {self._folder / name}.json reached the disk: {reason_of(error)}."
            ) from error
        return _document(found)

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Return the document as it is: a folder does not change it."""
        return found

    def rendered(self, order: SalesOrder) -> Record:
        """Return the content of the JSON file."""
        return self._new_record(order)

    def erase_buyer(self, external_no: str) -> list[Path]:
        """Remove the buyer's data from the documents of this order, also in `done`; return the changed files.

        Raises `TargetUnavailable` if a file cannot be read or written.
        """
        name, found = f"{file_name(external_no)}.json", []
        with self._target_errors():
            for folder in (self._folder, self._folder / DONE):
                clear_unfinished(folder / name)
                if (record := self._read_in(folder, external_no)) is not None:
                    write_private_file(folder / name, _json(without_buyer(record)))  # the CSV has no buyer data
                    found.append(folder / name)
        return found

    def _new_record(self, order: SalesOrder) -> Record:
        created = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"schema": SCHEMA, "number": order.external_no, "created_at": created, **order.record()}

    def _write_lines(self, name: str, record: Record) -> None:
        write_private_file(self._folder / f"{name}.csv", _csv(record))
        sync_folder(self._folder)

    def _read(self, external_no: str) -> Record | None:
        """Return the document; raises `TargetUnavailable` if it cannot be understood."""
        found = self._read_in(self._folder, external_no)
        return self._read_in(self._folder / DONE, external_no) if found is None else found

    def _read_in(self, folder: Path, external_no: str) -> Record | None:
        path = folder / f"{file_name(external_no)}.json"
        content = b""
        try:
            content = read_file(path, MAX_FILE)
            return _understood(content, external_no)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            again = Hint("Correct it, or delete it to have it written again, then: ", command("sales-orders", "push"))
            raise TargetUnavailable(
                f"The file {path} does not hold the sales order of {external_no}.",
                hint=again if SCHEMA.encode() in content else _ANOTHER_FOLDER,
            ) from error

    @contextmanager
    def _target_errors(self) -> Iterator[None]:
        """Turn file errors into errors of the target."""
        try:
            yield
        except UnfitFile as error:
            raise TargetUnavailable(
                f"{error.filename} {error.reason}; it is neither read nor overwritten.",
                hint=Hint("See what it is: ", shell_command("ls", "-l", str(error.filename)), _ELSE_ANOTHER),
            ) from error
        except OSError as error:
            if error.errno in _FULL:
                raise TargetUnavailable(
                    f"The disk is full: no room for sales orders in {self._folder}.",
                    hint=Hint("Free some disk space, then: ", command("sales-orders", "push")),
                ) from error
            raise TargetUnavailable(
                f"The folder for sales orders, {self._folder}, cannot be used: {reason_of(error)}.",
                hint=Hint("Check its owner and permissions", _ELSE_ANOTHER),
            ) from error


def file_name(external_no: str) -> str:
    """Return the file name of a document, without extension.

    An order id of capitals and digits is used as it is. Any other id becomes a name that cannot leave the folder and
    is unique for each id, even on file systems that ignore case.
    """
    if _PLAIN_NAME.fullmatch(external_no) and is_portable_name(external_no):
        return external_no
    readable = re.sub("[^A-Za-z0-9]+", "_", external_no)[:40]
    return f"{readable}-{hashlib.sha256(external_no.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _understood(content: bytes, external_no: str) -> Record:
    """Return the record; raises a Python error (ValueError, KeyError …) if it is not the record of this order."""
    record = json.loads(content)
    if record["external_document_no"] != external_no:
        raise ValueError(record["external_document_no"])
    _document(record)
    return dict(record)


def _document(record: Record) -> TargetDocument:
    return TargetDocument(
        number=str(record["number"]),
        id="",
        kind="order",
        customer_no=str(record["customer_no"]),
        total=minor_units(record["total"]),
        tax=None if record["vat_amount"] is None else minor_units(record["vat_amount"]),
        lines=tuple(
            LineTax(str(line["number"]), int(line["quantity"]), minor_units(line["amount"]), line["vat_percent"])
            for line in record["lines"]
        ),
    )


def _json(record: Record) -> bytes:
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _csv(record: Record) -> bytes:
    """Return the lines as CSV, each with the header fields of the document; safe for spreadsheets."""
    rows = [[*HEAD_COLUMNS, *LINE_COLUMNS]]
    head = [record[name] for name in HEAD_COLUMNS]
    rows += [
        [_cell(value) for value in (*head, *(line.get(name) for name in LINE_COLUMNS))] for line in record["lines"]
    ]
    return "".join(f"{csv_line(row)}\r\n" for row in rows).encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return spreadsheet_cell(value) if isinstance(value, str) else json.dumps(value)
