"""Shipments from a file, with a report next to it, and from a folder that cron watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.writing import WriteOptions, carry_out, writing
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import ExitCode, TerminalNeeded, WrongUsage, reason_of
from kaufland_cli.files import fault_of, move_into, read_file, write_private_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kaufland_cli.domain.actions import Kind
    from kaufland_cli.order_actions.plan import ActionPlan
    from kaufland_cli.order_actions.result_file import ResultRow
    from kaufland_cli.order_actions.run import RunResult
    from kaufland_cli.order_actions.shipment_file import ShipmentRow
    from kaufland_cli.order_actions.shipments import Shipment

DONE: Final = "done"
FAILED: Final = "failed"
REPORT: Final = ".result.csv"
STILL_WRITING_SECONDS: Final = 5.0
"""A file that was changed since then is left for the next run."""
SUFFIXES: Final = frozenset({".csv", ".txt", ".tsv", ".xlsx"})


@dataclass(frozen=True, slots=True)
class ShipRequest:
    """What was shipped, as typed by a person."""

    idents: Sequence[str] = ()
    """Orders and units."""
    carrier: str = ""
    tracking: str = ""
    """One or several numbers with commas."""
    file: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    watch: Path | None = None
    """A folder of such files."""
    preset: str = ""
    further_parcels: bool = False


def ship_file(context: Context, path: Path, request: ShipRequest, options: WriteOptions) -> int:
    """Mark as sent what a file says, write what came of each line next to it, and return the exit code."""
    return _ship(context, path, request, options, path.with_name(f"{path.name}{REPORT}"))


def watch_folder(context: Context, folder: Path, request: ShipRequest, options: WriteOptions) -> int:
    """Do the same with each file of a folder, the oldest name first, and return the most serious exit code.

    A file goes to `done` or `failed` in that folder, with its report, and so is read once. One whose shipments could
    not be sent because Kaufland is out of reach stays where it is, for the next run. Raises `WrongUsage`.
    """
    from kaufland_cli.order_actions.carrier_formats import preset_named

    if not folder.is_dir():
        raise WrongUsage(f"{folder} is not a folder.", hint=command("orders", "ship", "--watch", "FOLDER"))
    preset_named(request.preset)
    if not (options.yes or options.dry_run or context.has_terminal):
        raise TerminalNeeded("Nobody is there to be asked.", hint=context.again("--yes"))
    worst = int(ExitCode.DONE)
    for path in _waiting(folder, context.clock.now().timestamp()):
        report = folder / f".{path.name}{REPORT}"
        report.unlink(missing_ok=True)
        try:
            code = _ship(context, path, request, options, report)
        except WrongUsage as error:
            context.output.error(error, as_json=context.as_json)
            code = int(error.exit_code)
        if not options.dry_run and (report.exists() or code != ExitCode.DONE) and path.exists():
            place = DONE if code == ExitCode.DONE else FAILED
            _file_away(path, report, folder / place)
        worst = max(worst, code)
    return worst


def _file_away(path: Path, report: Path, folder: Path) -> None:
    """Move a file that was read, and its report. Raises `WrongUsage` if that cannot be done."""
    try:
        moved = move_into(path, folder, path.name)
        if report.exists():
            move_into(report, folder, f"{moved.name}{REPORT}")
    except OSError as error:
        raise WrongUsage(
            f"{path} was read, and could not be moved to {folder}: {reason_of(error)}.",
            hint=Hint("Move it there by hand; sent again, it does nothing twice."),
        ) from None


def _ship(context: Context, path: Path, request: ShipRequest, options: WriteOptions, report: Path) -> int:
    from kaufland_cli.order_actions.result_file import result_csv
    from kaufland_cli.order_actions.shipment_file import read_shipment_file
    from kaufland_cli.order_actions.shipments import plan_shipments

    file = read_shipment_file(path.name, _content(path), columns=request.columns, preset=request.preset)
    rows = [replace(row, carrier=row.carrier or request.carrier.strip()) for row in file.rows]
    kind: Kind = "parcel" if request.further_parcels else "ship"
    with writing(context, kind, options) as opened:
        planner = opened.planner(kind)
        for fault in file.faults:
            planner.fault(_place(fault.line), fault.text)
        plan_shipments(planner, _shipments(path, rows), opened.carriers(), further=request.further_parcels)
        planner.plan.faults.sort(key=lambda one: int(one.place.removeprefix("line ")))

        def write_report(plan: "ActionPlan", result: "RunResult | None") -> None:
            content = result_csv(_report(rows, plan, result))
            try:
                write_private_file(report, content, follow_link=True)
            except OSError as error:
                context.output.warning(f"The report {report} {fault_of(error, 'could not be written')}.")

        _, code = carry_out(opened, planner.plan, on_end=write_report)
        return code


def _shipments(path: Path, rows: "Sequence[ShipmentRow]") -> "list[Shipment]":
    from kaufland_cli.order_actions.shipments import Shipment, joined

    return joined(
        Shipment(
            _place(row.line),
            row.ident,
            row.carrier,
            row.tracking_numbers,
            f"{path.name}, line {row.line}",
            row.order,
        )
        for row in rows
    )


def _report(rows: "Sequence[ShipmentRow]", plan: "ActionPlan", result: "RunResult | None") -> "Iterator[ResultRow]":
    """Yield what came of each line: of several lines of one order, the first one tells it."""
    from kaufland_cli.order_actions.result_file import ResultRow

    by_line = {_place(row.line): row for row in rows}
    found: list[ResultRow] = []
    for fault in plan.faults:
        line = int(fault.place.removeprefix("line "))
        row = by_line.get(fault.place)
        ident, numbers, carrier = (row.ident, row.tracking_numbers, row.carrier) if row else ("", (), "")
        found.append(ResultRow(line, ident, "", ",".join(numbers), carrier, "invalid", fault.text))
    for done in plan.already:
        details = done.action.details
        found.append(
            ResultRow(
                int(done.place.removeprefix("line ")),
                done.action.id_order,
                str(done.action.id_order_unit or ""),
                str(details.get("tracking_numbers") or ""),
                str(details.get("carrier") or ""),
                "nothing to do",
                f"done on {done.action.ended_at}",
            )
        )
    actions = [None] * len(plan.planned) if result is None else result.actions
    for planned, action in zip(plan.planned, actions, strict=True):
        intent = planned.intent
        state = "planned" if action is None or action.state == "sending" else action.state
        found.append(
            ResultRow(
                int(planned.place.removeprefix("line ")),
                intent.id_order,
                str(intent.id_order_unit or ""),
                str(intent.details.get("tracking_numbers") or ""),
                str(intent.details.get("carrier") or ""),
                state,
                "" if action is None else action.text or "",
            )
        )
    yield from sorted(found, key=lambda one: one.line)


def _place(line: int) -> str:
    return f"line {line}"


def _content(path: Path) -> bytes:
    from kaufland_cli.order_actions.file_tables import MAX_BYTES

    try:
        return read_file(path, MAX_BYTES, follow_link=True)
    except OSError as error:
        raise WrongUsage(
            f"{path} {fault_of(error, 'cannot be read')}.", hint=command("orders", "ship", "--from", "FILE")
        ) from None


def _waiting(folder: Path, now: float) -> list[Path]:
    """Return the files to read, without hidden ones, and without those that somebody may still be writing."""
    found = (one for one in folder.iterdir() if one.is_file() and not one.name.startswith((".", "~")))
    named = (one for one in found if one.suffix.lower() in SUFFIXES and not one.name.endswith(REPORT))
    return sorted(one for one in named if not 0 <= now - one.stat().st_mtime < STILL_WRITING_SECONDS)
