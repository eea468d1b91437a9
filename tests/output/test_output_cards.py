"""The cards: one order, the status, an import, a connection test, one call to the API."""
# ruff: noqa: RUF001 (a dash marks what was skipped)

from dataclasses import replace
from pathlib import Path

import pytest

from kaufland_cli.app.results import ImportReport, ScheduleReport
from kaufland_cli.doctor.connection_test import ConnectionStep
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.orders import BilledElsewhere, Change, DepartedUnit, FailedUnit, Order, OrderSummary
from kaufland_cli.errors import CredentialsRefused
from kaufland_cli.monitoring.status import LastSync, OtherStore
from kaufland_cli.order_import.lock import Holder
from kaufland_cli.output.cards import checks, import_summary, log_entry, order_card, status_card
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.store.order_queries import StoreCounts
from support.output_samples import (
    COUNTS,
    Heard,
    connection_report,
    import_report,
    last_sync,
    logged_call,
    order_details,
    order_summary,
    show_connection,
    status,
)

ORDER = """\
Order MB2QG02 · partially cancelled · cz

  Created        2026-11-24 02:49
  Imported       2026-11-24 03:04
  Buyer          Grzegorz Brzęczyszczykiewicz
  E-mail         x7f3@kaufland-marktplatz.de
  Ship to        Grzegorz Brzęczyszczykiewicz
                 ul. Marszałkowska 104/122
                 00-017 Warszawa
                 PL
                 phone +48 22 555 01 00
  Bill to        not known yet
  Pickup point   Packeta 260, delivered by Packeta
  Fulfilled      by merchant
  Invoice        ? (not read yet)
  Sales order    none

  Kaufland invoices the buyer; you must not.

Lines
                                                   Unit                   Can-
  Status     EAN           Title         Qty      price       Amount  VAT celled
  ──────────────────────────────────────────────────────────────────────────────
  to be sent 4006381333931 Kaffeemaschi…   2 649,50 CZK 1.299,00 CZK 19 % no
  cancelled                Filter          2 649,50 CZK 1.299,00 CZK 19 % yes

  Goods          1.299,00 CZK
  Shipping           4,95 CZK
  Total          1.303,95 CZK

Unit ids
  4006381333931  314567, 314568
  Line 2         314569

History
  2026-11-24 03:04  unit 314569: status open → cancelled
  2026-11-24 03:05  unit 314567: price 700,00 CZK → 649,50 CZK

Could not be read
  unit 314570    the price is missing (seen 2026-11-24 03:04)
"""

STATUS = """\
✓ Last Order Sync 2026-11-24 02:49, 12 minutes ago
  Last Order Sync Status   OK
  Last Order Sync Message  12 new orders, 3 changed
  Environment    production
  Complete       yes
  Newest change  2026-11-24 02:48 at Kaufland

Orders
  Orders         2.412
  Units          3.120
  Kept in        /home/anna/orders.sqlite3

Schedule
  Auto import    on, every 15 minutes
  Next due       2026-11-24 03:04

Connection
  Base URL       https://sellerapi.kaufland.com/v2
  Client key     ab12…
  API log        off, failed calls are kept; 2 calls, 13,9 kB
"""

IMPORT = """\
✓ Import complete.
  Environment    production
  Complete       yes
  Newest change  2026-11-24 02:48 at Kaufland
  New            12 orders, 17 units
  Changed        3 orders, of those cancelled: 1
  Failed         0 units
  Took           4,2 s, 31 requests

By storefront
  de  10 orders  14 units   1.299,00 EUR
  cz   2 orders   3 units  12.990,00 CZK

Nothing was changed at Kaufland.
"""

CONNECTION = """\
✓ settings         config.toml
! clock            42 s behind
  → timedatectl set-ntp true
✓ credentials      accepted

✓ The connection works.
  Environment    production
  Base URL       https://sellerapi.kaufland.com/v2
  Client key     ab12…
  Storefronts    de, cz
  Clock          1 s behind Kaufland's
  Round trip     213 ms
"""

REFUSED = """\
✓ settings         config.toml
✗ credentials      Kaufland refused the signature: most likely the secret key is
                   another one.
– orders

→ kaufland secret set
"""

LOG_ENTRY = """\
✗ GET /order-units
  Entry          12
  At             2026-11-24 02:49
  URL            https://sellerapi.kaufland.com/v2/order-units?limit=100
  Response       429
  Took           213 ms
  Try            1
  Run            7
  Error          Kaufland asks for fewer requests

Request headers
  Accept: application/json

Response headers
  Retry-After: 3

Response body
  {
    "message": "Zu viele",
    "list": [
      1
    ]
  }
"""

SELLERS_NEVER_READ = ("watermark", "partial", "upsert", "verdict", "None", "null")


def test_order_card() -> None:
    """The card shows buyer, addresses, pickup point, amounts, lines, unit ids, history and what could not be read."""
    heard = Heard()
    heard.output.show(order_card.ORDER, order_details())
    assert heard.out == ORDER


def test_units_that_have_left_an_order_are_shown() -> None:
    """Where they are now, or that Kaufland's order does not have them any more; and who is billed for what."""
    gone = DepartedUnit("314571", None, "Filter", "F", "2026-11-24T02:04:00Z", None)
    heard = Heard()
    heard.output.show(
        order_card.ORDER,
        order_details(
            departed_units=(gone, gone._replace(id_order_unit="314572", moved_to="MB2QG99")),
            in_other_sales_orders=(BilledElsewhere("314567", "MB2QG98", "1001"),),
        ),
    )
    shown = " ".join(heard.out.split())
    assert "No longer in this order unit 314571 Filter: no longer in Kaufland's order, seen" in shown
    assert "unit 314572 Filter: moved to order MB2QG99" in shown
    assert "In another sales order unit 314567 in the sales order of order MB2QG98: 1001" in shown


def test_change_of_the_order_itself_names_no_unit() -> None:
    """The pickup point is the order's; an extra field of a unit has Kaufland's own name."""
    at = "2026-11-24T02:04:00Z"
    heard = Heard()
    heard.output.show(
        order_card.ORDER,
        order_details(
            history=(
                Change(at, None, "pickup_location", "DHL 145", "DHL 999"),
                Change(at, "314567", "buyer.since", 2019, 2020),
            )
        ),
    )
    first, second = heard.out.partition("History\n")[2].splitlines()[:2]
    assert first.endswith("  pickup location DHL 145 → DHL 999")
    assert second.endswith("  unit 314567: buyer.since 2019 → 2020")


def test_order_of_which_little_is_known() -> None:
    """A card of an order that was only just seen says what is not known, and fails on nothing."""
    heard = Heard(width=20)
    heard.output.show(order_card.ORDER, Order(summary=OrderSummary(id_order="MB2QG01")))
    assert heard.out.startswith("Order MB2QG01\nstatus not known\n")
    assert "  Created        ?\n" in heard.out
    assert "Kaufland invoices" not in heard.out


def test_same_address_is_not_repeated() -> None:
    """A billing address equal to the shipping address is said to be the same; without lines there is no table."""
    details = order_details()
    heard = Heard()
    heard.output.show(order_card.ORDER, replace(details, billing_address=details.shipping_address, lines=()))
    assert "  Bill to        the same\n" in heard.out
    assert "Lines" not in heard.out


@pytest.mark.parametrize("deemed", [True, False, None])
def test_order_invoiced_by_kaufland_says_so(deemed: bool | None) -> None:
    """Only a deemed-supplier order forbids the seller to invoice."""
    heard = Heard()
    heard.output.show(order_card.ORDER, order_details(summary=order_summary(is_marketplace_deemed_supplier=deemed)))
    assert ("Kaufland invoices the buyer; you must not." in heard.out) == (deemed is True)


def test_path_can_be_copied() -> None:
    """A path or a web address is never broken in two, however narrow the terminal."""
    heard = Heard(width=40)
    heard.output.show(
        status_card.STATUS, status(store=Path("/home/anna/.local/share/kaufland/a-long-name/orders.sqlite3"))
    )
    assert "/home/anna/.local/share/kaufland/a-long-name/orders.sqlite3\n" in heard.out


def test_card_in_a_pipe_is_whole() -> None:
    """Piped, the lines of an order are not cut."""
    heard = Heard(terminal=False, width=40)
    heard.output.show(order_card.ORDER, order_details())
    assert "Kaffeemaschine mit Mahlwerk" in heard.out
    assert "KM-2000" in heard.out


def test_status_card() -> None:
    """The status names Last Order Sync, its Status and Message, and shows age, completeness, schedule and log."""
    heard = Heard()
    heard.output.show(status_card.STATUS, status())
    assert heard.out == STATUS


def test_status_of_a_troubled_seller() -> None:
    """What is red, incomplete, failed, waiting or running now is said, and how the other environments stand."""
    never = OtherStore("playground", Path("p.sqlite3"), LastSync(None, None, None), 0)
    heard = Heard()
    heard.output.show(
        status_card.STATUS,
        status(
            last_sync=last_sync(status="red", complete=False),
            last_verdict="incomplete",
            counts=StoreCounts(2412, 3120, units_failed=1, units_set_aside=0, details_waiting=2),
            to_ship={},
            unfinished_actions={},
            running=Holder(4711, "2026-11-24T02:00:00Z", "kaufland import-orders"),
            auto_import_orders=False,
            environments=[never, OtherStore("simulator", Path("s.sqlite3"), last_sync(), 2412)],
        ),
    )
    assert heard.out.startswith("✗ Last Order Sync 2026-11-24 02:49, 12 minutes ago\n")
    for line in (
        "Complete       not everything could be read: run again",
        "Running now    since 2026-11-24 03:00, process 4711: kaufland import-orders",
        "Failed         1 unit could not be read",
        "Details        2 orders waiting for details",
        "Auto import    off",
        "– playground: no import yet",
        "✓ simulator: last import 2026-11-24 02:49, 12 minutes ago; 12 new orders, 3 changed",
    ):
        assert line in heard.out.replace("\n    ", " ")


def test_status_after_an_error_names_the_last_complete_import() -> None:
    """After an error nothing is said about reading; the last complete import and the unread units are named."""
    failed = [FailedUnit(n, f"M{n}", "no price", "2026-11-24T01:49:00Z") for n in range(12)]
    heard = Heard()
    heard.output.show(
        status_card.STATUS,
        status(
            last_sync=last_sync(status="red", complete=False),
            last_verdict="error",
            last_complete="2026-11-23T01:49:47Z",
            failed=failed,
        ),
    )
    for line in ("Complete       no\n", "Checked at     2026-11-23 02:49", "unit 9: no price", "and more       2, all"):
        assert line in heard.out
    assert "unit 10" not in heard.out


def test_status_before_the_first_import() -> None:
    """Before the first import the card says so."""
    heard = Heard()
    heard.output.show(status_card.STATUS, status(last_sync=LastSync(None, None, None)))
    assert heard.out.startswith("– Last Order Sync never\n  Environment    production\n")


def test_end_of_an_import() -> None:
    """An import ends with environment, completeness, counts, a line a storefront, and that Kaufland is unchanged."""
    heard = Heard()
    heard.output.show(import_summary.IMPORT, import_report())
    assert (heard.out, heard.err) == (IMPORT, "")


TROUBLE = [
    ("partial", "! Import done, but some orders failed.\n"),
    ("incomplete", "! Not everything could be fetched: run again. What was fetched is stored.\n"),
    ("error", "✗ The import did not finish.\n"),
]


def troubled(verdict: str) -> ImportReport:
    """Return an import that did not go well."""
    return import_report(
        verdict=verdict,
        complete=False,
        message="2 units could not be read",
        counts=replace(COUNTS, units_failed=2),
        details_waiting=3,
        notes=["Kaufland knows a storefront that this program does not: hr"],
        failed=[FailedUnit("314570", "MB2QG02", "the price is missing", "2026-11-24T01:49:00Z")],
    )


@pytest.mark.parametrize(("verdict", "first"), TROUBLE)
def test_import_in_trouble_says_so_everywhere(verdict: str, first: str) -> None:
    """On a terminal the summary stands on stdout; from cron the same, whole, on stderr, and stdout is empty."""
    terminal, cron = Heard(), Heard(terminal=False)
    for heard in (terminal, cron):
        heard.output.show(import_summary.IMPORT, troubled(verdict))
    assert terminal.out == cron.err
    assert (terminal.err, cron.out) == ("", "")
    assert terminal.out.startswith(first)
    for line in (
        "  Reason         2 units could not be read\n",
        "  Failed         2 units\n",
        "  Details        3 orders waiting; the next import goes on\n",
        "Could not be read\n  order MB2QG02  unit 314570: the price is missing\n",
        "! Kaufland knows a storefront that this program does not: hr\n",
        "Nothing was changed at Kaufland.\n→ kaufland ",
    ):
        assert line in terminal.out


def test_good_import_is_silent_from_cron() -> None:
    """Without a terminal a successful import says nothing at all."""
    heard = Heard(terminal=False)
    heard.output.show(import_summary.IMPORT, import_report())
    assert (heard.out, heard.err) == ("", "")


def test_dry_run_says_that_nothing_was_stored() -> None:
    """A dry run cannot be taken for an import."""
    heard = Heard()
    heard.output.show(import_summary.IMPORT, import_report(dry_run=True))
    assert heard.out.startswith("– Dry run: nothing was stored.\n")


def test_connection_test_that_passes() -> None:
    """One line a step, a warning with its advice, and what the account showed."""
    heard = Heard()
    show_connection(heard.output, connection_report())
    assert heard.out == CONNECTION


def test_connection_test_that_fails_names_one_thing_to_do() -> None:
    """The failed step is marked, what was skipped is shown, and one next action ends the screen."""
    refused = CredentialsRefused("Kaufland refused the signature: most likely the secret key is another one.")
    steps = [
        ConnectionStep("settings", "passed", "config.toml"),
        ConnectionStep("credentials", "failed", refused.message, command("secret", "set")),
        ConnectionStep("orders", "skipped", "", Hint("never shown")),
    ]
    heard = Heard()
    show_connection(heard.output, connection_report(error=refused, steps=steps))
    assert heard.out == REFUSED


def test_playground_may_keep_its_storefronts_to_itself() -> None:
    """If Kaufland did not return the storefronts, the card does not say that there are none."""
    heard = Heard()
    heard.output.show(checks.CONNECTION, connection_report(storefronts=None, skew_seconds=0, round_trip_ms=None))
    assert "Storefronts    not reported\n" in heard.out
    assert "Clock          the same as Kaufland's, to the second\n" in heard.out
    assert "Round trip" not in heard.out


def test_call_in_the_log() -> None:
    """A log entry shows figures, headers and bodies; JSON is set out for reading."""
    heard = Heard()
    heard.output.show(log_entry.LOG_ENTRY, logged_call())
    assert heard.out == LOG_ENTRY


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<html>\r\n<b>502</b>", "  <html>\n  <b>502</b>\n"),
        ('{"cut": ', '  {"cut":\n'),
        ('{"a": 1}', '  {\n    "a": 1\n  }\n'),
        ("[" * 100_000, "  [["),
    ],
)
def test_any_body_can_be_shown(body: str, lines: str) -> None:
    """A body that is not JSON is shown line by line as it is."""
    heard = Heard()
    heard.output.show(log_entry.LOG_ENTRY, logged_call(success=None, response_body=body))
    assert f"Response body\n{lines}" in heard.out


@pytest.mark.parametrize("verdict", ["success", "partial", "incomplete", "error"])
def test_screens_speak_the_sellers_language(verdict: str) -> None:
    """No screen holds a word of the trade."""
    heard = Heard()
    heard.output.show(import_summary.IMPORT, troubled(verdict) if verdict != "success" else import_report())
    heard.output.show(status_card.STATUS, status(last_sync=last_sync(complete=False), watermark=None))
    show_connection(heard.output, connection_report())
    assert not [word for word in SELLERS_NEVER_READ if word in heard.out]


def test_next_run_is_shown_as_all_times_are() -> None:
    """In the seller's zone, to the minute; what only the scheduler understands stays as it is."""
    for said, shown in (("2026-11-24T15:45:11Z", "2026-11-24 16:45"), ("the timer is not active",) * 2):
        heard = Heard()
        report = ScheduleReport(
            ScheduleSummary(installed=True, scheduler="systemd"), True, 15, ("a.timer",), "anna", False, said, None, ()
        )
        heard.output.show(status_card.SCHEDULE, report)
        assert f"Next run       {shown}\n" in heard.out
