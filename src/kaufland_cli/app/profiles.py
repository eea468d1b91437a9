"""`kaufland profiles list`: the seller accounts on this machine, with the last import and schedule of each."""

from dataclasses import replace
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.app.results import ProfileState
from kaufland_cli.app.stores import glance
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import KauflandError, SettingsError, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.settings import FoundProfile


def profiles_here(context: Context) -> "list[FoundProfile]":
    """Return the profiles on this machine. Raises `WrongUsage` if an option names one settings file or profile."""
    from kaufland_cli.settings import find_profiles

    for option, given in (("--config", context.options.config_file), ("--profile", context.options.profile)):
        if given is not None:
            raise WrongUsage(
                f"{option} selects one seller account, but this command covers all of them.",
                hint=Hint(
                    context.again().changed(lambda one: replace(one, all_accounts=True)),
                    " (KAUFLAND_CONFIG names another place of the settings)",
                ),
            )
    return find_profiles(context.environ)


def context_for(context: Context, profile: str) -> Context:
    """Return the context of the same call with another profile."""
    return context.copy(options=replace(context.options, profile=profile))


def profile_states(context: Context) -> list[ProfileState]:
    """Return the seller accounts on this machine: settings, last import and schedule, as far as they can be read."""
    return [_state(context, found) for found in profiles_here(context)]


def _state(context: Context, found: "FoundProfile") -> ProfileState:
    file = str(found.config_file) if found.has_settings else None
    state = ProfileState(profile=found.name, has_settings=found.has_settings, settings_file=file)
    if not found.has_settings:
        return replace(state, fault=f"It has no settings; its data is in {found.store_folder}.")
    own = context_for(context, found.name)
    try:
        plan = own.settings.order_import
        state = replace(
            state,
            environment=own.settings.api.environment,
            auto_import_orders=plan.auto_import_orders,
            interval_minutes=plan.interval_minutes,
        )
        if not own.settings.api.client_key:
            raise SettingsError("No client key is set (api.client_key).")
        state = _with_last_import(state, own)
        from kaufland_cli.app.schedule_state import schedule_summary

        schedule = schedule_summary(own)
        return replace(
            state,
            schedule_installed=schedule.installed,
            schedule_with=schedule.scheduler,
            schedule_in_sync=schedule.in_sync,
        )
    except KauflandError as error:
        return replace(state, fault=error.message)


def _with_last_import(state: ProfileState, context: Context) -> ProfileState:
    from kaufland_cli.store.record import known_damage

    with glance(context) as store:
        last, good = store.sync.last_run(), store.sync.last_complete_run()
    damage = known_damage(context.loaded.store_file)
    return replace(
        state,
        last_order_sync=last.finished_at if last else None,
        last_order_sync_status="red" if damage else last.status if last else None,
        last_order_sync_message=last.message if last else None,
        last_complete_sync=good.finished_at if good else None,
        fault=damage.message if damage else None,
    )
