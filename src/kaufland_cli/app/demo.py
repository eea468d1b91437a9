"""`kaufland demo`: the simulator with a seller's month of orders, and the real commands against it over HTTP."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.domain.addresses import company_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.orders import Address
from kaufland_cli.errors import ExitCode, WrongUsage, reason_of
from kaufland_cli.files import write_private_file
from kaufland_cli.programs import this_program

if TYPE_CHECKING:
    from kaufland_cli.simulator import Simulator

PUSH = ("sales-orders", "push", "--since", "30d", "--yes")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the tour."""

    title: str
    words: Sequence[str]
    in_short: bool = True
    """Whether it is also in the short tour, which a pipe gets."""


def show_tour(context: Context, port: int, color: str) -> int:
    """Run the commands of the tour in a folder of its own, which is deleted at the end; return the exit code.

    `port` 0 is any free one; `color` is passed on to each command.
    """
    with _simulator(context, port) as simulator, _folder() as folder:
        return _walk(context, simulator, folder, color)


def serve(context: Context, port: int) -> None:
    """Keep the simulator running until Ctrl-C."""
    with _simulator(context, port) as simulator, _folder() as folder:
        _serve(context, simulator, folder)


@contextmanager
def _simulator(context: Context, port: int) -> Iterator["Simulator"]:
    from kaufland_cli.simulator import Simulator, Switches, seller_month

    as_today = Switches(shipping_addresses="on")
    simulator = Simulator(orders=seller_month(context.clock.now()), port=port, switches=as_today)
    try:
        simulator.start()
    except OSError as error:
        raise WrongUsage(
            f"The simulator cannot use port {port}: {reason_of(error)}.", hint=context.again("--port", "0")
        ) from None
    try:
        yield simulator
    finally:
        simulator.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="kaufland-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(context: Context, simulator: "Simulator", folder: Path) -> dict[str, str]:
    """Return an environment in which the commands see the simulator and nothing of the user's own."""
    own = {name: value for name, value in context.environ.items() if not name.startswith("KAUFLAND_")}
    return own | {
        "KAUFLAND_CONFIG": str(folder / "config.toml"),
        "KAUFLAND_DATA_DIR": str(folder / "data"),
        "KAUFLAND_API_BASE_URL": simulator.base_url,
        "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
        "KAUFLAND_SECRET_KEY": simulator.secret_key,
        "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D10000",
        "KAUFLAND_SALES_ORDERS_CUSTOMERS": "AT=D10001,CZ=D10002,PL=D10003",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
        "KAUFLAND_WRITES_ALLOW": "ship,invoice",
    }


def _files_of(first: str, folder: Path) -> tuple[Path, Path]:
    """Write what a warehouse and an ERP system would: a list of what was shipped, and an invoice."""
    shipped, invoice = folder / "shipped.csv", folder / f"invoice-{first}.pdf"
    write_private_file(shipped, f"order;tracking;carrier\r\n{first};00340434161094042557;DHL\r\n".encode())
    write_private_file(invoice, f"%PDF-1.4\n% the invoice of {first}, for this tour only\n%%EOF\n".encode())
    return shipped, invoice


def _walk(context: Context, simulator: "Simulator", folder: Path, color: str) -> int:
    """Run the commands one after the other; a person at a terminal says when to go on, a pipe gets the short tour."""
    output = context.output
    environ = _environment(context, simulator, folder)
    watched = context.has_terminal and context.streams.stdout.isatty()
    steps = [step for step in _steps(simulator, folder, whole=watched) if watched or step.in_short]
    output.line("A seller's month on a simulated Kaufland, on this machine only. Every command below is the real one.")
    for number, step in enumerate(steps, start=1):
        output.line("")
        output.line(f"# {number}/{len(steps)} {step.title}")
        output.line(f"$ kaufland {' '.join(step.words)}")
        context.streams.stdout.flush()
        if watched and not _wants_next(context):
            break
        done = subprocess.run(this_program("--color", color, "--no-pager", *step.words), env=environ, check=False)
        if done.returncode and not (step.words == PUSH and done.returncode == ExitCode.PARTLY):
            return done.returncode
    else:
        output.line("")
        output.line("That is the whole tour." if watched else "That is the short tour; on a terminal there is more.")
    output.line(Hint("To try things on the simulator: ", context.again("--serve")))
    output.line(Hint("With your own account: ", command("setup")))
    return ExitCode.DONE


def _wants_next(context: Context) -> bool:
    """Wait until the person has read enough; say whether to run the next command."""
    questions = context.questions(context.again())
    return questions.choice("Run it? (q ends the tour)", ("yes", "q"), "yes") == "yes"


def _steps(simulator: "Simulator", folder: Path, *, whole: bool) -> Iterator[Step]:
    """Yield the tour. `whole`: lists have as many rows as a terminal shows."""
    some = () if whole else ("--limit", "5")
    first = _ordinary_order(simulator)
    shipped, invoice = _files_of(first, folder)
    yield Step("Test the connection, step by step", ("test-connection",))
    yield Step("Import the orders" if whole else "Import the orders; in a pipe that is silent", ("import-orders",))
    yield Step("What has to be shipped?", ("orders", "due", *some))
    yield Step("What did the program ask Kaufland?", ("log", "show", "--limit", "5"))
    for id_order in _mixed_orders(simulator)[:1]:
        yield Step("One order, partly cancelled or sent", ("orders", "show", id_order))
    yield Step(
        "One sales order, which you check before all others follow",
        ("sales-orders", "push", first, "--confirm-first", "--yes"),
    )
    yield Step("The rest of the month; some are held, each with its fix", PUSH, in_short=False)
    yield Step("Which ones are held, and why?", ("sales-orders", "list", "--state", "held"), in_short=False)
    yield Step("One of them, as written for any ERP system", ("sales-orders", "show", first), in_short=False)
    yield Step("Mark as sent what the warehouse has shipped", ("orders", "ship", "--from", str(shipped), "--yes"))
    yield Step("Upload its invoice", ("invoices", "upload", str(invoice), "--yes"))
    yield Step("What was sent to Kaufland, and what came of it?", ("actions", "list"), in_short=False)
    yield Step("How is everything now?", ("status",))


def _mixed_orders(simulator: "Simulator") -> list[str]:
    """Return the orders worth showing: those with several units that are not all in the same state."""
    statuses: dict[str, set[str]] = {}
    for unit in simulator.marketplace.units.values():
        statuses.setdefault(unit["id_order"], set()).add(unit["status"])
    return sorted(id_order for id_order, found in statuses.items() if len(found) > 1)


def _ordinary_order(simulator: "Simulator") -> str:
    """Return an order that becomes a sales order without a question."""
    ordinary: dict[str, bool] = {}
    for unit in simulator.marketplace.units.values():
        german = (unit["status"], unit["storefront"]) == ("need_to_be_sent", "de")
        fit = german and unit["id_offer"] and unit["vat"] and not company_of(Address.of(unit["billing_address"] or {}))
        ordinary[unit["id_order"]] = bool(fit) and ordinary.get(unit["id_order"], True)
    return min(id_order for id_order, fit in ordinary.items() if fit)


def _serve(context: Context, simulator: "Simulator", folder: Path) -> None:
    """Say how to reach the simulator and wait for Ctrl-C."""
    export = "$env:{} = '{}'" if sys.platform == "win32" else "export {}='{}'"
    output = context.output
    output.line("The simulator runs until you press Ctrl-C. In another terminal:")
    output.line("")
    for name, value in _environment(context, simulator, folder).items():
        if name in {"KAUFLAND_CONFIG", "KAUFLAND_DATA_DIR", "KAUFLAND_API_BASE_URL"}:
            output.line("  " + export.format(name, value))
    output.line(f"  {command('setup')!s}")
    output.line("")
    output.line(f"  client key  {simulator.client_key}")
    output.line(f"  secret key  {simulator.secret_key}")
    context.streams.stdout.flush()
    with suppress(KeyboardInterrupt):
        while True:
            context.clock.sleep(60)  # an event's wait would not hear Ctrl-C on Windows
    output.leave_line()
    output.note("The simulator has stopped; its orders are gone.")
