"""The seller's own mapping of SKUs and EANs to items of the merchandise system: a CSV file with a header.

The file comes from `sales_orders.item_mapping_file`; `items` uses it. Columns `sku`, `ean`, `item` and, if needed,
`variant` and `unit` (of measure), in any order; a row has a SKU, an EAN or both. Separated by commas
or semicolons; UTF-8, with or without a byte order mark.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.gtin import LENGTH, gtin14
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.target_values import Item, same_item
from kaufland_cli.errors import SettingsError, SettingsProblem, reason_of
from kaufland_cli.files import read_file

MAX_ITEM = 20
MAX_VARIANT = 10
MAX_UNIT = 10
MAX_FILE = 100_000_000
HINT = Hint("Fix the file, then: ", command("sales-orders", "check"))


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    sku: str = ""
    ean: str = ""
    item: str = ""
    variant: str = ""
    unit: str = ""

    @property
    def sold_as(self) -> Item:
        """The item in this row."""
        return Item(self.item, self.variant, unit=self.unit)

    def faults(self) -> Iterator["_Fault"]:
        """Yield what is wrong with this row, regardless of other rows."""
        if not self.sku and not self.ean:
            yield _Fault(self.line, "", "has neither a sku nor an ean")
        if self.ean and gtin14(self.ean) is None:
            yield _Fault(self.line, "ean", f"{self.ean} {_why_no_ean(self.ean)}")
        if not self.item:
            yield _Fault(self.line, "item", "is missing")
        if len(self.item) > MAX_ITEM:
            yield _Fault(self.line, "item", f"{self.item} is longer than {MAX_ITEM} characters")
        if len(self.variant) > MAX_VARIANT:
            yield _Fault(self.line, "variant", f"{self.variant} is longer than {MAX_VARIANT} characters")
        if len(self.unit) > MAX_UNIT:
            yield _Fault(self.line, "unit", f"{self.unit} is longer than {MAX_UNIT} characters")


COLUMNS = tuple(field.name for field in fields(_Row) if field.name != "line")


@dataclass(frozen=True, slots=True, order=True)
class _Fault:
    line: int
    column: str
    problem: str


class ItemMapping:
    """The items for SKUs and EANs, from the seller's own file; empty for a seller whose SKUs are the item numbers."""

    def __init__(self, file: str = "", rows: tuple[_Row, ...] = ()) -> None:
        self._file = file
        self._rows = rows
        self._by_sku = {row.sku: row.sold_as for row in rows if row.sku}
        self._by_code: dict[str, list[Item]] = {}
        for sku, item in self._by_sku.items():
            _add(self._by_code.setdefault(bc_code(sku), []), item)
        self._by_gtin = {number: row.sold_as for row in rows if (number := gtin14(row.ean)) is not None}

    def by_sku(self, sku: str) -> Sequence[Item]:
        """Return the item of this SKU; all matching items if the SKU differs from several rows only in case."""
        sku = sku.strip()
        if not sku:
            return ()
        exact = self._by_sku.get(sku)
        return (exact,) if exact is not None else tuple(self._by_code.get(bc_code(sku), ()))

    def by_gtins(self, gtins: Sequence[str]) -> Sequence[Item]:
        """Return the different items of these EANs, given as GTIN-14."""
        found: list[Item] = []
        for number in gtins:
            if (item := self._by_gtin.get(number)) is not None:
                _add(found, item)
        return found

    def expectations(self) -> tuple[tuple[str, str, str], ...]:
        """Return each item with its variant and first place, for example `line 3 of items.csv`."""
        first: dict[tuple[str, str], _Row] = {}
        for row in self._rows:
            first.setdefault((bc_code(row.item), bc_code(row.variant)), row)
        return tuple((row.item, row.variant, f"line {row.line} of {self._file}") for row in first.values())

    def units(self) -> tuple[tuple[str, str], ...]:
        """Return each unit of measure and its first place."""
        first: dict[str, _Row] = {}
        for row in self._rows:
            if row.unit:
                first.setdefault(bc_code(row.unit), row)
        return tuple((row.unit, f"line {row.line} of {self._file}") for row in first.values())


def _add(items: list[Item], item: Item) -> None:
    """Add an item unless it is in the list already."""
    if not any(same_item(item, one) for one in items):
        items.append(item)


def read_item_mapping(path: Path) -> ItemMapping:
    """Read the mapping file; raises `SettingsError` with all its problems together."""
    try:
        text = read_file(path, MAX_FILE).decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"The file set in sales_orders.item_mapping_file cannot be read: {path}: {reason_of(error)}.",
            hint=command("config", "set", "sales_orders.item_mapping_file", "PATH"),
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The item mapping {path} is not UTF-8: save it as CSV UTF-8.", hint=command("sales-orders", "check")
        ) from error
    faults: list[_Fault] = []
    rows = tuple(_rows(text, faults))
    for row in rows:
        faults.extend(row.faults())
    faults.extend(_contradictions("sku", [(row.sku, row) for row in rows if row.sku]))
    faults.extend(_contradictions("ean", [(number, row) for row in rows if (number := gtin14(row.ean)) is not None]))
    if faults:
        problems = [SettingsProblem(f"line {one.line}", one.column, one.problem) for one in sorted(faults)]
        raise SettingsError(f"The item mapping {path} has errors:", problems=problems, hint=HINT)
    return ItemMapping(path.name, rows)


def _rows(text: str, faults: list[_Fault]) -> Iterator[_Row]:
    """Yield the rows that are not empty, and note what cannot be read."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True)
    names: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            given = [cell.strip() for cell in cells]
            if names is None:
                names = [name.lower() for name in given]
                if not _is_header(names, faults):
                    return
            elif any(given[len(names) :]):
                faults.append(_Fault(line, "", f"has more cells than the header ({len(names)})"))
            elif any(given):
                yield _Row(line, **{name: cell for name, cell in zip(names, given, strict=False) if name})
            line = reader.line_num + 1
    except csv.Error:
        faults.append(_Fault(line, "", "cannot be read as CSV: check the quotation marks in it"))
    if names is None:
        faults.append(_Fault(1, "", f"the header is missing; its columns are {', '.join(COLUMNS)}"))


def _is_header(names: list[str], faults: list[_Fault]) -> bool:
    """Return whether the header is usable, and note why not."""
    known = [name for name in names if name in COLUMNS]
    unknown = [name for name in names if name and name not in COLUMNS]
    found = [_Fault(1, name, f"is not a known column; known are {', '.join(COLUMNS)}") for name in unknown]
    found += [_Fault(1, name, "appears more than once") for name in sorted(set(known)) if known.count(name) > 1]
    if "item" not in known:
        found.append(_Fault(1, "item", "the column is missing"))
    if "sku" not in known and "ean" not in known:
        found.append(_Fault(1, "", "there is no column sku and no column ean"))
    faults.extend(found)
    return not found


def _contradictions(column: str, keyed: list[tuple[str, _Row]]) -> Iterator[_Fault]:
    """Yield a problem for each row that contradicts an earlier one."""
    first: dict[str, _Row] = {}
    for key, row in keyed:
        before = first.setdefault(key, row)
        if not same_item(before.sold_as, row.sold_as):
            yield _Fault(row.line, column, f"{getattr(row, column)} has a different item in line {before.line}")


def _why_no_ean(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        return "has characters other than digits"
    return f"has more than {LENGTH} digits" if text.strip("0") else "is all zeros, which is not an EAN"
