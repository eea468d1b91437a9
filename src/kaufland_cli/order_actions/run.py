"""Carries out planned actions, each once. See docs/decisions/0027.

What is about to be sent is committed before, what came of it after. If it is not known whether Kaufland carried out a
request, the unit is read back, and only what it shows decides; nothing is ever repeated blindly.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from kaufland_cli.clock import Clock
from kaufland_cli.domain.actions import STATUSES_AFTER, STATUSES_BEFORE, Action, Kind, sent_words
from kaufland_cli.domain.moments import as_text, read_moment
from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.errors import ActionDoubtful, KauflandBusy, KauflandError, KauflandUnavailable, RequestRefused
from kaufland_cli.order_actions.invoices_there import uploaded_invoice
from kaufland_cli.seller_api.client import Written
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.actions import Actions

MAX_ATTEMPTS: Final = 3
"""How often an action is sent in all, each time after reading back that it was not carried out."""
MAX_DELAYS: Final = 4
"""How often an action waits within one run because Kaufland was busy or could not be reached."""
MAX_HOLD: Final = timedelta(seconds=60)
"""If Kaufland asks for a longer pause, the run ends."""
STILL_WORKING: Final = timedelta(minutes=10)
"""So long after a request without an answer, Kaufland may still carry it out (our bound)."""
REPEATABLE: Final = frozenset(STATUSES_AFTER)
"""What may be sent again at once after reading back: Kaufland refuses it if the first request arrives late."""
DUPLICATE: Final = "/duplicate-action"
NOT_FOUND: Final = 404
SERVER_ERROR: Final = 500
"""In the ledger of what the marketplace itself has answered, so that it no longer works on it."""

Progress = Callable[[int, int], None]


def can_be_read_back(kind: Kind) -> bool:
    """Return whether Kaufland shows that such an action was carried out; of parcels and refunds it shows nothing."""
    return kind in STATUSES_AFTER or kind == "invoice"


@dataclass(slots=True)
class RunResult:
    """What came of a run."""

    actions: list[Action]
    """Every action of the run, as it stands now, in the order in which they were passed in."""
    stopped_by: KauflandError | None = None
    """What ended the run before all was done; the rest stays planned."""

    def count(self, state: str) -> int:
        """Return how many actions are in this state."""
        return sum(action.state == state for action in self.actions)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came of sending."""

    action: Action
    written: Written | None = None
    error: KauflandError | None = None


@dataclass(frozen=True, slots=True)
class _ReadBack:
    """What reading back has shown: `done` is None if that says nothing either way."""

    action: Action
    done: bool | None = None
    text: str = ""
    possible: bool = True
    """Whether the action could still be carried out."""
    error: KauflandError | None = None


class ActionRun:
    """One run over planned actions; the caller holds the lock of actions."""

    def __init__(self, ledger: Actions, api: SellerApi, clock: Clock, on_progress: Progress) -> None:
        self._ledger = ledger
        self._api = api
        self._clock = clock
        self._on_progress = on_progress
        self._waiting: deque[int] = deque()
        self._delays: Counter[int] = Counter()
        self._started = _Started()
        self._duplicates: dict[int, str] = {}
        self._stopped_by: KauflandError | None = None

    def carry_out(self, numbers: Sequence[int]) -> RunResult:
        """Carry out these actions and return how they stand. Ctrl-C leaves what was not sent planned."""
        self._waiting.extend(dict.fromkeys(numbers))
        total, ended = len(self._waiting), set[int]()
        try:
            for results in self._api.executor.run(self._next_call):
                for result in results:
                    self._take(result)
                    if self._ledger.one_state(result.action.action_no) in {"done", "refused"}:
                        ended.add(result.action.action_no)
                self._on_progress(len(ended), total)
        finally:
            for number in self._started.close():
                self._ledger.not_sent(number, None)
        actions = [action for number in dict.fromkeys(numbers) if (action := self._ledger.one(number))]
        return RunResult(actions, self._stopped_by)

    def _next_call(self) -> "Callable[[], _Sent | _ReadBack] | None":
        """Return the next request: an action to send, or one in doubt to read back."""
        while self._waiting and self._stopped_by is None:
            action = self._ledger.one(self._waiting.popleft())
            if action is None or action.state in {"done", "refused"}:
                continue
            if action.state == "in_doubt" or action.action_no in self._duplicates:
                return lambda: self._read_back(action)
            body = self._ledger.body(action.action_no)
            if body is None:
                self._ledger.refused(action.action_no, self._now, status_code=None, text="The buyer's data was erased.")
                continue
            self._ledger.sending(action.action_no, self._now)
            self._started.hand_out(action.action_no)
            return lambda: self._send(action, body)
        return None

    @property
    def _now(self) -> datetime:
        return self._clock.now()

    # --- in threads ---

    def _send(self, action: Action, body: bytes) -> _Sent:
        if not self._started.start(action.action_no):
            return _Sent(action)
        try:
            return _Sent(action, self._api.carry_out(action, body))
        except KauflandError as error:
            return _Sent(action, error=error)

    def _read_back(self, action: Action) -> _ReadBack:
        try:
            if action.kind == "invoice":
                there = uploaded_invoice(self._api, action)
                return _ReadBack(action, there is not None)
            if not can_be_read_back(action.kind):
                return _ReadBack(action)
            unit, _ = self._api.order_unit(str(action.id_order_unit))
        except KauflandError as error:
            return _ReadBack(action, error=error)
        if not isinstance(unit, OrderUnit):
            return _ReadBack(action, text="The unit cannot be read.")
        if unit.status in STATUSES_AFTER[action.kind]:
            return _ReadBack(action, done=True)
        possible = unit.status in STATUSES_BEFORE[action.kind]
        text = f"The unit is now {unit.status}; whether it was {sent_words(action.kind)} before is not known."
        return _ReadBack(action, done=False, possible=possible, text=text)

    # --- results, in the main thread ---

    def _take(self, result: _Sent | _ReadBack) -> None:
        if isinstance(result, _ReadBack):
            self._take_read_back(result)
        elif result.written is not None:
            self._done(result.action, result.written)
        elif result.error is not None:
            self._take_error(result.action, result.error)

    def _done(self, action: Action, written: Written) -> None:
        data = written.data if isinstance(written.data, dict) else {}
        kept = {"id_invoice": data["id_invoice"]} if isinstance(data.get("id_invoice"), int | str) else {}
        self._ledger.done(action.action_no, self._now, status_code=written.status_code, text=None, details=kept)

    def _take_error(self, action: Action, error: KauflandError) -> None:
        number = action.action_no
        match error:
            case ActionDoubtful():
                status = error.status_code if error.answered or error.status_code != SERVER_ERROR else None
                self._ledger.in_doubt(number, status, error.message)
                if can_be_read_back(action.kind):
                    self._waiting.append(number)
            case RequestRefused() if error.problem_type.endswith(DUPLICATE):
                self._duplicates[number] = error.message
                self._take_duplicate(action, error)
            case RequestRefused():
                self._ledger.refused(number, self._now, status_code=error.status_code, text=error.message)
            case _:
                self._ledger.not_sent(number, error.message)
                self._delay(number, error)

    def _take_duplicate(self, action: Action, error: RequestRefused) -> None:
        """Judge that Kaufland says it was done before: by the unit, or if that shows nothing, by our own attempts."""
        number = action.action_no
        if can_be_read_back(action.kind):
            self._ledger.in_doubt(number, error.status_code, error.message)
            self._waiting.append(number)
        elif action.details.get("doubtful"):  # an earlier attempt, which has arrived
            self._ledger.done(number, self._now, status_code=error.status_code, text=error.message)
        else:
            self._ledger.refused(number, self._now, status_code=error.status_code, text=error.message)

    def _take_read_back(self, found: _ReadBack) -> None:
        action, number = found.action, found.action.action_no
        duplicate = self._duplicates.pop(number, None)
        if isinstance(found.error, RequestRefused) and found.error.status_code == NOT_FOUND:
            text = f"Kaufland no longer has it; whether it was {sent_words(action.kind)} is not known."
            self._ledger.refused(number, self._now, status_code=NOT_FOUND, text=text, details={"may_be_done": True})
        elif found.error is not None:
            if not isinstance(found.error, RequestRefused):
                self._stopped_by = self._stopped_by or found.error
        elif found.done:
            text = None
            if duplicate is not None and action.attempts == 1:
                text = f"It was {sent_words(action.kind)} before, by somebody else."
            self._ledger.done(number, self._now, status_code=None, text=text)
        elif found.done is False:
            self._take_not_done(action, found, duplicate)

    def _take_not_done(self, action: Action, found: _ReadBack, duplicate: str | None) -> None:
        number = action.action_no
        if duplicate is not None or not found.possible:
            self._ledger.refused(number, self._now, status_code=None, text=duplicate or found.text)
        elif action.kind not in REPEATABLE and (wait := self._may_arrive_until(action)) is not None:
            text = f"{_without_wait(action.text)} Kaufland may still carry it out until {as_text(wait)}."
            self._ledger.in_doubt(number, action.status_code, text.strip())
        elif action.attempts >= MAX_ATTEMPTS:
            text = f"Kaufland did not carry it out in {action.attempts} attempts. {action.text or ''}".strip()
            self._ledger.not_sent(number, text)
        else:
            self._ledger.not_sent(number, action.text)
            self._api.client.hold(2.0**action.attempts)
            self._waiting.append(number)

    def _may_arrive_until(self, action: Action) -> datetime | None:
        """Return until when a request without an answer may still be carried out; None if that time is over."""
        if action.status_code == SERVER_ERROR:
            return None
        sent = read_moment(action.sent_at)
        end = None if sent is None else sent + STILL_WORKING
        return end if end is not None and end > self._now else None

    def _delay(self, number: int, error: KauflandError) -> None:
        """Let an action wait that was not carried out, or end the run if waiting does not help."""
        self._delays[number] += 1
        asked = error.retry_after if isinstance(error, KauflandBusy) else None
        too_long = asked is not None and asked > self._now + MAX_HOLD
        if not isinstance(error, KauflandUnavailable) or too_long or self._delays[number] > MAX_DELAYS:
            self._stopped_by = self._stopped_by or error
            return
        if not isinstance(error, KauflandBusy):
            self._api.client.hold(2.0 ** (self._delays[number] - 1))
        self._waiting.append(number)


@dataclass(slots=True)
class _Started:
    """Which of the requests that were handed out a thread has begun."""

    _handed_out: set[int] = field(default_factory=set)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hand_out(self, number: int) -> None:
        with self._lock:
            self._handed_out.add(number)

    def start(self, number: int) -> bool:
        """Return whether the request may be sent: not after `close`."""
        with self._lock:
            self._handed_out.discard(number)
            return not self._closed

    def close(self) -> list[int]:
        """Let no further request begin, and return those that have not."""
        with self._lock:
            self._closed = True
            return sorted(self._handed_out)


def _without_wait(text: str | None) -> str:
    return (text or "").partition(" Kaufland may still")[0]
