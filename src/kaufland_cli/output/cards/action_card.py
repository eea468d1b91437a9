"""Actions at Kaufland: what is planned, what came of it, and one of them in full."""

from typing import TYPE_CHECKING

from kaufland_cli.domain.actions import Action, Kind, sent_words
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output.blocks import (
    Block,
    Card,
    Fact,
    Title,
    blank,
    facts,
    hint,
    marked,
    paragraph,
    table,
)
from kaufland_cli.output.columns import Column
from kaufland_cli.output.records.actions import action_record, actions_report_record, amounts_of
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import status_style

if TYPE_CHECKING:
    from kaufland_cli.app.results import ActionsReport
    from kaufland_cli.order_actions.plan import ActionPlan, Planned

MAX_FAULTS = 200
"""Rows that are not valid; all of a usual file."""
MAX_ROWS = 20
"""Rows of a plan that a screen shows."""
_PLAN_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit", drop_order=1),
    Column("Carrier", "carrier", shrinks_to=6),
    Column("Tracking", "tracking_numbers", shrinks_to=12),
    Column("Reason", "reason", shrinks_to=8),
    Column("File", "file_name", shrinks_to=12),
    Column("Amount", "amount", "money", optional=True),
)


def actions_report(report: "ActionsReport", stream: Stream) -> list[Block]:
    """Return what is planned and for how much, or how it ended."""
    blocks = _faults(report, stream)
    for one in report.plan.already[:MAX_ROWS]:
        done = f"{sent_words(one.action.kind)} already, {stream.moment(one.action.ended_at)}"
        text = f"{stream.text(one.place)}: {done}"
        blocks += marked(stream.marks.dot, text, style="dim")
    if len(report.plan.already) > MAX_ROWS:
        rest = stream.number(len(report.plan.already) - MAX_ROWS)
        blocks += paragraph(f"… and {rest} more that were done already.", style="dim")
    if report.refused:
        return blocks
    if report.result is None:
        return [*blocks, *_planned(report, stream)]
    return [*blocks, *_ended(report, stream)]


def _faults(report: "ActionsReport", stream: Stream) -> list[Block]:
    blocks: list[Block] = []
    for fault in report.plan.faults[:MAX_FAULTS]:
        text = stream.text(fault.text if fault.text.startswith(fault.place) else f"{fault.place}: {fault.text}")
        blocks += marked(stream.marks.warning, text, style="yellow") + hint(fault.fix, stream)
    if len(report.plan.faults) > MAX_FAULTS:
        rest = stream.number(len(report.plan.faults) - MAX_FAULTS)
        blocks += marked(stream.marks.warning, f"… and {rest} more; the report and --json have all.", style="yellow")
    return blocks


def _planned(report: "ActionsReport", stream: Stream) -> list[Block]:
    plan = report.plan
    if not plan.planned:
        text = "Nothing to do." if not plan.faults else "Nothing is left to do."
        return marked(stream.marks.passed, text, style="bold green")
    rows = [_row(one) for one in plan.planned[:MAX_ROWS]]
    columns = [column for column in _PLAN_COLUMNS if any(row.get(column.field) for row in rows)]
    blocks = table(rows, columns, stream)
    if len(plan.planned) > MAX_ROWS:
        blocks += paragraph(f"… and {stream.number(len(plan.planned) - MAX_ROWS)} more.", style="dim")
    blocks += blank() + paragraph(_sum(plan, stream), style="bold")
    for note in report.notes:
        blocks += marked(stream.marks.warning, stream.text(note), style="yellow")
    if report.dry_run:
        blocks += paragraph("Nothing was sent: this was a dry run.")
    return blocks


def _sum(plan: "ActionPlan", stream: Stream) -> str:
    worth = " + ".join(stream.amount(amount, currency) for currency, amount in amounts_of(plan).items())
    what = _WHAT[plan.kind].format(
        units=stream.counted(len(plan.planned), "unit"),
        parcels=stream.counted(len(plan.planned), "parcel"),
        invoices=stream.counted(len(plan.planned), "invoice"),
        orders=stream.counted(len(plan.orders), "order"),
    )
    return f"{what}{', ' + worth if worth else ''}"


_WHAT: dict[Kind, str] = {
    "ship": "To be marked as sent: {units} of {orders}",
    "parcel": "Further parcels: {parcels} of {orders}",
    "cancel": "To be cancelled: {units} of {orders}",
    "refund": "To be refunded: {units}",
    "release": "To be released: {units} of {orders}",
    "invoice": "To be uploaded: {invoices} of {orders}",
}


def _row(one: "Planned") -> dict[str, object]:
    intent = one.intent
    return {
        "id_order": intent.id_order,
        "id_order_unit": intent.id_order_unit,
        "carrier": intent.details.get("carrier"),
        "tracking_numbers": intent.details.get("tracking_numbers"),
        "reason": intent.details.get("reason"),
        "file_name": intent.details.get("file_name"),
        "amount": one.amount,
        "currency": one.currency,
    }


def _ended(report: "ActionsReport", stream: Stream) -> list[Block]:
    plan, result = report.plan, report.result
    if result is None:
        return []
    blocks: list[Block] = []
    for action in result.actions:
        if action.state in {"refused", "in_doubt"}:
            state = "refused" if action.state == "refused" else "in doubt"
            text = f"{stream.text(_what(action))}: {state}. {stream.text(action.text)}"
            blocks += marked(stream.marks.warning, text, style="yellow")
    done = result.count("done")
    parts = [f"{stream.number(done)} {sent_words(plan.kind)}"]
    for state, words in (("refused", "refused"), ("in_doubt", "in doubt"), ("planned", "not sent yet")):
        if count := result.count(state):
            parts.append(f"{stream.number(count)} {words}")
    good = done == len(result.actions)
    mark, style = (stream.marks.passed, "bold green") if good else (stream.marks.warning, "bold yellow")
    if result.stopped_by is not None:
        mark, style = stream.marks.failed, "bold red"
    blocks += marked(mark, f"{', '.join(parts)}.", style=style)
    if result.count("in_doubt"):
        blocks += hint(command("actions", "list", "--state", "in_doubt"), stream)
    if result.count("planned"):
        blocks += hint(Hint("To go on: ", command("actions", "retry")), stream)
    return blocks


def _what(action: Action) -> str:
    return action.id_order if action.id_order_unit is None else f"{action.id_order}, unit {action.id_order_unit}"


def action_card(action: Action, stream: Stream) -> list[Block]:
    """Return everything about one action."""
    style = f"bold {status_style(action.state)}".strip()
    details = action.details
    rows = [
        Fact("Unit", stream.text(action.id_order_unit)),
        Fact("Carrier", stream.text(details.get("carrier"))),
        Fact("Tracking", stream.text(details.get("tracking_numbers"))),
        Fact("Reason", stream.text(details.get("reason"))),
        Fact("Amount", stream.amount(details["amount"], details.get("currency")) if "amount" in details else ""),
        Fact("File", stream.text(details.get("file_name"))),
        Fact("Asked for by", stream.text(action.source)),
        Fact("Planned", stream.moment(action.planned_at)),
        Fact("Last sent", stream.moment(action.sent_at, unknown="never")),
        Fact("Ended", stream.moment(action.ended_at, unknown="")),
        Fact("Attempts", stream.number(action.attempts)),
        Fact("Kaufland", stream.text(action.text)),
    ]
    named = (f"Action {action.action_no}: {action.kind} {stream.text(action.id_order)}", style)
    blocks: list[Block] = [Title((named, (action.state, style)), f" {stream.marks.dot} "), *blank(), *facts(rows)]
    return [*blocks, *hint(_next(action), stream)]


def _next(action: Action) -> Hint:
    number = str(action.action_no)
    if action.state == "in_doubt":
        return Hint("To find out, and send it again only if it was not done: ", command("actions", "retry", number))
    if action.state in {"planned", "refused"}:
        return Hint(
            "To send it: ", command("actions", "retry", number), ". To drop it: ", command("actions", "forget", number)
        )
    return Hint("The order: ", command("orders", "show", action.id_order))


ACTIONS_REPORT = Card("actions_report", actions_report, record=actions_report_record)
ACTION = Card("action", action_card, record=action_record)
