"""`kaufland profiles list`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from kaufland_cli.cli.groups import group
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines
from kaufland_cli.cli.session import Session, session_of
from kaufland_cli.errors import KauflandError, SettingsError, WrongUsage
from kaufland_cli.output import PROFILE_COLUMNS

if TYPE_CHECKING:
    from kaufland_cli.settings import FoundProfile

FIELDS = (
    "profile",
    "has_settings",
    "settings_file",
    "environment",
    "auto_import_orders",
    "interval_minutes",
    "last_order_sync",
    "last_order_sync_status",
    "last_order_sync_message",
    "last_complete_sync",
    "schedule_installed",
    "schedule_with",
    "schedule_in_line",
    "fault",
)

app = group("Several seller accounts on one machine.")


@app.command("list")
def list_profiles(
    context: typer.Context, as_json: AsJson = False, as_jsonl: AsJsonLines = False, as_csv: AsCsv = False
) -> None:
    """List the seller accounts that are set up here.

    With their settings file, whether and how often they are imported, the last import and the schedule. A profile
    whose settings are at fault, and one of which only data is left, are named too.

    Example: kaufland profiles list
    """
    session = session_of(context)
    session.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    records = [_record(session, found) for found in profiles_here(session)]
    empty = "No profile is set up yet. Begin with: kaufland setup"
    session.output.listing(
        "profiles", records, PROFILE_COLUMNS, fields=FIELDS, schema="kaufland.profiles/1", empty=empty
    )
    for record in records:
        if record["fault"] and session.stdout.isatty() and not session.as_json:
            session.output.warning(f"{record['profile']}: {record['fault']}")


def profiles_here(session: Session) -> "list[FoundProfile]":
    """Return the profiles that there are. Raises `WrongUsage` where options name one settings file or profile."""
    from kaufland_cli.settings import find_profiles

    for option, given in (("--config", session.config_file), ("--profile", session.profile)):
        if given is not None:
            raise WrongUsage(
                f"{option} names one seller account, and this is about all of them.",
                hint="kaufland profiles list (KAUFLAND_CONFIG names another place of the settings)",
            )
    return find_profiles(session.environ)


def session_for(session: Session, profile: str) -> Session:
    """Return the session of the same call with another profile."""
    return replace(session, profile=profile)


def _record(session: Session, found: "FoundProfile") -> dict[str, Any]:
    record: dict[str, Any] = dict.fromkeys(FIELDS)
    record |= {
        "profile": found.name,
        "has_settings": found.has_settings,
        "settings_file": str(found.config_file) if found.has_settings else None,
    }
    if not found.has_settings:
        return {**record, "fault": f"It has no settings; what it stored lies in {found.store_folder}."}
    own = session_for(session, found.name)
    try:
        plan = own.settings.order_import
        record |= {
            "environment": own.settings.api.environment,
            "auto_import_orders": plan.auto_import_orders,
            "interval_minutes": plan.interval_minutes,
        }
        if not own.settings.api.client_key:
            raise SettingsError("No client key is set (api.client_key).")
        record |= _last_import(own)
        from kaufland_cli.cli.schedule_state import schedule_record

        schedule = schedule_record(own)
        record |= {
            "schedule_installed": schedule["installed"],
            "schedule_with": schedule["with"],
            "schedule_in_line": schedule["in_line"],
        }
    except KauflandError as error:
        record["fault"] = error.message
    return record


def _last_import(session: Session) -> dict[str, Any]:
    with session.store() as store:
        last, good = store.sync.last_run(), store.sync.last_complete_run()
    return {
        "last_order_sync": last["finished_at"] if last else None,
        "last_order_sync_status": None if last is None else "green" if last["verdict"] == "success" else "red",
        "last_order_sync_message": last["message"] if last else None,
        "last_complete_sync": good["finished_at"] if good else None,
    }
