"""What watches imports, as the settings want it: e-mail, ping, Prometheus, and the judgement of their health."""

from datetime import datetime
from typing import TYPE_CHECKING

from kaufland_cli.app.context import Context

if TYPE_CHECKING:
    from kaufland_cli.monitoring.health import Health
    from kaufland_cli.monitoring.memory import Memory, Notification
    from kaufland_cli.monitoring.message import About
    from kaufland_cli.settings import LoadedSettings, Settings
    from kaufland_cli.store.store import Store


def about(context: Context, loaded: "LoadedSettings", *, known: bool = True) -> "About":
    """Return whose imports they are; `known`: whether the settings are right."""
    from kaufland_cli.monitoring.message import About
    from kaufland_cli.output.moments import zone_named

    settings = loaded.settings
    return About(
        profile=loaded.locations.profile,
        environment=settings.api.environment if known else "",
        zone=zone_named(settings.ui.timezone),
        zone_name=settings.ui.timezone,
        retyped=context.retyped,
    )


def mail_with(context: Context, loaded: "LoadedSettings", letter: "Notification", now: datetime) -> None:
    """Send an e-mail. Raises a `KauflandError`."""
    from kaufland_cli.monitoring.mail import MailServer, send_mail
    from kaufland_cli.secrets import SecretKind, fetch_secret_key

    mail = loaded.settings.monitoring
    password = ""
    if mail.smtp_user:
        store = context.secret_store(loaded=loaded, kind=SecretKind.MAIL)
        password = fetch_secret_key(store, context.environ, SecretKind.MAIL).secret.reveal()
    server = MailServer(
        host=mail.smtp_host,
        port=mail.smtp_port,
        security=mail.smtp_security,
        user=mail.smtp_user,
        sender=mail.mail_from or mail.recipients[0],
        recipients=mail.recipients,
    )
    send_mail(server, password, letter.subject, letter.text, now)


def ping_with(context: Context, settings: "Settings", sign: str, body: str) -> None:
    """Send one sign to the watcher. Raises a `KauflandError`."""
    from kaufland_cli.monitoring.ping import ping

    ping(
        settings.monitoring.ping_url,
        sign,
        body,
        user_agent=settings.api.user_agent,
        clock=context.clock,
    )


def remembered(context: Context) -> "Memory":
    """Return what scheduled imports remember."""
    from kaufland_cli.monitoring.memory_file import read_memory

    return read_memory(context.loaded.locations.store_folder).of(context.settings.api.host)


def health_of(context: Context, store: "Store", memory: "Memory | None" = None) -> "Health":
    """Judge the imports of a store."""
    from kaufland_cli.monitoring.health import judge
    from kaufland_cli.seller_api.moments import read_moment

    settings = context.settings
    last = store.sync.last_complete_run()
    return judge(
        auto_import=settings.order_import.auto_import_orders,
        interval_minutes=settings.order_import.interval_minutes,
        max_age_minutes=settings.monitoring.max_age_minutes,
        last_complete=None if last is None else read_moment(last["finished_at"]),
        failure=(memory or remembered(context)).failure,
        now=context.clock.now(),
    )


def bad_news(context: Context, store: "Store") -> str | None:
    """Say in one line that the last import is old or that imports fail; None where all is well."""
    health = health_of(context, store)
    if not health.is_bad:
        return None
    speaker, look = about(context, context.loaded), context.command("status")
    if health.failure is not None:
        return f"Imports fail since {speaker.moment(health.failure.since)}, {health.failure.runs} in a row: {look}"
    when = "long ago" if health.last_complete is None else speaker.moment(health.last_complete)
    is_ahead = health.last_complete is not None and health.last_complete > context.clock.now()
    return f"The last complete import is {'dated in the future' if is_ahead else 'old'} ({when}): {look}"
