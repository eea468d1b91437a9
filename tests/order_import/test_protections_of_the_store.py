"""What keeps the store true whenever a process dies and whoever else runs: each protection is needed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.errors import ClientKeyChanged
from kaufland_cli.order_import import lock, reconcile, run
from kaufland_cli.settings.locations import Locations
from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.store import page_writer as answer
from kaufland_cli.store.connection import Database
from kaufland_cli.store.sync import Sync
from kaufland_cli.store.unit_rows import unit_row
from support import import_promises as promise
from support import import_shop
from support.import_disturbances import SecondImport
from support.import_protections import Protection, breaks_without, holds_with, quiet_shop, units_read_otherwise
from support.import_shop import Shop, open_session
from support.sampling import sampled

# --- courses of events ---


def dies_at_each_statement(shop: Shop, check: Callable[[Shop], None]) -> None:
    """Let the process die at one statement after the other, each time in a first import, and check what it left."""
    shop.arrive([{}, {"status": "cancelled"}])
    folder = Path(shop.context.environ["KAUFLAND_DATA_DIR"])
    for statements in count():
        shop.context = open_session(folder.parent / str(statements), shop.simulator, shop.own_clock)
        shop.checked_from = None
        outcome = shop.run(dies=statements)
        assert outcome.error is None
        promise.always(shop)
        check(shop)
        if not outcome.killed:
            return


def dies_while_storing(shop: Shop) -> None:
    """Whenever it dies: each order is the sum of its units."""
    dies_at_each_statement(shop, promise.store_is_sound)


def dies_while_finishing(shop: Shop) -> None:
    """Whenever it dies: a run that says that everything is stored has moved the watermark, and no other one has."""

    def agree(shop: Shop) -> None:
        done = any(one["verdict"] == "success" for one in shop.kept.runs)
        assert done == (shop.kept.watermark is not None), "the verdict and the watermark do not agree"

    dies_at_each_statement(shop, agree)


def another_import_begins(shop: Shop) -> None:
    """While one import runs another one is started."""
    shop.arrive([{}] * 20)
    second = SecondImport(shop, on_request=3)
    shop.simulator.before_each("/order-units", second)
    shop.run()
    assert second.refused


def id_comes_as_text(shop: Shop) -> None:
    """Kaufland sends an id as a number today and as text tomorrow."""
    shop.arrive([{}], status="sent")
    shop.run()

    def as_text(content: Any) -> Any:
        return content | {"data": [unit | {"id_order_unit": str(unit["id_order_unit"])} for unit in content["data"]]}

    shop.simulator.misbehave(faults.edited(as_text), times=None, path="/order-units")
    shop.run()
    promise.no_unit_comes_twice(shop)


def storefront_comes_in_upper_case(shop: Shop) -> None:
    """Kaufland writes `DE` for `de`."""
    shop.simulator.switches.upper_case_storefronts = True
    shop.arrive([{}], storefront="at", status="sent")
    shop.run()
    promise.equal_to_the_server(shop)


def address_comes_once(shop: Shop) -> None:
    """Kaufland gives an address and later no longer."""
    order = shop.arrive([{}], status="sent")
    shop.run()
    shop.simulator.marketplace.withhold_address(order.id_order, touch=True)
    shop.run()
    shop.simulator.marketplace.reveal_address(order.id_order)
    promise.addresses_are_there(shop)


@contextmanager
def another_account(shop: Shop, *, client_key: str, profile: str | None = None, port: int = 0) -> Iterator[Shop]:
    """Open another account, called from the same computer; its orders have the same ids and other prices."""
    folder = Path(shop.context.environ["KAUFLAND_CONFIG"]).parent
    with Simulator(now=shop.clock.now, client_key=client_key, port=port) as simulator:
        context = open_session(folder, simulator, shop.own_clock, profile)
        yield Shop(simulator, shop.clock, shop.own_clock, context)


def both_are_equal(one: Shop, other: Shop) -> None:
    """Import from both accounts in turn and find each store equal to its own server."""
    one.arrive([{}] * 3, price=1000)
    other.arrive([{}] * 2, price=2000)
    for shop in (one, other, one):
        promise.complete(shop, shop.run())
        promise.equal_to_the_server(shop)


def another_environment(shop: Shop) -> None:
    """Use the same client key with another base URL, as with the playground's."""
    with another_account(shop, client_key=shop.simulator.client_key) as other:
        both_are_equal(shop, other)


def another_profile(shop: Shop) -> None:
    """Let a second profile use the base URL after the first one, for its own account."""
    port = int(shop.simulator.base_url.rsplit(":", 1)[1].split("/")[0])
    shop.arrive([{}] * 3, price=1000)
    promise.complete(shop, shop.run())
    shop.simulator.stop()
    with another_account(shop, client_key=shop.simulator.client_key, profile="zweites", port=port) as other:
        other.arrive([{}] * 2, price=2000)
        promise.complete(other, other.run())
        promise.equal_to_the_server(other)


def another_client_key(shop: Shop) -> None:
    """Name another client key for the same base URL: nobody knows yet whether it is the same account."""
    port = int(shop.simulator.base_url.rsplit(":", 1)[1].split("/")[0])
    shop.arrive([{}] * 3, price=1000)
    promise.complete(shop, shop.run())
    before = shop.written()
    shop.simulator.stop()
    with another_account(shop, client_key="another1" * 4, port=port) as other:
        other.arrive([{}] * 2, price=2000)
        assert isinstance(other.run().error, ClientKeyChanged)
    promise.nothing_was_written(before, shop.written())


def order_is_shown_hours_late(shop: Shop) -> None:
    """Let an order become visible later than the overlap is long."""
    shop.arrive([{}], status="sent")
    shop.run()
    shop.clock.advance(hours=10)
    shop.arrive([{}], status="sent")
    shop.run()
    moment = shop.clock.now().replace(hour=17)
    shop.arrive([{}], status="sent", ts_created_iso=moment, ts_updated_iso=moment)
    shop.clock.advance(hours=25)
    promise.complete(shop, shop.run())
    promise.equal_to_the_server(shop)


# --- how to switch them off ---


def in_no_transaction(patch: pytest.MonkeyPatch) -> None:
    """Let each statement stand for itself; rows that point to later ones are only possible inside a transaction."""

    def no_transaction(database: Database) -> AbstractContextManager[None]:
        database.execute("PRAGMA foreign_keys = OFF")
        return nullcontext()

    patch.setattr(Database, "transaction", no_transaction)
    patch.setattr(Database, "savepoint", lambda _database: nullcontext())


def finished_in_two_steps(patch: pytest.MonkeyPatch) -> None:
    """Write the verdict first and the watermark after it."""
    finish_run = Sync.finish_run

    def finish(sync: Sync, run_id: int, at: datetime, results: Any, watermark: datetime | None) -> None:
        finish_run(sync, run_id, at, results, None)
        if watermark is not None:
            finish_run(sync, run_id, at, results, watermark)

    patch.setattr(Sync, "finish_run", finish)


def a_lock_for_each(patch: pytest.MonkeyPatch) -> None:
    """Let each import lock a file of its own."""
    numbers = count()
    patch.setattr(lock, "_lock", lambda store: FileLock(store.with_name(f"{store.name}.{next(numbers)}.lock")))


def silence_is_stored(patch: pytest.MonkeyPatch) -> None:
    """Take what an answer says of addresses, also where it says nothing."""

    def row_of(unit: OrderUnit, key: Any, known: Any, *others: Any) -> Any:
        forgotten = known and known._replace(billing_address_no=None, shipping_address_no=None)
        return unit_row(unit, key, forgotten, *others)

    patch.setattr(answer, "unit_row", row_of)


PROTECTIONS = (
    Protection("a page is one transaction", in_no_transaction, dies_while_storing),
    Protection("verdict and watermark are one transaction", finished_in_two_steps, dies_while_finishing),
    Protection("the run lock", a_lock_for_each, another_import_begins),
    Protection(
        "a number and its text are one id",
        lambda patch: patch.setattr(answer, "other_form", lambda id_order_unit: id_order_unit),
        id_comes_as_text,
    ),
    Protection(
        "storefronts in lower case",
        units_read_otherwise(lambda unit, _raw: unit._replace(storefront=(unit.storefront or "").upper())),
        storefront_comes_in_upper_case,
    ),
    Protection("a known address is never replaced by nothing", silence_is_stored, address_comes_once),
    Protection(
        "one store for each environment",
        lambda patch: patch.setattr(Locations, "store_file", lambda self, _host: self.store_folder / "one.sqlite3"),
        another_environment,
    ),
    Protection(
        "one store for each profile",
        lambda patch: patch.setattr(Locations, "store_folder", property(lambda self: self.data_folder)),
        another_profile,
    ),
    Protection(
        "another client key is asked about",
        lambda patch: patch.setattr(import_shop, "claim_store", lambda *_arguments, **_options: None),
        another_client_key,
    ),
)


# In these two every step is a place to stop at, which takes seconds.
MANY_STEPS = {"a page is one transaction", "verdict and watermark are one transaction"}
FEW_STEPS = sampled(PROTECTIONS, *(one for one in PROTECTIONS if one.name not in MANY_STEPS))


@pytest.mark.parametrize("protection", FEW_STEPS, ids=str)
def test_promise_holds_with_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the course of events that each of them is for, nothing is lost, doubled, mixed or left half-way."""
    holds_with(protection, tmp_path, monkeypatch)


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("protection", FEW_STEPS, ids=str)
def test_promise_breaks_without_the_protection(
    protection: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vacuity: switched off, the same course of events breaks the promise."""
    breaks_without(protection, tmp_path, monkeypatch)


@pytest.mark.parametrize("compares", [True, False])
def test_daily_comparison_finds_what_was_shown_too_late(
    compares: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that became visible longer after its time than the overlap is stored by it, and by nothing else."""
    with quiet_shop(tmp_path, monkeypatch) as shop:
        if compares:
            monkeypatch.setattr(run, "reconcile_if_due", reconcile.reconcile_if_due)
            order_is_shown_hours_late(shop)
        else:
            with pytest.raises(AssertionError):
                order_is_shown_hours_late(shop)
