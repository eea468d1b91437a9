"""Whatever happens to requests and to the program: everything is done once, and the ledger says what Kaufland did.

Hypothesis draws the sequence of steps, faults and deaths of the process; the promises are checked after each.
"""

# ruff: noqa: D401 - a rule tells what happens

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kaufland_cli.domain.actions import Action, Kind
from kaufland_cli.errors import KauflandError
from kaufland_cli.order_actions.invoices import InvoiceFile, plan_invoices
from kaufland_cli.order_actions.plan import Planner, record
from kaufland_cli.order_actions.run import ActionRun, RunResult
from kaufland_cli.order_actions.shipments import Shipment, plan_shipments
from kaufland_cli.order_actions.unit_steps import plan_cancelling, plan_refund, plan_releasing
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.simulator import Simulator, faults, make_order
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.imports import START, AnyOrder, World
from support.mortal_store import Killed, dies_after
from support.sampling import examples

ORDERS = ("MSHIP01", "MSHIP02", "MSHIP03", "MOPEN04", "MSENT05", "MSENT06")
PRICE = 2999
SIMULATORS_WORDS: dict[Kind, str] = {
    "ship": "send",
    "parcel": "shipment",
    "cancel": "cancel",
    "refund": "refund",
    "release": "fulfil",
    "invoice": "invoice",
}
FAULTS: dict[str, Callable[[], Any]] = {
    "answer lost": faults.answer_lost,
    "no effect, 500": lambda: faults.status(500),
    "effect, 500": lambda: faults.effect_then_status(500),
    "effect, 502": lambda: faults.effect_then_status(502),
    "no effect, 503": lambda: faults.status(503),
    "too many": faults.too_many_requests,
    "line cut before": faults.reset_connection,
    "refused": lambda: faults.status(400, b'{"type": "/problems/validation-error", "message": "no"}'),
}
FAULT = st.none() | st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 2), st.integers(0, 2))
DEATH = st.none() | st.none() | st.tuples(st.sampled_from(["statement", "before", "after"]), st.integers(0, 9))


class ActionMachine(RuleBasedStateMachine):
    """A seller who ships, bills, cancels, refunds and releases."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kaufland-actions-"))
        self.clock = HeldClock(START)
        self.simulator = Simulator(now=self.clock.now).start()
        self.world = World(self.folder, self.simulator, self.clock)

    @initialize(seed=st.integers(0, 1000), duplicate=st.sampled_from([400, 403]))
    def begin(self, seed: int, duplicate: Any) -> None:
        """Six imported orders; what is under way side by side ends in any order."""
        for name in ORDERS:
            status = {"MOPEN": "open", "MSENT": "sent"}.get(name[:5], "need_to_be_sent")
            order = make_order(name, [{}, {}], status=status, price=PRICE, shipping_rate=0)
            self.simulator.marketplace.add_order(order)
        self.simulator.switches.duplicate_action_status = duplicate
        self.world.run()
        self.world.executor = AnyOrder(random.Random(seed))

    def teardown(self) -> None:
        """At the end nothing that Kaufland shows is left in doubt, and both sides tell the same."""
        try:
            self.simulator.behave()
            self.clock.advance(minutes=11)
            self.go_on(None, None)
            self.ledger_equals_kaufland(settled=True)
            self.simulator.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- steps ---

    @rule(names=st.sets(st.sampled_from(ORDERS), min_size=1), other=st.booleans(), fault=FAULT, death=DEATH)
    def ship(self, names: set[str], other: bool, fault: Any, death: Any) -> None:
        """Orders are shipped; a second time perhaps with other numbers, which must not replace the first."""
        wanted = [Shipment(one, one, "DHL", (f"{'2' if other else '1'}{one[-2:]}456789012",), "test") for one in names]
        self.act("ship", lambda planner, _: plan_shipments(planner, wanted, None, further=False), fault, death)

    @rule(name=st.sampled_from(ORDERS), number=st.integers(1, 2), fault=FAULT, death=DEATH)
    def parcel(self, name: str, number: int, fault: Any, death: Any) -> None:
        """A further parcel."""
        wanted = [Shipment(name, name, "DHL", (f"9{number}3456789012",), "test")]
        self.act("parcel", lambda planner, _: plan_shipments(planner, wanted, None, further=True), fault, death)

    @rule(name=st.sampled_from(ORDERS), fault=FAULT, death=DEATH)
    def cancel(self, name: str, fault: Any, death: Any) -> None:
        """An order is cancelled."""
        self.act("cancel", lambda planner, _: plan_cancelling(planner, [name], "NoInventory", "test"), fault, death)

    @rule(name=st.sampled_from(ORDERS), fault=FAULT, death=DEATH)
    def release(self, name: str, fault: Any, death: Any) -> None:
        """An open order is released."""
        self.act("release", lambda planner, _: plan_releasing(planner, [name], "test"), fault, death)

    @rule(
        name=st.sampled_from(ORDERS[4:]),
        unit=st.integers(0, 1),
        amount=st.sampled_from([500, 1700, 2999]),
        again=st.booleans(),
        fault=FAULT,
        death=DEATH,
    )
    def refund(self, name: str, unit: int, amount: int, again: bool, fault: Any, death: Any) -> None:
        """A part of a unit is refunded."""
        ident = str(self.simulator.marketplace.order(name).units[unit]["id_order_unit"])
        self.act(
            "refund",
            lambda planner, _: plan_refund(planner, ident, amount, "defect", "test", again=again, any_currency=False),
            fault,
            death,
        )

    @rule(name=st.sampled_from(ORDERS), version=st.integers(1, 2), replace=st.booleans(), fault=FAULT, death=DEATH)
    def invoice(self, name: str, version: int, replace: bool, fault: Any, death: Any) -> None:
        """An invoice is uploaded."""
        file = InvoiceFile("file", name, f"{name}-{version}.pdf", f"%PDF {name} {version} %%EOF".encode(), "test")
        self.act("invoice", lambda planner, api: plan_invoices(planner, api, [file], replace=replace), fault, death)

    @rule(name=st.sampled_from(ORDERS), status=st.sampled_from(["cancelled", "sent", "received"]))
    def somebody_else(self, name: str, status: str) -> None:
        """The buyer, or somebody in the seller portal, changes a unit meanwhile."""
        unit = self.simulator.marketplace.order(name).units[0]
        possible = {"need_to_be_sent": {"cancelled", "sent"}, "open": {"cancelled"}, "sent": {"received"}}
        if status in possible.get(unit["status"], ()):
            self.simulator.marketplace.change_unit(unit["id_order_unit"], status=status)

    @rule(fault=FAULT, death=DEATH)
    def go_on(self, fault: Any, death: Any) -> None:
        """What is unfinished is gone on with."""

        def run(store: Store, api: SellerApi) -> RunResult:
            store.actions.after_interruption()
            return self.carried_out(store, api, store.actions.unfinished())

        self.alive(run, fault, death)

    @rule(minutes=st.sampled_from([1, 11]))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.clock.advance(minutes=minutes)

    # --- promises ---

    @invariant()
    def ledger_equals_kaufland(self, settled: bool = False) -> None:
        """Each effect at Kaufland is one action of the ledger with the same body, and each action at most one."""
        with self.world.store() as store:
            actions = list(store.actions.listed(limit=None))
        effects = Counter((one.kind, one.id_order, one.id_order_unit, _essence(one.body)) for one in self.done)
        done = Counter(_key(one) for one in actions if one.state == "done")
        certain = Counter(_key(one) for one in actions if one.state == "done" and not _by_somebody_else(one))
        open_ones = Counter(_key(one) for one in actions if one.state in {"sending", "in_doubt"} or _unknown(one))
        assert not certain - effects, "done in the ledger, not at Kaufland"
        assert not effects - done - open_ones, "done at Kaufland without a word in the ledger"
        if settled:
            left = {one.kind for one in actions if one.state in {"planned", "sending", "in_doubt"}}
            assert left <= {"parcel", "refund"}, "only what Kaufland does not show may stay in doubt"

    @invariant()
    def never_twice(self) -> None:
        """A unit is marked, cancelled and released once, a file uploaded once, and no more refunded than was paid."""
        once = Counter(
            (one.kind, one.id_order_unit, _essence(one.body) if one.kind in {"invoice", "shipment"} else "")
            for one in self.done
            if one.kind != "refund"
        )
        assert set(once.values()) <= {1}
        refunded = Counter[Any]()
        for one in self.done:
            if one.kind == "refund":
                refunded[one.id_order_unit] += one.body["amount"]
        assert all(amount <= PRICE for amount in refunded.values())

    # --- how a command works ---

    @property
    def done(self) -> Any:
        return self.simulator.marketplace.done

    def act(self, kind: Kind, plan: Callable[[Planner, SellerApi], None], fault: Any, death: Any) -> None:
        def run(store: Store, api: SellerApi) -> RunResult:
            planner = Planner(kind, store, api)
            plan(planner, api)
            store.actions.after_interruption()
            return self.carried_out(store, api, record(store, planner.plan, self.clock.now()))

        self.alive(run, fault, death)

    def carried_out(self, store: Store, api: SellerApi, numbers: list[int]) -> RunResult:
        return ActionRun(store.actions, api, self.clock, lambda _done, _total: None).carry_out(numbers)

    def alive(self, run: Callable[[Store, SellerApi], RunResult], fault: Any, death: Any) -> None:
        """Work until the process dies, or to the end."""
        self.simulator.behave()
        if fault is not None:
            name, times, after = fault
            self.simulator.misbehave(FAULTS[name](), times=times, after=after, where=lambda one: one.method != "GET")
        with suppress(Killed, KauflandError), self.world.store() as store, self.world.api() as api:
            if death is not None:
                _die(store, api, *death)
            run(store, api)


def _die(store: Store, api: SellerApi, where: str, number: int) -> None:
    """Let the process die at a statement, or before or after a request that writes."""
    if where == "statement":
        dies_after(store, number * 4)
        return
    carry_out, left = api.carry_out, [number // 3]

    def dying(action: Action, body: bytes) -> Any:
        left[0] -= 1
        if left[0] < 0:
            written = carry_out(action, body) if where == "after" else None
            dies_after(store, 0)  # what ends a process ends its writing as well
            raise Killed(written)
        return carry_out(action, body)

    api.carry_out = dying  # type: ignore[method-assign]


def _key(action: Action) -> tuple[Any, ...]:
    details = action.details
    essence = details.get("file_name") or details.get("tracking_numbers") or details.get("amount")
    return (SIMULATORS_WORDS[action.kind], action.id_order, action.id_order_unit, str(essence or ""))


def _essence(body: Any) -> str:
    parcel = body.get("shipment_information", {})
    found = body.get("original_name") or body.get("tracking_numbers") or parcel.get("tracking_number")
    return str(found or body.get("amount") or "")


def _unknown(action: Action) -> bool:
    return "is not known" in (action.text or "")


def _by_somebody_else(action: Action) -> bool:
    """Whether Kaufland showed the unit in the wanted state although our request need not have done it."""
    return action.kind in {"ship", "cancel", "release"}


def test_everything_is_done_once_and_the_ledger_says_so() -> None:
    """Faults, deaths and strangers in any order: nothing is done twice, nothing without a word in the ledger."""
    run_state_machine_as_test(
        ActionMachine,
        settings=settings(
            max_examples=examples(60),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
