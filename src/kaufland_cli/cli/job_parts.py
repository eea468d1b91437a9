"""What is known of the job that imports: its entry in the scheduler, and the secret key in its environment."""

import importlib
from typing import Any

from kaufland_cli.cli.session import Session
from kaufland_cli.errors import KauflandError


def schedule_of(session: Session) -> dict[str, Any] | None:
    """Return the record of the schedule; None where this program has none."""
    try:
        module = importlib.import_module("kaufland_cli.cli.schedule_state")
    except ModuleNotFoundError:
        return None
    found: dict[str, Any] = module.schedule_record(session)
    return found


def secret_in_job(session: Session) -> tuple[bool, KauflandError | None]:
    """Return whether it could be looked at, and what a job would hear that asks for the secret key."""
    try:
        module = importlib.import_module("kaufland_cli.cli.bare_environment")
    except ModuleNotFoundError:
        return False, None
    found: KauflandError | None = module.secret_in_bare_environment(session)
    return True, found
