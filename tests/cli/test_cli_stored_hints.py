"""What fixes a sales order is shown with the settings of the call, also where an earlier version kept it as text."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.store.sales_order_row import Reason
from kaufland_cli.store.store import Store
from support.machine import Machine

PROFILE = ("--profile", "second")
FIX = Hint("Find out what is wrong there, then: ", command("sales-orders", "retry", "MX"))
REASON = Reason("no_answer", "It was sent 5 times without a clear response, and it does not exist there.", FIX)


def as_it_is(_store: Store) -> None:
    """Leave the reason as it is written today."""


def written_earlier(store: Store) -> None:
    """Keep the fix as text only."""
    kept = [{"code": REASON.code, "text": REASON.text, "fix": str(FIX)}]
    store.database.execute("UPDATE sales_orders SET reasons = ?", (json.dumps(kept),))


@pytest.mark.parametrize("keep", [as_it_is, written_earlier])
def test_stored_fix_means_the_settings_of_the_call(connected: Machine, keep: Callable[[Store], None]) -> None:
    """In the list, as JSON and in a pipe, and in the one sales order: each command names the profile."""
    connected.good(*PROFILE, "import-orders")
    path = Path(connected.good(*PROFILE, "config", "path", "store").out.strip())
    with Store.open(path, connected.clock.now()) as store:
        ((id_order,),) = store.database.tuples("SELECT id_order FROM orders LIMIT 1")
        store.sales_orders.fail(id_order, connected.clock.now(), REASON)
        keep(store)
    typed = "Find out what is wrong there, then: kaufland --profile second sales-orders retry MX"
    listed = connected.good(*PROFILE, "sales-orders", "list", "--json").json()["sales_orders"]
    assert [one["fix"] for one in listed] == [typed]
    assert typed in connected.good(*PROFILE, "sales-orders", "list").out
    shown = connected.good(*PROFILE, "sales-orders", "show", id_order, "--json").json()
    assert (shown["fix"], shown["reasons"][0]["fix"]) == (typed, typed)
