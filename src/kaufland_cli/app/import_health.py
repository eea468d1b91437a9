"""The health of the imports: from the store and the memory of scheduled imports to status and notifications."""

from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Hint, command

if TYPE_CHECKING:
    from kaufland_cli.monitoring.health import Health
    from kaufland_cli.monitoring.memory import Memory
    from kaufland_cli.monitoring.message import About
    from kaufland_cli.settings import LoadedSettings
    from kaufland_cli.store.store import Store


def about(context: Context, loaded: "LoadedSettings", *, known: bool = True) -> "About":
    """Return what notifications say about this profile; `known`: whether the settings are valid."""
    from kaufland_cli.domain.moments import zone_named
    from kaufland_cli.monitoring.message import About

    settings = loaded.settings
    return About(
        profile=loaded.locations.profile,
        environment=settings.api.environment if known else "",
        zone=zone_named(settings.ui.timezone),
        zone_name=settings.ui.timezone,
        chosen=context.options.chosen,
    )


def remembered(context: Context) -> "Memory":
    """Return what scheduled imports remember."""
    from kaufland_cli.monitoring.memory_file import read_memory

    return read_memory(context.loaded.locations.store_folder).of(context.settings.api.host)


def health_of(context: Context, store: "Store", memory: "Memory | None" = None) -> "Health":
    """Return the health of a store's imports; `memory` is read if it is not passed in."""
    from kaufland_cli.domain.moments import read_moment
    from kaufland_cli.monitoring.health import judge

    settings = context.settings
    last = store.sync.last_complete_run()
    return judge(
        auto_import=settings.order_import.auto_import_orders,
        interval_minutes=settings.order_import.interval_minutes,
        max_age_minutes=settings.monitoring.max_age_minutes,
        last_complete=None if last is None else read_moment(last.finished_at),
        failure=(memory or remembered(context)).failure,
        now=context.clock.now(),
    )


def bad_news(context: Context, store: "Store") -> Hint | None:
    """Return one line if the last import is old or imports fail; None if all is well."""
    from kaufland_cli.domain.moments import as_text

    health = health_of(context, store)
    if not health.is_bad:
        return None
    look = command("status")
    if health.failure is not None:
        since = context.forms.moment(as_text(health.failure.since))
        return Hint(f"Imports have been failing since {since}, {health.failure.runs} in a row: ", look)
    when = "long ago" if health.last_complete is None else context.forms.moment(as_text(health.last_complete))
    is_ahead = health.last_complete is not None and health.last_complete > context.clock.now()
    return Hint(f"The last complete import is {'dated in the future' if is_ahead else 'old'} ({when}): ", look)
