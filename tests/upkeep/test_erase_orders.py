"""One buyer asks for erasure: nothing of that buyer is left in any byte of this program, nothing else is touched."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import PickupLocation
from kaufland_cli.errors import TargetDoubtful
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.sales_orders.file_target import FileTarget
from kaufland_cli.simulator import unit_id
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store.backup import copy_store
from kaufland_cli.store.places import backup_folder, backups_of, dated_copy
from kaufland_cli.upkeep.erase_orders import Erased, erase_orders
from support.erasure import address, of_the_buyer, traces
from support.imports import World, world
from support.push import seller

FIRST = "M000001"


def nothing_written(_: str) -> list[Path]:
    """Know no files of sales orders."""
    return []


def erase(own: World, id_order: str = FIRST) -> Erased:
    """Erase the buyer of an order."""
    with own.store() as store:
        return erase_orders(store, [id_order], own.clock.now(), nothing_written)


def rows(own: World, sql: str) -> list[tuple[Any, ...]]:
    """Ask the store's file."""
    connection = sqlite3.connect(own.store_file)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_erasure_leaves_no_byte_and_none_comes_back(tmp_path: Path) -> None:
    """After the erasure, and after a change, an import, a reconciliation and a new unit, no file holds the buyer."""
    with world(tmp_path) as own:
        own.add(units=[{}, {}], **of_the_buyer())
        own.add(**of_the_buyer(shipping_address=address(first_name="Anders")))
        own.add()
        own.run()
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id(FIRST, 0), shipping_address=address(house_number="8"))
        own.run()
        before = rows(own, "SELECT id_order, status, total_amount, units, buyer_name FROM v_orders ORDER BY 1")
        assert erase(own).other_orders == ["M000002"]
        assert traces(tmp_path), "the other order of the same buyer is still there"
        assert not erase(own, "M000002").problems
        assert traces(tmp_path) == []

        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(
            unit_id(FIRST, 0), status="sent", shipping_address=address(city="Anderswo")
        )
        own.run()
        own.reconcile(fix=True)
        assert traces(tmp_path) == []
        after = rows(own, "SELECT id_order, status, total_amount, units, buyer_name FROM v_orders ORDER BY 1")
        assert [row[2:4] for row in after] == [row[2:4] for row in before], "amounts stay"
        assert [row[4] for row in after] == [None, None, before[2][4]], "other buyers stay"
        assert rows(own, "PRAGMA integrity_check") == [("ok",)]
        assert rows(own, "PRAGMA foreign_key_check") == []


def test_unit_that_comes_to_another_order_takes_the_mark_along(tmp_path: Path) -> None:
    """Under a new order id the buyer does not come back either, and the history of the old one goes too."""
    with world(tmp_path) as own:
        own.add(units=[{}, {}], **of_the_buyer())
        own.run()
        erase(own)
        own.clock.advance(minutes=20)
        for place in (0, 1):
            own.simulator.marketplace.change_unit(unit_id(FIRST, place), id_order="M000009")
        own.run()
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id(FIRST, 0), status="sent", shipping_address=address(city="Weit"))
        own.run()
        assert rows(own, "SELECT id_order, buyer_name FROM orders") == [(FIRST, None), ("M000009", None)]
        assert traces(tmp_path) == []


def test_history_of_the_buyer_goes(tmp_path: Path) -> None:
    """An e-mail address, a number and an address that Kaufland has changed since."""
    with world(tmp_path) as own:
        own.add(units=[{}, {}], **of_the_buyer())
        own.run()
        own.clock.advance(minutes=20)
        for place in (0, 1):
            own.simulator.marketplace.change_unit(
                unit_id(FIRST, place),
                buyer={"id_buyer": 5, "email": "mk-000000@kunden.marktplatz.example"},
                shipping_address=address(first_name="Anders"),
            )
        own.run()
        fields = {field for (field,) in rows(own, "SELECT DISTINCT field FROM unit_history")}
        assert fields == {"id_buyer", "buyer_email", "shipping_address_no"}
        erase(own)
        assert rows(own, "SELECT field FROM unit_history") == []
        assert traces(tmp_path) == []


def test_extra_fields_and_pickup_points_of_before_go(tmp_path: Path) -> None:
    """Those that the history names, and those that were replaced without a word there."""
    point = {"provider": "DHL", "pickup_location_id": "Quittenpfad", "dhl_post_number": "313131"}
    with world(tmp_path) as own:
        own.add(status="need_to_be_sent", pickup_location=point, greeting="Zwickelstadt")
        own.run()
        for number, (greeting, card) in enumerate([("Quittenpfad", None), ("a", "Zwickelstadt"), ("b", "c")]):
            own.clock.advance(minutes=20)
            own.simulator.marketplace.change_unit(unit_id(FIRST, 0), greeting=greeting, card=card)
            own.run()
            with own.store() as store, store.database.transaction():
                place = PickupLocation.of({"provider": "GLS", "pickup_location_id": str(number)})
                store.orders.store_details(FIRST, place, run_id=1, at=own.clock.now())
        fields = {field for (field,) in rows(own, "SELECT DISTINCT field FROM unit_history")}
        assert fields == {"extras_no", "pickup_location"}
        erase(own)
        assert rows(own, "SELECT field FROM unit_history") == []
        assert traces(tmp_path) == []


def test_history_under_a_former_order_goes(tmp_path: Path) -> None:
    """An address of before, written down while a unit belonged to another order, is erased with the unit's order."""
    with world(tmp_path) as own:
        own.add(units=[{}, {}], **of_the_buyer())
        own.run()
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id(FIRST, 0), shipping_address=address(first_name="Anders"))
        own.run()
        own.clock.advance(minutes=20)
        for place in (0, 1):
            own.simulator.marketplace.change_unit(unit_id(FIRST, place), id_order="M000009")
        own.run()
        erase(own, "M000009")
        assert traces(tmp_path) == []


def test_units_that_cannot_be_read_keep_only_their_reason(tmp_path: Path) -> None:
    """What Kaufland sent of such a unit goes, also where it named no order; the unit stays listed, also later."""
    with world(tmp_path) as own:
        own.add(units=[{}, {"price": "much"}], **of_the_buyer())
        own.run()
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id(FIRST, 0), id_order=None)
        own.run()
        erase(own)
        assert traces(tmp_path) == []
        own.clock.advance(minutes=20)
        own.simulator.marketplace.change_unit(unit_id(FIRST, 1), price="more")
        own.run()
        assert traces(tmp_path) == []
        assert rows(own, "SELECT count(*) FROM unreadable_units") == [(2,)]


def test_log_and_messages_of_runs(tmp_path: Path) -> None:
    """Bodies that mention the order go whole, also where only the URL names it; the entries stay and are counted."""
    entry = (
        "INSERT INTO request_log (at, attempt, method, endpoint, url, response_body, bytes)"
        " VALUES ('2026-11-20T12:00:00Z', 1, 'GET', '/orders/x', ?, ?, 10)"
    )
    with world(tmp_path) as own:
        own.add(**of_the_buyer())
        own.run()
        with own.store() as store:
            store.database.execute(entry, (f"https://x/orders/{FIRST}", '{"message": "Xquorbin"}'))
            store.database.execute(
                entry, ("https://x/order-units", f'[{{"id_order": "{FIRST}", "street": "Quittenpfad"}}]')
            )
            store.database.execute(entry, ("https://x/order-units", '{"nobody": 1}'))
            store.database.execute("UPDATE runs SET message = ?", (f"Quittenpfad of {FIRST} cannot be read",))
        assert erase(own).log_entries == 2
        assert traces(tmp_path) == []
        (document,) = rows(own, "SELECT response_body FROM request_log WHERE response_body IS NOT NULL")
        assert document == ('{"nobody": 1}',)
        (kept,), (summed,) = (
            rows(own, "SELECT log_bytes FROM row_counts"),
            rows(own, "SELECT sum(bytes) FROM request_log"),
        )
        assert kept == summed


def test_reader_that_holds_the_old_state_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program reads the store as it was, the erasure is not called complete, and says what to do."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 0.2)
    with world(tmp_path) as own:
        own.add(**of_the_buyer())
        own.run()
        reader = sqlite3.connect(own.store_file, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders").fetchone()
        (problem,) = erase(own).problems
        assert "Another program" in problem.message
        reader.close()
        assert not erase(own).problems
        assert traces(tmp_path) == []


def test_copies_are_named_and_strangers_are_not(tmp_path: Path) -> None:
    """Copies of the store that may still hold the buyer are listed, halves removed; an empty e-mail is nobody's."""
    with world(tmp_path) as own:
        own.add(buyer={"id_buyer": 1, "email": ""})
        own.add(buyer={"id_buyer": 2, "email": ""})
        own.run()
        with own.store() as store:
            store.database.execute("UPDATE order_units SET buyer_email = ''")
        folder = backup_folder(own.store_file)
        copy_store(own.store_file, dated_copy(folder, own.store_file, own.clock.now()))
        half = folder / f".{own.store_file.stem}-20260101T000000Z.sqlite3.unfinished"
        half.write_bytes(b"")
        erased = erase(own)
        assert erased.backups == backups_of(own.store_file)
        assert len(erased.backups) == 1
        assert not half.exists()
        assert erased.other_orders == []


def test_written_sales_orders_lose_the_buyer(tmp_path: Path) -> None:
    """The file of the sales order names nobody any more, also where it was moved or half of it was left."""
    folder = tmp_path / "sales-orders"
    with seller(tmp_path) as own:
        target = FileTarget(folder, own.shop.clock)
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer())
        own.collect()
        own.push(target=target, currency="EUR")
        assert own.states() == {id_order: "created"}
        document = (folder / f"{id_order}.json").read_bytes()
        (folder / "done").mkdir()
        (folder / "done" / f"{id_order}.json").write_bytes(document)
        (folder / f".{id_order}.json.abcdefgh.part").write_bytes(document)
        with own.shop.store() as store:
            erased = erase_orders(store, [id_order], own.shop.clock.now(), target.erase_buyer)
        assert erased.files == [folder / f"{id_order}.json", folder / "done" / f"{id_order}.json"]
        assert traces(tmp_path) == []
        assert [found.total for found in target.find(id_order)], "it is still the document of that order"


def test_documents_elsewhere_are_left_as_they_are(tmp_path: Path) -> None:
    """A created document is named and untouched; later changes of the order are still reported, without the buyer."""
    with seller(tmp_path) as own:
        sent = {"status": "need_to_be_sent"}
        id_order = own.arrive(units=(sent, sent), **of_the_buyer())
        own.collect()
        own.push()
        written = dict(own.fake.orders[0])
        with own.shop.store() as store:
            assert erase_orders(store, [id_order], own.shop.clock.now(), nothing_written).elsewhere
        own.change(id_order, 0, status="sent")
        own.collect()
        own.push()
        assert own.states() == {id_order: "created"}
        own.change(id_order, 1, status="cancelled")
        own.collect()
        assert own.states() == {id_order: "conflict"}
        assert own.fake.orders == [written]
        assert traces(tmp_path) == []


def test_sales_order_in_doubt_is_cleared_up_first(tmp_path: Path) -> None:
    """While it is not known whether a sales order was created, erasing is refused: else a blank one would be sent."""
    with seller(tmp_path) as own:
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer())
        own.collect()
        for statements in range(1, 100):
            own.push(dies=statements)
            if own.fake.orders:
                break
        assert own.states() == {id_order: "sending"}
        with own.shop.store() as store, pytest.raises(TargetDoubtful, match="It is unclear"):
            erase_orders(store, [id_order], own.shop.clock.now(), nothing_written)
        assert traces(tmp_path)


def test_erased_order_becomes_no_sales_order(tmp_path: Path) -> None:
    """An order that waits to become one is held for that reason, and nothing is created."""
    with seller(tmp_path) as own:
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer())
        own.collect()
        with own.shop.store() as store:
            erase_orders(store, [id_order], own.shop.clock.now(), nothing_written)
        own.push()
        assert own.states() == {id_order: "held"}
        assert own.fake.orders == []
        assert "erased" in own.reasons(id_order)


def test_document_that_is_found_is_taken_as_it_is(tmp_path: Path) -> None:
    """Where a mark came while a sales order was in doubt, its document is linked and left as it is."""
    with seller(tmp_path) as own:
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer())
        own.collect()
        own.push()
        written = dict(own.fake.orders[0])
        with own.shop.store() as store:
            erase_orders(store, [id_order], own.shop.clock.now(), nothing_written)
            store.database.execute("UPDATE sales_orders SET state = 'sending', number = NULL, asked_at = updated_at")
        own.push()
        assert own.states() == {id_order: "created"}
        assert own.fake.orders == [written]
        assert traces(tmp_path) == []


def test_reasons_and_events_that_name_the_buyer(tmp_path: Path) -> None:
    """What was said of a sales order that is held may quote a company: it goes, the code of the reason stays."""
    with seller(tmp_path) as own:
        company = address(company_name="Ypsilonwerke")
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer(billing_address=company))
        own.collect()
        own.push()
        assert own.reasons(id_order) == ["company"]
        with own.shop.store() as store:
            erase_orders(store, [id_order], own.shop.clock.now(), nothing_written)
        assert own.reasons(id_order) == ["company"]
        assert traces(tmp_path) == []


def test_pickup_points_and_invoices(tmp_path: Path) -> None:
    """The pickup point and the names of invoice files go and stay away, whatever is read again."""
    point = {"provider": "Quittenpfad", "dhl_post_number": "313131"}
    with world(tmp_path) as own:
        own.add(status="need_to_be_sent", pickup_location=point, invoices=[{"original_name": "Zwickelstadt.pdf"}])
        own.run()
        assert {word for _, word in traces(tmp_path)} == {"Quittenpfad", "313131", "Zwickelstadt"}
        erase(own)
        assert traces(tmp_path) == []
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, FIRST)
        own.simulator.marketplace.upload_invoice(FIRST, original_name="Quittenpfad.pdf")
        own.clock.advance(days=2)
        own.run()
        assert rows(own, "SELECT count(*) FROM order_invoices") == [(2,)]
        assert traces(tmp_path) == []


def test_remains_of_what_was_deleted_before(tmp_path: Path) -> None:
    """What lies in parts of the file that are no longer used, from long before, is gone as well."""
    with world(tmp_path) as own:
        own.add(**of_the_buyer())
        own.run()
        with own.store() as store:
            store.database.execute(
                "INSERT INTO request_log (at, attempt, method, endpoint, url, response_body)"
                " VALUES ('2026-11-20T12:00:00Z', 1, 'GET', '/orders/x', '', ?)",
                ("Quittenpfad " * 5_000,),
            )
            store.request_log.clear()
        erase(own)
        assert traces(tmp_path) == []


def test_erased_order_is_not_asked_for_an_address(tmp_path: Path) -> None:
    """A unit that comes later has no address in the store, and no import goes on asking for one."""
    with world(tmp_path) as own:
        own.add(units=[{}], **of_the_buyer())
        own.run()
        erase(own)
        own.clock.advance(minutes=20)
        more = own.simulator.marketplace
        own.add(units=[{}], **of_the_buyer())
        more.change_unit(unit_id("M000002", 0), id_order=FIRST)
        own.run()
        own.clock.advance(hours=1)
        own.run()
        assert rows(own, "SELECT count(*) FROM details_wanted WHERE detail = 'address'") == [(0,)]
        assert traces(tmp_path) == []


def test_same_buyer_comes_again_while_the_store_is_open(tmp_path: Path) -> None:
    """An address that was erased a moment ago can belong to another order: it is stored again, for that one only."""
    with world(tmp_path) as own:
        own.add(**of_the_buyer())
        own.run()
        with own.store() as store, own.api() as api:
            refresh_order(api, store, own.clock, FIRST)
            store.erasure.erase([FIRST], "request", own.clock.now(), lambda document: document)
            own.add(**of_the_buyer())
            refresh_order(api, store, own.clock, "M000002")
            card = store.queries.order("M000002")
        assert card is not None
        assert card.shipping_address is not None
        assert card.shipping_address.street == "Quittenpfad"
        assert rows(own, "PRAGMA foreign_key_check") == []
