"""Whatever happens to a shop and to its imports, in whatever order: one clean run makes the store equal to the server.

Hypothesis draws the sequence of events; the promises in `import_promises` are checked after each of them.
"""

# ruff: noqa: D401 - a rule tells what happens

import random
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kaufland_cli.app.stores import claim_store
from kaufland_cli.errors import ClientKeyChanged, ImportRunning
from kaufland_cli.order_import import lock
from kaufland_cli.simulator import MISSING, Simulator
from support import import_promises as promise
from support.clocks import HeldClock, WrongClock
from support.import_disturbances import (
    FAULTS,
    SPOILT,
    STATUSES,
    STOREFRONTS,
    UNTRUE_TOTALS,
    Bustle,
    SecondImport,
    arrive,
    change,
    strike,
)
from support.import_shop import Outcome, Shop, open_session
from support.imports import START, AnyOrder, from_lists
from support.small_pages import small_pages

MAX_SHOP = 60
LONG_AGO = timedelta(days=400)
MORE_THAN_A_DETAIL_WAITS = timedelta(hours=25)
# Where each account's store lies: the environment is the base URL, the profile is another seller.
ACCOUNTS: dict[str, str | None] = {"first": None, "another environment": None, "another profile": "zweites"}

ANY_NUMBER = st.integers(0, 10**6)
FAULT = st.tuples(
    st.sampled_from(sorted(FAULTS)),
    st.sampled_from(["/order-units", "/order-units", "/orders/*", ""]),
    st.integers(1, 9),
    st.integers(0, 14),
)
SINCE_HOURS = st.sampled_from([None, None, None, 0, 1, 48, 24 * 50, 24 * 500])
ONE_STOREFRONT = st.sampled_from([None, None, None, "at", "de"])


class ImportMachine(RuleBasedStateMachine):
    """Sellers, their marketplace, and imports."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kaufland-machine-"))
        self.clock = HeldClock(START)
        self.own_clock = WrongClock(self.clock)
        self.shops: dict[str, Shop] = {}
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(lock, "PATIENCE_SECONDS", 0.0)
        self.shop = self.open("first")

    def open(self, account: str) -> Shop:
        """Return the shop of this account, opening it at first."""
        if account not in self.shops:
            simulator = Simulator(now=self.clock.now, client_key=f"{len(self.shops)}de3" * 8).start()
            context = open_session(self.folder, simulator, self.own_clock, ACCOUNTS[account])
            self.shops[account] = Shop(simulator, self.clock, self.own_clock, context)
        return self.shops[account]

    def teardown(self) -> None:
        """After the last step too each store becomes equal to its server; what went wrong in a simulator is raised."""
        try:
            for shop in self.shops.values():
                if sys.exception() is None:
                    self.shop = shop
                    self.clean_run(settle=True)
                shop.simulator.stop()
        finally:
            self.patch.undo()
            shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(
        page=st.sampled_from([3, 4, 5]), old=st.lists(st.integers(0, 40 * 86_400), max_size=30), lists=st.booleans()
    )
    def begin(self, page: int, old: list[int], lists: bool = True) -> None:
        """A shop that has been there for a while, and pages of a few rows."""
        small_pages(self.patch, page)
        if lists:
            from_lists(self.patch)
        for number, seconds in enumerate(sorted(old, reverse=True)):
            moment = self.clock.now() - timedelta(seconds=seconds)
            rows: list[dict[str, Any]] = [{}] * (1 + number % 3)
            self.shop.arrive(rows, ts_created_iso=moment, status=STATUSES[seconds % len(STATUSES)])

    # --- the marketplace ---

    @rule(
        orders=st.integers(1, 4),
        units=st.integers(1, 4),
        status=st.sampled_from(STATUSES),
        storefront=st.sampled_from(STOREFRONTS),
        back=st.sampled_from([0, 0, 1, 60, 3000]),
    )
    def orders_arrive(self, orders: int, units: int, status: str, storefront: str, back: int) -> None:
        """Orders arrive in one second, now or visible late by less than the overlap."""
        if len(self.shop.keys()) < MAX_SHOP:
            for _ in range(orders):
                arrive(self.shop, status=status, storefront=storefront, units=units, back=timedelta(seconds=back))

    @rule(orders=st.integers(1, 5), spread=st.sampled_from([0, 1, 60, 90 * 86_400]))
    def old_orders_are_updated(self, orders: int = 1, spread: int = 0) -> None:
        """A unit of orders from before the first import comes up now; the others of these orders stay as they were.

        That is before the time from which that import read: where a clock that was wrong let it read years, it read
        the others too.
        """
        for number in range(orders):
            moment = (self.shop.checked_from or self.clock.now()) - LONG_AGO - timedelta(seconds=number * spread)
            self.shop.arrive([{"ts_updated_iso": self.clock.now()}, {}], ts_created_iso=moment, ts_updated_iso=moment)

    @rule(number=ANY_NUMBER, what=st.sampled_from(["status", "price", "address"]))
    def unit_changes(self, number: int, what: str) -> None:
        """One unit changes."""
        if keys := self.shop.keys():
            change(self.shop, keys[number % len(keys)], what, number)

    @rule(status=st.sampled_from(STATUSES), part=st.integers(1, 3))
    def many_units_change_in_one_second(self, status: str, part: int) -> None:
        """Every unit, or every second or third, changes at once."""
        for key in self.shop.keys()[::part]:
            self.shop.change(key, status=status)

    @rule(number=ANY_NUMBER, how=st.sampled_from(SPOILT))
    def unit_becomes_unreadable(self, number: int, how: tuple[str, Any]) -> None:
        """Kaufland sends something that nobody can read."""
        if keys := self.shop.keys():
            self.shop.make_unreadable(keys[number % len(keys)], *how)

    @rule()
    def unreadable_units_are_fixed(self) -> None:
        """Kaufland fixes them, which is an update."""
        for key in list(self.shop.unreadable):
            self.shop.change(key)

    @precondition(lambda self: self.shop.counter < 10)
    @rule()
    def unit_without_id_arrives(self) -> None:
        """Two identical rows without an id."""
        self.shop.arrive([{"id_order_unit": MISSING}, {"id_order_unit": MISSING}])

    @rule(number=ANY_NUMBER)
    def invoice_is_uploaded(self, number: int) -> None:
        """The seller uploads an invoice."""
        if orders := list(self.shop.simulator.marketplace.orders):
            self.shop.simulator.marketplace.upload_invoice(orders[number % len(orders)])

    @rule(number=ANY_NUMBER, shown=st.booleans())
    def addresses_of_an_order_are_withheld_or_shown(self, number: int, shown: bool) -> None:
        """They come and go; where nobody waits for them any more it is an update.

        Not of a unit without an id: another one of these is another unit.
        """
        if orders := sorted({unit["id_order"] for unit in self.shop.simulator.marketplace.units.values()}):
            id_order = orders[number % len(orders)]
            market = self.shop.simulator.marketplace
            units = market.order(id_order).units
            waiting = all(unit["status"] in {"open", "need_to_be_sent"} for unit in units)
            if shown:
                market.reveal_address(id_order, touch=not waiting)
            else:
                market.withhold_address(id_order)

    @rule(
        inclusive=st.booleans(),
        upper=st.booleans(),
        left_out=st.sampled_from(["", "", "total", "pagination"]),
        addresses=st.sampled_from(["on", "on", 404, 405, 422]),
    )
    def server_is_another(self, inclusive: bool, upper: bool, left_out: Any, addresses: Any) -> None:
        """What Kaufland does not promise is one way today and another tomorrow."""
        switches = self.shop.simulator.switches
        switches.from_is_inclusive = inclusive
        switches.upper_case_storefronts = upper
        switches.left_out = left_out
        switches.shipping_addresses = addresses

    @rule(shuffled=st.booleans())
    def equal_times_are_shuffled(self, shuffled: bool) -> None:
        """Rows of one second have no order of their own; without totals nothing could know what is missing then."""
        self.shop.simulator.switches.equal_times_shuffled = shuffled

    # --- time and accounts ---

    @rule(seconds=st.sampled_from([0, 1, 59, 900, 3600, 3601, 86_400, 10 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        """Nothing happens for a while."""
        self.clock.advance(seconds=seconds)

    @rule(hours=st.sampled_from([0, -1, 1, -30, 30, -24 * 3650, 24 * 3650]))
    def own_clock_jumps(self, hours: int) -> None:
        """The computer's clock goes wrong, or right again."""
        self.own_clock.wrong_by = timedelta(hours=hours)

    @rule(account=st.sampled_from(sorted(ACCOUNTS)))
    def go_to(self, account: str) -> None:
        """From now on the settings name another base URL or another profile."""
        self.shop = self.open(account)

    @rule()
    def another_client_key_is_asked_about(self) -> None:
        """With another client key for the same store nothing is imported without asking."""
        shop = self.shop
        other = open_session(self.folder, shop.simulator, self.own_clock, shop.context.options.profile)
        other.environ = {**other.environ, "KAUFLAND_API_CLIENT_KEY": "another1" * 4}
        if shop.kept.watermark is None:
            return
        before = shop.written()
        with shop.store() as store, pytest.raises(ClientKeyChanged):
            claim_store(other, store, accept=False)
        assert shop.written() == before

    # --- imports ---

    @rule(
        course=ANY_NUMBER,
        arriving=st.integers(0, 3),
        changing=st.integers(0, 4),
        dated_back=st.booleans(),
        since_hours=SINCE_HOURS,
        storefront=ONE_STOREFRONT,
        width=st.integers(1, 8),
    )
    def run_while_everything_moves(
        self,
        course: int,
        arriving: int,
        changing: int,
        dated_back: bool,
        since_hours: int | None,
        storefront: str | None,
        width: int,
    ) -> None:
        """Orders arrive and change on every request, answers overtake one another, and it may ask for less or more."""
        shop = self.shop
        room = max(0, MAX_SHOP - len(shop.keys()))
        bustle = Bustle(shop, course, arriving, changing, dated_back=dated_back, room=room)
        shop.simulator.before_each("", bustle)
        shop.executor = AnyOrder(random.Random(course), width)
        since = None if since_hours is None else self.clock.now() - timedelta(hours=since_hours)
        self.run(since=since, storefront=storefront)
        shop.simulator.behave()

    @rule(
        course=ANY_NUMBER,
        strikes=st.lists(FAULT, max_size=3),
        dies=st.one_of(st.none(), st.integers(0, 300)),
        since_hours=SINCE_HOURS,
        storefront=ONE_STOREFRONT,
        second=st.one_of(st.none(), st.integers(1, 10)),
        width=st.integers(1, 8),
    )
    def run_that_is_struck(
        self,
        course: int,
        strikes: list[tuple[str, str, int, int]],
        dies: int | None,
        since_hours: int | None,
        storefront: str | None,
        second: int | None,
        width: int,
    ) -> None:
        """The server fails in many ways, the process dies, a second import starts: what is promised stays true."""
        shop = self.shop
        shop.simulator.before_each("", Bustle(shop, course, 1, 1, room=10))
        other = SecondImport(shop, second or 0)
        shop.simulator.before_each("", other)
        for name, path, times, after in strikes:
            if not (shop.simulator.switches.equal_times_shuffled and name in UNTRUE_TOTALS):
                strike(shop, name, path=path, times=times, after=after)
        shop.executor = AnyOrder(random.Random(course), width)
        since = None if since_hours is None else self.clock.now() - timedelta(hours=since_hours)
        outcome = self.run(since=since, storefront=storefront, dies=dies)
        shop.simulator.behave()
        assert other.refused is not False, "a second import ran at the same time"
        if outcome.killed:
            promise.store_is_sound(shop)

    def run(self, **options: Any) -> Outcome:
        """Run an import and see that the watermark did as it has to."""
        shop = self.shop
        before = shop.kept
        if shop.simulator.switches.equal_times_shuffled:
            shop.simulator.switches.left_out = ""
        outcome = shop.run(**options)
        promise.watermark_only_moves_on(before.watermark, shop.kept.watermark)
        promise.start_holds(before.start_at, shop)
        narrowed = bool(shop.kept.runs) and shop.kept.runs[-1]["kind"] != "import"
        if narrowed or (outcome.result is not None and not outcome.complete):
            assert shop.kept.watermark == before.watermark, "a run that did not read everything moved the watermark"
        return outcome

    @rule()
    def dry_run(self) -> None:
        """A dry run writes nothing."""
        before = (self.shop.written(), self.shop.kept)
        self.shop.preview()
        self.shop.look()
        assert (self.shop.written(), self.shop.kept) == before

    @rule()
    def import_while_the_lock_is_held(self) -> None:
        """Another process imports: this one does nothing."""
        with self.shop.held_by_another(), pytest.raises(ImportRunning):
            self.shop.run()

    @rule(settle=st.booleans())
    def clean_run(self, settle: bool) -> None:
        """Nothing happens during it: the store is equal to the server, and running again writes nothing."""
        shop = self.shop
        begun = len(shop.kept.runs) + 1
        if settle:
            self.own_clock.wrong_by = timedelta(0)
            shop.simulator.switches.equal_times_shuffled = False
            self.run()
            self.clock.advance(seconds=MORE_THAN_A_DETAIL_WAITS.total_seconds())
        outcome = self.run()
        if not outcome.complete and shop.simulator.switches.equal_times_shuffled:
            return  # it may never meet all rows, but it says so; once they keep their places, the next one does
        promise.complete(shop, outcome)
        promise.equal_to_the_server(shop)
        written = shop.written()
        self.run()
        promise.nothing_was_written(written, shop.written())
        promise.comparing_by_creation_finds_nothing(shop, begun)
        if settle:
            promise.orders_are_whole(shop)
            promise.addresses_are_there(shop)
            promise.invoices_are_there(shop)
            found = shop.reconcile()
            assert found.verdict == "equal", found
            promise.nothing_was_written(written, shop.written())

    @invariant()
    def promises_hold(self) -> None:
        """After every step, in every account."""
        for shop in self.shops.values():
            promise.always(shop)


COURSE = settings(
    derandomize=True,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_store_equals_the_server_after_any_events_and_a_clean_run() -> None:
    """No unit missing, none twice, none checked before it was seen; and a repeated run writes nothing."""
    run_state_machine_as_test(ImportMachine, settings=settings(COURSE, max_examples=4, stateful_step_count=15))


def test_old_order_comes_up_after_a_first_import_that_read_ten_years() -> None:
    """What this machine calls an old order is older than all that was read, so nothing was claimed of it."""
    machine = ImportMachine()
    try:
        machine.begin(page=5, old=[60])
        machine.own_clock_jumps(hours=-24 * 3650)
        machine.clean_run(settle=False)
        machine.clean_run(settle=True)
        machine.old_orders_are_updated()
        machine.promises_hold()
    finally:
        machine.teardown()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(8))
def test_store_equals_the_server_after_many_more_sequences(number: int) -> None:
    """The same for many more and longer courses of events, other ones each time."""
    machine = type(f"LongMachine{number}", (ImportMachine,), {})
    course = settings(COURSE, derandomize=False, max_examples=60, stateful_step_count=60)
    run_state_machine_as_test(machine, settings=course)
