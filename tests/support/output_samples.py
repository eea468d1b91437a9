"""Invented records and streams for the tests of the output."""

import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pexpect
import pyte

from kaufland_cli.app.results import ImportReport
from kaufland_cli.doctor.connection_test import ConnectionReport, ConnectionStep
from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.orders import Address, Change, FailedUnit, Order, OrderLine, OrderSummary, PickupLocation
from kaufland_cli.monitoring.health import Health
from kaufland_cli.monitoring.status import LastSync, Status
from kaufland_cli.order_import.result import CurrencyTotal, ImportResult, StorefrontResult
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.store.order_queries import StoreCounts
from kaufland_cli.store.request_log import LoggedCall, LogSize
from kaufland_cli.store.run_tally import RunCounts

Record = dict[str, Any]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say that somebody is watching."""
        return True


class Heard:
    """An output with both of its streams at hand."""

    def __init__(
        self,
        *,
        terminal: bool = True,
        width: int | None = 80,
        format: Format = Format.AUTO,  # noqa: A002 (the word of the option)
        color: ColorChoice = "never",
        order_url: str = "",
        environ: Mapping[str, str] | None = None,
        locale: str = "de_DE",
        encoding: str = "utf-8",
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.stdout: io.StringIO = Terminal() if terminal else io.StringIO()
        self.stderr: io.StringIO = Terminal() if terminal else io.StringIO()
        for stream in (self.stdout, self.stderr):
            if isinstance(stream, Terminal):
                stream.encoding = encoding
        self.output = Output(
            stdout=self.stdout,
            stderr=self.stderr,
            environ=environ or {},
            format=format,
            color=color,
            order_url=order_url,
            locale=locale,
            width=width,
            monotonic=monotonic,
        )

    @property
    def out(self) -> str:
        """What was written to stdout."""
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        """What was written to stderr."""
        return self.stderr.getvalue()


def terminal_bytes(
    *words: str, width: int = 120, height: int = 30, environ: Mapping[str, str] | None = None, all_of_it: bool = False
) -> bytes:
    """Run Python with these words in a real pseudo-terminal and return every byte that it writes there.

    `environ` comes on top of that of the tests, or is all that there is (`all_of_it`).
    """
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    tests = str(Path(__file__).parents[1])
    known = {} if all_of_it else {**kept, "PYTHONPATH": tests}
    child: pexpect.spawn[bytes] = pexpect.spawn(
        sys.executable,
        list(words),
        dimensions=(height, width),
        env={**known, "TERM": "xterm-256color", **(environ or {})},
        timeout=30,
    )
    child.expect(pexpect.EOF)
    written = child.before or b""
    child.close()
    return written


def in_a_terminal(code: str, *, width: int, height: int = 30, environ: Mapping[str, str] | None = None) -> list[str]:
    """Run Python code in a real pseudo-terminal and return the screen that a person would see."""
    screen = pyte.Screen(width, height)
    pyte.ByteStream(screen).feed(terminal_bytes("-c", code, width=width, height=height, environ=environ))
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def order(**changes: Any) -> Record:
    """Return an order as it stands in lists."""
    return {
        "id_order": "MB2QG01",
        "status": "open",
        "storefront": "de",
        "buyer_name": "Anna Beispiel",
        "ship_to_city": "Köln",
        "total_amount": 129900,
        "currency": "EUR",
        "lines": 1,
        "units": 1,
        "sales_order_no": None,
        "invoice_uploaded": None,
        "created_at": "2026-11-24T01:49:00Z",
        "imported_at": "2026-11-24T02:04:00Z",
        "fulfillment_type": "fulfilled_by_merchant",
        "is_marketplace_deemed_supplier": False,
        **changes,
    }


def orders() -> list[Record]:
    """Return orders that are hard to set in a table: long Polish names, Chinese ones, large amounts, unknowns."""
    return [
        order(),
        order(
            id_order="MB2QG02",
            status="need_to_be_sent",
            storefront="cz",
            buyer_name="Grzegorz Brzęczyszczykiewicz-Konstantynopolitański",
            ship_to_city="Chrząszczyżewoszyce",
            total_amount=1299000,
            currency="CZK",
            units=3,
            lines=2,
        ),
        order(
            id_order="MB2QG03",
            status="partially_cancelled",
            storefront="pl",
            buyer_name="王小明與他的朋友們",
            ship_to_city="臺北市信義區",
            total_amount=49999,
            currency="PLN",
            units=12,
            lines=4,
            sales_order_no="SO-104711",
            invoice_uploaded=True,
        ),
        order(id_order="MB2QG04", status="sent_and_autopaid", invoice_uploaded=False),
        order(id_order="MB2QG05", status="frozen", buyer_name=None, ship_to_city=None, total_amount=None),
    ]


def order_summary(**changes: Any) -> OrderSummary:
    """Return the summary of a Czech order of which a part was cancelled."""
    known = order(
        id_order="MB2QG02",
        status="partially_cancelled",
        storefront="cz",
        buyer_name="Grzegorz Brzęczyszczykiewicz",
        buyer_email="x7f3@kaufland-marktplatz.de",
        total_amount=130395,
        currency="CZK",
        is_marketplace_deemed_supplier=True,
    )
    return OrderSummary(**{**known, **changes})


def order_details(**changes: Any) -> Order:
    """Return an order as its card shows it."""
    address = Address(
        first_name="Grzegorz",
        last_name="Brzęczyszczykiewicz",
        company_name="",
        street="ul. Marszałkowska",
        house_number="104/122",
        postcode="00-017",
        city="Warszawa",
        phone="+48 22 555 01 00",
        country="PL",
    )
    line = OrderLine(
        id_order="MB2QG02",
        status="need_to_be_sent",
        ean="4006381333931",
        title="Kaffeemaschine mit Mahlwerk",
        id_offer="KM-2000",
        quantity=2,
        unit_price=64950,
        line_amount=129900,
        shipping_amount=495,
        vat=19,
        currency="CZK",
        cancelled=False,
        unit_ids=("314567", "314568"),
    )
    filter_line = line._replace(status="cancelled", cancelled=True, title="Filter", ean=None, unit_ids=("314569",))
    known = Order(
        summary=order_summary(),
        goods_amount=129900,
        shipping_amount=495,
        shipping_address=address,
        pickup_location=PickupLocation.of(
            {
                "pickup_location_id": "260",
                "provider": "Packeta",
                "carrier": "Packeta",
                "services": "",
                "dhl_post_number": None,
            }
        ),
        lines=(line, filter_line),
        history=(
            Change("2026-11-24T02:04:00Z", "314569", "status", "open", "cancelled"),
            Change("2026-11-24T02:05:00Z", "314567", "price", 70000, 64950),
        ),
        failed=(FailedUnit("314570", "MB2QG02", "the price is missing", "2026-11-24T02:04:00Z", None),),
    )
    return replace(known, **changes)


def import_report(**changes: Any) -> ImportReport:
    """Return what an import came to."""
    known = ImportResult(
        run_id=7,
        verdict="success",
        environment="production",
        since="2026-11-24T00:48:00Z",
        watermark="2026-11-24T01:48:00Z",
        counts=COUNTS,
        requests=31,
        seconds=4.2,
        message="",
        complete=True,
        storefronts=[
            StorefrontResult("de", 10, 14, [CurrencyTotal("EUR", 129900)]),
            StorefrontResult("cz", 2, 3, [CurrencyTotal("CZK", 1299000)]),
        ],
    )
    return ImportReport(replace(known, **changes))


COUNTS = RunCounts(
    orders_new=12,
    orders_changed=3,
    orders_cancelled=1,
    units_seen=26,
    units_new=17,
    units_changed=4,
    units_unchanged=5,
)


def last_sync(**changes: Any) -> LastSync:
    """Return a last import that went well."""
    known = LastSync("2026-11-24T01:49:00Z", "green", "12 new orders, 3 changed", age_seconds=720, complete=True)
    return replace(known, **changes)


def status(**changes: Any) -> Status:
    """Return how the imports are doing."""
    known = Status(
        environment="production",
        last_sync=last_sync(),
        last_verdict="success",
        last_complete=None,
        health=Health("off", None, None),
        watermark=datetime(2026, 11, 24, 1, 48, tzinfo=UTC),
        accepted_total=None,
        times_ahead=(),
        counts=StoreCounts(orders=2412, units=3120, units_failed=0, units_set_aside=0, details_waiting=0),
        to_ship={},
        unfinished_actions={},
        failed=(),
        last_reconciliation=None,
        auto_import_orders=True,
        interval_minutes=15,
        schedule=ScheduleSummary(),
        retry_after=None,
        next_due=datetime(2026, 11, 24, 2, 4, tzinfo=UTC),
        create_sales_orders=False,
        sales_orders={},
        first_sales_order_confirmed=False,
        confirm_first_sales_order=True,
        log_api_requests=False,
        log=LogSize(2, 14200),
        store=Path("/home/anna/orders.sqlite3"),
        store_damage=None,
        store_checked_at=None,
        client_key="ab12…",
        base_url="https://sellerapi.kaufland.com/v2",
        running=None,
        was_stopped=False,
        environments=(),
    )
    return replace(known, **changes)


def connection_report(**changes: Any) -> ConnectionReport:
    """Return a connection test that passed."""
    known = ConnectionReport(
        environment="production",
        base_url="https://sellerapi.kaufland.com/v2",
        client_key="ab12…",
        storefronts=["de", "cz"],
        skew_seconds=-1.2,
        round_trip_ms=213,
        steps=[
            ConnectionStep("settings", "passed", "config.toml"),
            ConnectionStep("clock", "warning", "42 s behind", Hint("timedatectl set-ntp true")),
            ConnectionStep("credentials", "passed", "accepted"),
        ],
    )
    return replace(known, **changes)


def logged_call(**changes: Any) -> LoggedCall:
    """Return a call to the API."""
    known = LoggedCall(
        entry_no=12,
        at="2026-11-24T01:49:00Z",
        method="GET",
        endpoint="/order-units",
        status_code=429,
        success=False,
        duration_ms=213,
        error_message="Kaufland asks for fewer requests",
        attempt=1,
        run_id=7,
        url="https://sellerapi.kaufland.com/v2/order-units?limit=100",
        request_headers={"Accept": "application/json"},
        request_body=None,
        response_headers={"Retry-After": "3"},
        response_body='{"message":"Zu viele","list":[1]}',
    )
    return replace(known, **changes)


def show_connection(output: Output, report: ConnectionReport) -> None:
    """Show a whole connection test, as the command does step by step."""
    for step in report.steps:
        output.show_step(step)
    output.show_result(report)
