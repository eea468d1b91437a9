"""The use cases of `kaufland actions`: the ledger of what Kaufland was asked to do, and going on with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.known_orders import known
from kaufland_cli.app.results import ActionsReport
from kaufland_cli.app.stores import closed_after, open_store
from kaufland_cli.app.writing import WriteOptions, actions_lock, going_on_later, require_allowed, run_actions, writing
from kaufland_cli.domain.actions import KINDS, STATES, Action, State
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.errors import ExitCode, NotFound, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.store.store import Store

Seen = Literal["done", "not done"]
"""What a person has seen in the seller portal."""


class ActionList(NamedTuple):
    """Actions, to be read while the store is open."""

    actions: Iterator[Action]
    counts: dict[State, int]
    """How many there are in each state."""
    total: int
    """How many match, regardless of the limit."""


@contextmanager
def listed_actions(
    context: Context, states: Sequence[str], kinds: Sequence[str], order: str | None, limit: int | None
) -> Iterator[ActionList]:
    """Yield the actions that match (none named: all), the newest first. Raises `WrongUsage`."""
    wanted = [_named(one, STATES, "--state", context) for one in states]
    of_kinds = [_named(one, KINDS, "--kind", context) for one in kinds]
    with open_store(context) as store:
        id_order = None if order is None else known(store, order)
        ledger = store.actions
        total = ledger.count(states=wanted, kinds=of_kinds, id_order=id_order)
        with closed_after(ledger.listed(states=wanted, kinds=of_kinds, id_order=id_order, limit=limit)) as found:
            yield ActionList(found, ledger.counts(), total)


def action_details(context: Context, number: int) -> Action:
    """Return one action. Raises `NotFound`."""
    with open_store(context) as store:
        return _known(store, number)


def retry(context: Context, numbers: Sequence[int], options: WriteOptions, seen: Seen | None) -> int:
    """Go on with actions, without any named all that are unfinished; return the exit code.

    What is in doubt is read back first. Of a refund or a parcel Kaufland shows nothing, so a person has to say what
    they have seen (`seen`), for one action at a time. Raises `WrongUsage`.
    """
    from kaufland_cli.order_actions.plan import ActionPlan

    if seen is not None and len(numbers) != 1:
        raise WrongUsage("Say for one action at a time whether it was done.", hint=command("actions", "list"))
    with open_store(context) as store:
        chosen = [_known(store, number) for number in numbers or store.actions.unfinished()]
    if not chosen:
        context.output.note("No action is unfinished.")
        return ExitCode.DONE
    for kind in dict.fromkeys(one.kind for one in chosen):
        require_allowed(context, kind)
    with writing(context, chosen[0].kind, options) as opened:
        ledger = opened.store.actions
        ledger.after_interruption()
        for one in chosen:
            _prepare(context, opened.store, one, seen, named=bool(numbers))
        result = run_actions(opened, [one.action_no for one in chosen])
        context.output.show_result(ActionsReport(ActionPlan(chosen[0].kind), result))
        if result.stopped_by is not None:
            raise going_on_later(result.stopped_by)
        return ExitCode.DONE if result.count("done") == len(result.actions) else ExitCode.PARTLY


def _prepare(context: Context, store: "Store", before: Action, seen: Seen | None, *, named: bool) -> None:
    from kaufland_cli.order_actions.run import can_be_read_back

    ledger, now = store.actions, context.clock.now()
    action = ledger.one(before.action_no) or before
    number = action.action_no
    if action.state == "in_doubt" and not can_be_read_back(action.kind) and named:
        seen = seen or _ask(context, action)
        if seen == "done":
            ledger.done(number, now, status_code=None, text="A person has seen that it was done.")
        else:
            ledger.not_sent(number, "A person has seen that it was not done.")
    elif seen is not None:
        text = f"Action {number} is {action.state.replace('_', ' ')}, so there is nothing for you to say."
        raise WrongUsage(text, hint=command("actions", "show", str(number)))
    elif action.state == "refused" and (action.kind == "refund" or action.details.get("may_be_done")):
        raise WrongUsage(
            f"Action {number} may have been carried out, or later refunds count too: start it afresh.",
            hint=command("actions", "show", str(number)),
        )
    elif action.state == "refused" and not ledger.again(number):
        raise WrongUsage(
            f"Action {number} cannot be sent again: another one stands in its place, or its content is gone.",
            hint=command("actions", "show", str(number)),
        )


def _ask(context: Context, action: Action) -> Seen:
    number = str(action.action_no)
    choices = Hint(
        "Look in the seller portal, then: ",
        command("actions", "retry", number, "--was-done"),
        " or ",
        command("actions", "retry", number, "--was-not-done"),
    )
    questions = context.questions(choices)
    questions.explain(
        f"Kaufland does not show whether the {action.kind} of order {action.id_order} (unit {action.id_order_unit}) was"
        " carried out. Look at the order in the seller portal."
    )
    return "done" if questions.choice("Was it done?", ["yes", "no"], "yes") == "yes" else "not done"


def forget(context: Context, numbers: Sequence[int], *, yes: bool) -> int:
    """Drop actions, so that they stand for nothing any more, and return the exit code.

    Nothing changes at Kaufland. What may have been done stays in the ledger, and a refund still counts as paid back.
    """
    with actions_lock(context), open_store(context, writing=True, creating=False) as store:
        ledger, now = store.actions, context.clock.now()
        ledger.after_interruption()
        chosen = [_known(store, number) for number in numbers]
        risky = [one for one in chosen if one.state in {"done", "in_doubt"}]
        if risky and not yes:
            names = ", ".join(str(one.action_no) for one in risky)
            questions = context.questions(context.again("--yes"))
            questions.explain(f"Already carried out, or perhaps: {names}. Forgotten, the same can be sent again.")
            if not questions.yes_no("Forget them?", default=False):
                context.output.note("Nothing was changed.")
                return ExitCode.DONE
        for one in chosen:
            if one.state == "planned" and not one.attempts:
                ledger.drop(one.action_no)
            elif one.state != "refused":
                text = f"Forgotten by hand; it was {one.state.replace('_', ' ')}."
                may_be_done = {"may_be_done": True} if one in risky else {}
                ledger.refused(one.action_no, now, status_code=None, text=text, details=may_be_done)
    context.output.success(f"Forgotten: {', '.join(str(one.action_no) for one in chosen)}.")
    return ExitCode.DONE


def _known(store: "Store", number: int) -> Action:
    found = store.actions.one(number)
    if found is None:
        raise NotFound(f"There is no action {number}.", hint=command("actions", "list"))
    return found


def _named(text: str, known_words: Sequence[str], option: str, context: Context) -> str:
    name = "_".join(text.lower().replace("_", " ").replace("-", " ").split())
    if name in known_words:
        return name
    near = nearest(name, known_words)
    raise WrongUsage(
        f"There is no {option.removeprefix('--')} {text!r}.{did_you_mean(near)} Valid: {', '.join(known_words)}.",
        hint=context.again(option, near, in_place_of=text) if near else command("actions", "list", "--help"),
    )
