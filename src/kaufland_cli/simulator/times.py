"""Times in Kaufland's form: UTC, whole seconds, `2026-08-30T17:46:55Z`. In this form their text sorts as they do."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Return the moment in Kaufland's form; parts of a second are dropped."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def moment_of(text: object) -> datetime | None:
    """Read a time, with or without a zone (UTC then); None when it is not one."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def system_now() -> datetime:
    """Return the present moment in UTC, by this machine's clock."""
    return datetime.now(UTC)
