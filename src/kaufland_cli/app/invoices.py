"""The use cases of `kaufland invoices`: which orders lack one, and uploading them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.stores import open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.app.writing import WriteOptions, carry_out, writing
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import WrongUsage
from kaufland_cli.files import fault_of, read_file

if TYPE_CHECKING:
    from kaufland_cli.order_actions.invoices import InvoiceFile
    from kaufland_cli.store.actions import InvoiceState
    from kaufland_cli.store.store import Store

_OTHER_FILE = Hint("Check the path. How files are named: ", command("invoices", "upload", "--help"))
MAX_FILES = 10_000
"""In one folder."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """Which files to upload, as typed by a person."""

    files: Sequence[Path]
    """Files and folders."""
    order: str | None = None
    match: str = ""
    replace: bool = False


def invoice_states(context: Context, *, missing: bool, since: str | None) -> "list[InvoiceState]":
    """Return the orders that were sent, newest first, and whether they have an invoice; `missing`: only those without.

    Orders whose invoice Kaufland issues itself (deemed supplier), or that it ships itself, need none from the seller.
    """
    zone = context.settings.ui.timezone
    begin = None if since is None else as_text(moment(since, "--since", context.clock.now(), zone))
    with open_store(context) as store:
        found = store.actions.invoice_states(begin)
    return [one for one in found if one.state == "missing"] if missing else found


def upload(context: Context, request: UploadRequest, options: WriteOptions) -> int:
    """Upload invoices and return the exit code. Raises `WrongUsage`."""
    from kaufland_cli.order_actions.invoices import plan_invoices

    files = list(_files(context, request))
    with writing(context, "invoice", options) as opened:
        planner = opened.planner("invoice")
        plan_invoices(planner, opened.api, files, replace=request.replace)
        _, code = carry_out(opened, planner.plan)
        return code


def _files(context: Context, request: UploadRequest) -> "Iterator[InvoiceFile]":
    """Yield the checked files with their orders. Raises `WrongUsage` for the first that is none."""
    from kaufland_cli.order_actions.invoice_file import MAX_INVOICE_BYTES, check_pattern, read_invoice
    from kaufland_cli.order_actions.invoices import InvoiceFile

    source = str(context.again())
    pattern = request.match or "*{id_order}*.pdf"
    check_pattern(pattern)
    if request.order is not None and len(request.files) != 1:
        raise WrongUsage("--order goes with one file.", hint=command("invoices", "upload", "FILE", "--order", "ORDER"))
    with open_store(context) as store:
        found = [(path, request.order or _order_of(store, pattern, path)) for path in _paths(request.files)]
    for path, order in found:
        if order is None:
            if any(one.is_dir() for one in request.files):
                continue  # a folder may hold other files
            raise WrongUsage(
                f"The name of {path} has no order id where {pattern} expects it.",
                hint=Hint("Name the order: ", command("invoices", "upload", str(path), "--order", "ORDER")),
            )
        try:
            content = read_file(path, MAX_INVOICE_BYTES, follow_link=True)
        except OSError as error:
            raise WrongUsage(f"{path} {fault_of(error, 'cannot be read')}.", hint=_OTHER_FILE) from None
        pdf = read_invoice(path.name, content)
        yield InvoiceFile(str(path), order, pdf.name, pdf.content, f"{source}: {path.name}")


def _order_of(store: "Store", pattern: str, path: Path) -> str | None:
    """Return the order that a file's name has; of several possible ones, the stored one. Raises `WrongUsage`."""
    from kaufland_cli.order_actions.invoice_file import match_order_ids

    possible = match_order_ids(pattern, path.name)
    stored = [one for one in possible if store.queries.find_id(one) is not None]
    if len(stored or possible) > 1:
        raise WrongUsage(
            f"{path.name} can belong to any of {', '.join(stored or possible)}.",
            hint=Hint("Say where the id is: ", command("invoices", "upload", "FOLDER", "--match", "*_{id_order}.pdf")),
        )
    return next(iter(stored or possible), None)


def _paths(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if not path.is_dir():
            yield path
            continue
        found = sorted(one for one in path.iterdir() if one.suffix.lower() == ".pdf" and not one.name.startswith("."))
        if len(found) > MAX_FILES:
            raise WrongUsage(f"{path} has {len(found)} files; at most {MAX_FILES} at once.", hint=Hint("Divide it."))
        yield from found
