"""Erases a buyer's data from the store: name, address, e-mail and phone, wherever they are. See docs/decisions/0017.

The order stays with its units, amounts, states and destination country. A mark (`erased_orders`) keeps later responses
from bringing the data back.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from kaufland_cli.domain.actions import UNFINISHED as UNFINISHED_ACTIONS
from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import Address
from kaufland_cli.domain.sales_order_states import UNFINISHED
from kaufland_cli.domain.statuses import WAITING
from kaufland_cli.errors import StoreBusy
from kaufland_cli.store.connection import MARKS, Database
from kaufland_cli.store.intern_tables import InternTables
from kaufland_cli.store.mentions import Mentions, mentions_of
from kaufland_cli.store.order_summaries import NewOrderCache, Summaries
from kaufland_cli.store.search_index import SearchIndex
from kaufland_cli.store.sql_functions import listed

Why = Literal["request", "age"]
Blank = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Removes the buyer from the document of a sales order."""

ERASED_REASON = "The buyer's data was erased."
_ADDRESS_FIELDS = ("billing_address_no", "shipping_address_no")
_HISTORY_FIELDS = str(_ADDRESS_FIELDS)
_BUYER_FIELDS = str((*_ADDRESS_FIELDS, "extras_no", "pickup_location", "id_buyer", "buyer_email"))
_PENDING_STATUSES = listed(WAITING)
_UNFINISHED_SALES_ORDERS = listed(UNFINISHED)
_UNFINISHED_ACTIONS = listed(UNFINISHED_ACTIONS)

_UNITS = (
    "SELECT id_order_unit, billing_address_no, shipping_address_no, extras_no, extras.fulfillment_type"  # noqa: S608 - marks only
    f" FROM order_units LEFT JOIN extras USING (extras_no) WHERE id_order IN ({MARKS})"
)
_OLD = (
    "SELECT id_order, created_at, coalesce(updated_at, imported_at) < ?"  # noqa: S608 - our own names
    " AND NOT EXISTS (SELECT 1 FROM erased_orders WHERE erased_orders.id_order = orders.id_order)"
    f" AND NOT EXISTS (SELECT 1 FROM order_units AS unit WHERE unit.id_order = orders.id_order"
    f"  AND unit.absent_since IS NULL AND unit.status IN {_PENDING_STATUSES})"
    f" AND NOT EXISTS (SELECT 1 FROM sales_orders WHERE sales_orders.id_order = orders.id_order"
    f"  AND state IN {_UNFINISHED_SALES_ORDERS})"
    " AND NOT EXISTS (SELECT 1 FROM unreadable_units WHERE unreadable_units.id_order = orders.id_order"
    "  AND set_aside IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM details_wanted WHERE details_wanted.id_order = orders.id_order)"
    " AND NOT EXISTS (SELECT 1 FROM actions WHERE actions.id_order = orders.id_order"
    f"  AND state IN {_UNFINISHED_ACTIONS})"
    " FROM orders"
)
_EMPTY_LARGE = """
UPDATE unreadable_units SET raw = 'null' WHERE raw <> 'null' AND unreadable_key IN (
  SELECT unreadable_key FROM (
    SELECT unreadable_key,
      sum(length(CAST(raw AS BLOB))) OVER (ORDER BY last_seen_at DESC, unreadable_key) AS newer
    FROM unreadable_units
  ) WHERE newer > ?
)"""
_AFTER = "WHERE created_at < ? AND (created_at, id_order) > (?, ?) ORDER BY created_at, id_order LIMIT ?"


@dataclass(frozen=True, slots=True)
class OldOrders:
    """One batch of old orders, sorted by creation."""

    due: list[str]
    """Orders with nothing pending whose buyers' data is still stored."""
    last: tuple[str, str] | None
    """Creation time and id of the last order in the batch, empty before the first; None if it reached the end."""


class _UnitToBlank(NamedTuple):
    id_order_unit: int | str
    billing_no: int | None
    shipping_no: int | None
    extras_no: int | None
    fulfillment_type: str | None


class Erasure:
    """Erases the data of buyers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, id_orders: Sequence[str], why: Why, at: datetime, blank: Blank) -> None:
        """Erase the data of these orders' buyers and mark the orders, all in one transaction.

        Addresses that other orders share stay. Running it again erases what has been added since.
        """
        with self._database.without_foreign_keys(), self._database.transaction():
            self._database.execute("PRAGMA secure_delete = ON")  # holds for this connection from now on
            self._database.execute_many(
                "INSERT INTO erased_orders VALUES (?, ?, ?) ON CONFLICT (id_order) DO UPDATE SET why = excluded.why"
                " WHERE excluded.why = 'request'",
                [(id_order, as_text(at), why) for id_order in id_orders],
            )
            units, addresses, extras = self._blank_units(id_orders)
            addresses |= self._forget_history(id_orders, units)
            self._blank_raw(units)
            Summaries(self._database, SearchIndex(self._database)).write(id_orders, NewOrderCache(), as_text(at), 0)
            self._blank_other_tables(id_orders, blank)
            self._drop_unused("addresses", "address_no", addresses)
            self._drop_unused("extras", "extras_no", extras | self._unused_extras())
            self._database.forget()

    def mentions(self, id_orders: Sequence[str], *, with_names: bool = True) -> Mentions:
        """Return what to look for in texts about these orders; call it before their buyers are erased."""
        return mentions_of(self._database, list(id_orders), with_names=with_names)

    def erase_from_records(self, mentions: Mentions) -> int:
        """Remove every mention of these buyers from the API log and from stored messages; return how many log entries.

        Log entries lose their bodies and message. Runs keep their verdict; unreadable units stay listed.
        """
        with self._database.transaction():
            self._database.execute("PRAGMA secure_delete = ON")
            for table, key, column, instead in _MESSAGES:
                rows = self._database.tuples(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - our own names
                self._database.execute_many(
                    f"UPDATE {table} SET {column} = {instead} WHERE {key} = ?",  # noqa: S608 - our own names
                    [(found,) for found, text in rows if mentions.in_message(str(text))],
                )
            entries = [(entry, url) for entry, url, *texts in self._log_entries() if _is_about(mentions, url, texts)]
            self._database.execute_many(
                "UPDATE request_log SET request_body = NULL, response_body = NULL, error_message = NULL, url = ?,"
                " bytes = length(CAST(url || coalesce(request_headers, '') || coalesce(response_headers, '')"
                " AS BLOB)) WHERE entry_no = ?",
                [(_plain(mentions, url), entry) for entry, url in entries],
            )
        return len(entries)

    def _log_entries(self) -> Iterator[tuple[Any, ...]]:
        """Yield number, URL, message and bodies of log entries that have any text, in small batches."""
        last = 0
        while rows := self._database.tuples(
            "SELECT entry_no, url, error_message, request_body, response_body FROM request_log WHERE entry_no > ? AND"
            " (error_message IS NOT NULL OR request_body IS NOT NULL OR response_body IS NOT NULL OR instr(url, '?'))"
            " ORDER BY entry_no LIMIT 50",
            (last,),
        ):
            yield from rows
            last, *_ = rows[-1]

    def forget_messages(self, before: datetime) -> None:
        """Replace the messages of runs that began before then with their verdict: they may quote a buyer's name."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE runs SET message = verdict WHERE started_at < ? AND message <> verdict", (as_text(before),)
            )

    def erase_raw(self, *, seen_before: datetime, largest_bytes: int) -> int:
        """Erase the raw JSON of unreadable units: of old ones, then of the oldest beyond that size.

        The units stay listed with their reasons. Return how many lost their JSON.
        """
        with self._database.transaction():
            emptied = self._database.execute(
                "UPDATE unreadable_units SET raw = 'null' WHERE last_seen_at < ? AND raw <> 'null'",
                (as_text(seen_before),),
            ).rowcount
            return emptied + self._database.execute(_EMPTY_LARGE, (largest_bytes,)).rowcount

    def rewrite(self) -> None:
        """Rewrite the whole file, so that no erased data is left in its free pages.

        Temporarily needs as much space again. Raises a `StoreUnusable`; `StoreBusy` if another program is reading.
        """
        SearchIndex(self._database).optimize()
        self._database.execute("VACUUM")
        row = self._database.row("PRAGMA wal_checkpoint(TRUNCATE)")
        if row is None or row[0]:
            raise StoreBusy(
                f"Another program is reading {self._database.path}, so that what it reads cannot be overwritten yet.",
                hint=Hint("Close that program, then run the same command again."),
            )

    def erased_at(self, id_order: str) -> tuple[str, Why] | None:
        """Return when (UTC) and why the data of the order's buyer was erased; None if it was not."""
        row = self._database.row("SELECT at, why FROM erased_orders WHERE id_order = ?", (id_order,))
        return None if row is None else (row["at"], row["why"])

    def requested(self) -> list[str]:
        """Return the orders whose buyers asked for erasure."""
        rows = self._database.tuples("SELECT id_order FROM erased_orders WHERE why = 'request' ORDER BY id_order")
        return [str(row[0]) for row in rows]

    # --- old orders ---

    def old_orders(self, before: datetime, limit: int, most: int) -> OldOrders:
        """Return the next batch of orders created before that time: up to `limit`, or until `most` are due."""
        row = self._database.row("SELECT old_orders_created_at, old_orders_id FROM sync_state")
        last = ("", "") if row is None else (row[0] or "", row[1] or "")
        moment = as_text(before)
        due: list[str] = []
        if not any(last):
            undated = self._database.tuples(f"{_OLD} WHERE created_at IS NULL", (moment,))
            due += [id_order for id_order, _, is_due in undated if is_due][:most]
            if len(due) == most:
                return OldOrders(due, last)
        count = 0
        for id_order, created_at, is_due in self._database.rows(f"{_OLD} {_AFTER}", (moment, moment, *last, limit)):
            if len(due) == most:
                return OldOrders(due, last)
            due += [id_order] if is_due else []
            last, count = (created_at, id_order), count + 1
        return OldOrders(due, last if count == limit else None)

    def old_orders_seen_at(self) -> str | None:
        """Return when the last search through all old orders ended (UTC text)."""
        found: str | None = self._database.value("SELECT old_orders_seen_at FROM sync_state")
        return found

    def searched_up_to(self, last: tuple[str, str] | None, at: datetime) -> None:
        """Record how far the search has come; `last` is None when it has reached the end."""
        with self._database.transaction():
            if last is None:
                self._database.execute(
                    "UPDATE sync_state SET old_orders_created_at = NULL, old_orders_id = NULL, old_orders_seen_at = ?",
                    (as_text(at),),
                )
            else:
                self._database.execute("UPDATE sync_state SET old_orders_created_at = ?, old_orders_id = ?", last)

    # --- the places ---

    def _blank_units(self, id_orders: Sequence[str]) -> tuple[list[int | str], set[int], set[int]]:
        """Replace the addresses of the units with ones that contain only the country.

        Return the units, and the numbers of the addresses and extra fields they used before.
        """
        interned = InternTables(self._database)
        interned.begin()
        rows = [_UnitToBlank(*row) for row in self._database.tuples_for_keys(_UNITS, id_orders)]
        before = {number for row in rows for number in (row.billing_no, row.shipping_no) if number is not None}
        countries = dict(
            self._database.tuples_for_keys(
                f"SELECT address_no, country FROM addresses WHERE address_no IN ({MARKS})",  # noqa: S608 - marks only
                sorted(before),
            )
        )
        instead = {number: interned.address_no(Address(country=countries.get(number))) for number in before}
        changed = [
            (
                None if row.billing_no is None else instead[row.billing_no],
                None if row.shipping_no is None else instead[row.shipping_no],
                interned.extras_no(row.fulfillment_type, {}, None),
                row.id_order_unit,
            )
            for row in rows
        ]
        interned.write()
        self._database.execute_many(
            "UPDATE order_units SET id_buyer = NULL, buyer_email = NULL, billing_address_no = ?,"
            " shipping_address_no = ?, extras_no = ? WHERE id_order_unit = ?",
            changed,
        )
        kept = {extras_no for _, _, extras_no, _ in changed}
        extras = {row.extras_no for row in rows if row.extras_no is not None}
        return [row.id_order_unit for row in rows], before - set(instead.values()), extras - kept

    def _forget_history(self, id_orders: Sequence[str], units: Sequence[int | str]) -> set[int]:
        """Delete the buyer's data from the history, also from a unit's earlier orders; return address numbers."""
        moves = self._database.tuples_for_keys(
            f"SELECT old FROM unit_history WHERE field = 'id_order' AND id_order_unit IN ({MARKS})",  # noqa: S608 - marks only
            units,
        )
        earlier = {old for (old,) in moves} - {*id_orders}
        rows = self._database.tuples_for_keys(
            "SELECT history_no, id_order, id_order_unit, field, old, new FROM unit_history"  # noqa: S608 - our own names
            f" WHERE field IN {_BUYER_FIELDS} AND id_order IN ({MARKS})",
            [*id_orders, *sorted(earlier)],
        )
        own = {*units}
        gone = [row for row in rows if row[1] not in earlier or row[2] in own]
        self._database.execute_many("DELETE FROM unit_history WHERE history_no = ?", [(no,) for no, *_ in gone])
        return {
            int(number)
            for *_, field, old, new in gone
            if field in _ADDRESS_FIELDS
            for number in (old, new)
            if number is not None
        }

    def _unused_extras(self) -> set[int]:
        """Return the numbers of extra fields that no unit uses any more; we cannot know whose they were."""
        rows = self._database.tuples(
            "SELECT extras_no FROM extras WHERE NOT EXISTS"
            " (SELECT 1 FROM order_units WHERE order_units.extras_no = extras.extras_no)"
        )
        return {int(row[0]) for row in rows}

    def _blank_raw(self, units: Sequence[int | str]) -> None:
        """Erase the raw JSON of these units, even if it did not name its order."""
        self._database.execute_many(
            "UPDATE unreadable_units SET raw = 'null' WHERE id_order_unit IN (?1, CAST(?1 AS TEXT))",
            [(unit,) for unit in units],
        )

    def _blank_other_tables(self, id_orders: Sequence[str], blank: Blank) -> None:
        ids = [(id_order,) for id_order in id_orders]
        for statement in (
            "UPDATE orders SET pickup_location = NULL, pickup_known_for = NULL WHERE id_order = ?",
            "UPDATE order_invoices SET original_name = NULL WHERE id_order = ?",
            "UPDATE unreadable_units SET raw = 'null' WHERE id_order = ?",
            "DELETE FROM details_wanted WHERE id_order = ?",
            "UPDATE sales_order_events SET text = NULL WHERE id_order = ?",
            # A tracking number leads to the address, and an invoice has it.
            (
                "UPDATE actions SET body = NULL, text = NULL, source = '',"
                " state = iif(state = 'planned', 'refused', state),"
                " details = json_remove(details, '$.tracking_numbers', '$.file_name') WHERE id_order = ?"
            ),
        ):
            self._database.execute_many(statement, ids)
        for id_order in id_orders:
            row = self._database.row("SELECT snapshot, reasons FROM sales_orders WHERE id_order = ?", (id_order,))
            if row is None:
                continue
            snapshot = json.loads(row["snapshot"]) if row["snapshot"] else None
            if snapshot is not None:
                document = snapshot.get("document")
                snapshot |= {"ship_to": "", "document": None if document is None else dict(blank(document))}
            reasons = [{**reason, "text": ERASED_REASON} for reason in json.loads(row["reasons"])]
            self._database.execute(
                "UPDATE sales_orders SET snapshot = ?, reasons = ?, warnings = NULL WHERE id_order = ?",
                (
                    None if snapshot is None else json.dumps(snapshot, ensure_ascii=False),
                    json.dumps(reasons, ensure_ascii=False),
                    id_order,
                ),
            )

    def _drop_unused(self, table: str, number: str, candidates: set[int]) -> None:
        """Delete the candidates that nothing refers to any more."""
        self._database.execute("CREATE TEMP TABLE IF NOT EXISTS erasing (number INTEGER PRIMARY KEY)")
        self._database.execute("DELETE FROM temp.erasing")
        self._database.execute_many("INSERT INTO temp.erasing VALUES (?)", [(one,) for one in sorted(candidates)])
        for used in _USES[table]:
            self._database.execute(f"DELETE FROM temp.erasing WHERE EXISTS (SELECT 1 FROM {used})")  # noqa: S608 - our own names
        self._database.execute(f"DELETE FROM {table} WHERE {number} IN (SELECT number FROM temp.erasing)")  # noqa: S608 - our own names


_MESSAGES = (
    ("runs", "run_id", "message", "verdict"),
    ("unreadable_units", "unreadable_key", "reason", "'It mentioned a buyer who was erased.'"),
    ("unreadable_units", "unreadable_key", "raw", "'null'"),
    ("details_wanted", "id_order", "last_error", "NULL"),
)
"""Table, key, column, and the replacement for a text that mentions a buyer."""


def _is_about(mentions: Mentions, url: str, texts: Sequence[str | None]) -> bool:
    """Return whether a log entry mentions them in text that could be erased."""
    message, *bodies = texts
    has_text = any(texts)
    return (
        (has_text and mentions.by_id(url))
        or mentions.in_body(url.partition("?")[2])
        or mentions.in_message(message)
        or any(mentions.in_body(body) for body in bodies)
    )


def _plain(mentions: Mentions, url: str) -> str:
    """Return the URL, without its query if that mentions a buyer."""
    return url.partition("?")[0] if mentions.in_body(url.partition("?")[2]) else url


_USES = {
    "addresses": (
        "order_units WHERE billing_address_no = number",
        "order_units WHERE shipping_address_no = number AND shipping_address_no IS NOT billing_address_no",
        f"unit_history WHERE field IN {_HISTORY_FIELDS} AND old = +number",
        f"unit_history WHERE field IN {_HISTORY_FIELDS} AND new = +number",
    ),
    "extras": (
        "order_units WHERE extras_no = number",
        "unit_history WHERE field = 'extras_no' AND old = +number",
        "unit_history WHERE field = 'extras_no' AND new = +number",
    ),
}
"""What may refer to a `number` of a table; the plus sign lets SQLite use an index of a column without a type."""
