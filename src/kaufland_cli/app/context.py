"""What every command works with: the environment it was called in, its settings, its secret and its output."""

import re
import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from kaufland_cli.app.session_bus import reach_session_bus
from kaufland_cli.clock import Clock
from kaufland_cli.errors import (
    ClientKeyChanged,
    KauflandError,
    SettingsError,
    StoreDamaged,
    StoreUnusable,
    TerminalNeeded,
    WrongUsage,
    command,
)
from kaufland_cli.output import Format, Output
from kaufland_cli.output.stream import ColorChoice, Stream

if TYPE_CHECKING:
    from kaufland_cli.output.screens.questions import Questions
    from kaufland_cli.secrets import FoundSecret, SecretKey, SecretKind, SecretSource
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.settings import LoadedSettings, Settings
    from kaufland_cli.store.request_log import RequestLogWriter
    from kaufland_cli.store.store import Store

Row = TypeVar("Row")

# A command in a sentence, unless options that choose other settings stand in it already.
_COMMAND = re.compile(
    r"\bkaufland (?="
    r"(?:setup|test-connection|import-orders|reconcile|orders|sales-orders|status|log|config|secret|backup|restore|monitoring"
    r"|schedule|doctor|profiles)\b)"
)


@dataclass
class Context:
    """One call of the program. Everything that comes from outside is handed in here and nowhere else."""

    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: Clock
    random: Callable[[], float]
    pid: int
    config_file: Path | None = None
    profile: str | None = None
    color: ColorChoice = "auto"
    debug: bool = False
    format: Format = Format.AUTO
    options: dict[str, object] = field(default_factory=dict)
    """Settings given as options: dotted keys."""
    damage: StoreDamaged | None = None
    """What is known to be wrong with the store that this command opened: it ends with this error."""
    remark: "Callable[[Context, Store], str | None] | None" = None
    """What this command tells a person at a terminal in passing, for instance that the last import is old."""

    # --- output ---

    def choose_format(self, *, as_json: bool = False, as_jsonl: bool = False, as_csv: bool = False) -> None:
        """Take over the format options of a command. Raises `WrongUsage` for more than one."""
        chosen = [form for form, on in ((Format.JSON, as_json), (Format.JSONL, as_jsonl), (Format.CSV, as_csv)) if on]
        if len(chosen) > 1:
            raise WrongUsage("Use only one of --json, --jsonl and --csv.", hint="Choose one of them.")
        self.format = chosen[0] if chosen else Format.AUTO

    @cached_property
    def output(self) -> Output:
        """The way to the user, in the user's own form of numbers and times as far as the settings can be read."""
        return self._output(self.stdout)

    @property
    def output_for_person(self) -> Output:
        """The way to the person who is being asked: all of it on stderr, where the questions are."""
        return self._output(self.stderr)

    def _output(self, stdout: TextIO) -> Output:
        locale, timezone, order_url = "", "Europe/Berlin", ""
        with suppress(SettingsError):
            shown = self.settings.ui
            locale, timezone, order_url = shown.locale, shown.timezone, shown.order_url
        return Output(
            stdout=stdout,
            stderr=self.stderr,
            environ=self.environ,
            format=self.format,
            color=self.color,
            order_url=order_url,
            locale=locale,
            timezone=timezone,
            monotonic=self.clock.monotonic,
        )

    def show_warnings(self) -> None:
        """Tell a person at a terminal what is doubtful in the settings; jobs and programs hear nothing of it."""
        if self.stderr.isatty() and not self.as_json:
            for warning in self.loaded.warnings:
                self.output.warning(warning)

    def command(self, words: str, *values: str) -> str:
        """Return a command to type that means the same settings as this call does; values from outside come last."""
        return self._with_chosen(command(*words.split(), *values).removeprefix("kaufland "))

    def _with_chosen(self, words: str) -> str:
        chosen = [f"--config {shlex.quote(str(self.config_file))}"] if self.config_file else []
        chosen += [f"--profile {shlex.quote(self.profile)}"] if self.profile else []
        return " ".join(["kaufland", *chosen, words])

    @property
    def next_import(self) -> str:
        """The command that leads to the first orders: an import, and before that the setup."""
        return self.command("import-orders" if self.settings.api.client_key else "setup")

    def retyped(self, text: str) -> str:
        """Return a text in which every command to type means the same settings as this call does."""
        return _COMMAND.sub(lambda _: self._with_chosen(""), text)

    @property
    def as_json(self) -> bool:
        """Whether results, and so errors too, are JSON."""
        return self.format in {Format.JSON, Format.JSONL}

    # --- questions ---

    @property
    def has_terminal(self) -> bool:
        """Whether a person can be asked something."""
        return self.stdin.isatty() and self.stderr.isatty() and not self.as_json

    def questions(self, instead: str) -> "Questions":
        """Return the way to ask. Raises `TerminalNeeded`, naming what to use instead, where nobody is there."""
        from kaufland_cli.output.screens.questions import Questions

        if not self.has_terminal:
            raise TerminalNeeded("This command asks a question, and there is no terminal to ask it on.", hint=instead)
        return Questions(self.stdin, Stream(self.stderr, self.environ, color=self.color))

    # --- settings and secret ---

    @cached_property
    def loaded(self) -> "LoadedSettings":
        """The settings in force. Raises `SettingsError`."""
        return self.load()

    def load(self) -> "LoadedSettings":
        """Read the settings again."""
        from kaufland_cli.settings import load_settings

        return load_settings(self.environ, config_file=self.config_file, profile=self.profile, options=self.options)

    @property
    def settings(self) -> "Settings":
        """The values of the settings in force. Raises `SettingsError`."""
        return self.loaded.settings

    def secret_source(
        self,
        name: str | None = None,
        *,
        loaded: "LoadedSettings | None" = None,
        kind: "SecretKind | None" = None,
        may_ask: bool = True,
    ) -> "SecretSource":
        """Return where a secret (by default the seller's secret key) is kept by the settings, or the source `name`.

        Without `may_ask`, or without a terminal, nobody is asked to unlock a keyring.
        """
        from kaufland_cli.secrets import SecretKind, open_secret_source

        found, kind = loaded or self.loaded, kind or SecretKind.SELLER
        person = may_ask and self.stdin.isatty() and self.stderr.isatty()
        settings = found.settings
        commands = {
            SecretKind.BUSINESS_CENTRAL: settings.secret.business_central_command,
            SecretKind.MAIL: settings.secret.mail_command,
        }
        return open_secret_source(
            name or settings.secret.store,
            account=account_of(settings, kind),
            environ=self.environ,
            file=found.secret_file,
            command=commands.get(kind, settings.secret.command),
            # A person may have to type the keyring's password; a job has nobody who could.
            time_limit=60.0 if person else 10.0,
            may_ask=person,
            reach_bus=partial(reach_session_bus, self.environ),
            kind=kind,
        )

    def secret(self, kind: "SecretKind | None" = None) -> "FoundSecret":
        """Fetch a secret, by default the seller's secret key. Raises `SecretMissing` or `SecretSourceFailed`."""
        from kaufland_cli.secrets import SecretKind, fetch_secret_key

        kind = kind or SecretKind.SELLER
        return fetch_secret_key(self.secret_source(kind=kind), self.environ, kind)

    # --- store and connection ---

    @contextmanager
    def store(self, *, writing: bool = False, creating: bool = True) -> Iterator["Store"]:
        """Open the store of this profile and API host.

        For reading, and where none is to be created, it is an empty one where there is none yet. A damaged store is
        not written: `StoreDamaged`. It can be read, and then the command ends with that error after all that it shows.
        """
        try:
            with self._opened_for_writing(creating=creating) if writing else self.glance() as store:
                self._make_remark(store)
                yield store
        except StoreDamaged as error:
            self.damage = error
            raise
        finally:
            self.note_damage()

    @contextmanager
    def glance(self) -> Iterator["Store"]:
        """Open the store for a look in passing: whether it is damaged is said elsewhere. Nothing can be written."""
        from kaufland_cli.store.store import Store

        with Store.open_for_reading(self.loaded.store_file, self.clock.now()) as store:
            yield store

    @contextmanager
    def _opened_for_writing(self, *, creating: bool) -> Iterator["Store"]:
        from kaufland_cli.store.checking import check_if_due
        from kaufland_cli.store.store import Store

        path, now = self.loaded.store_file, self.clock.now()
        check_if_due(path, now, self.clock.monotonic)
        with Store.open(path, now) if creating or path.exists() else Store.open_for_reading(path, now) as store:
            yield store

    def note_damage(self, path: Path | None = None) -> None:
        """Let this command end with `StoreDamaged`, after all that it shows, where its store was found damaged."""
        from kaufland_cli.store.record import known_damage

        self.damage = self.damage or known_damage(path or self.loaded.store_file)

    @contextmanager
    def log_of_calls(self) -> Iterator["RequestLogWriter | None"]:
        """Give the API log for calls that need no store: none is created for them, and they go on without one."""
        with ExitStack() as stack:
            log = None
            try:
                log = self.log_writer(stack.enter_context(self.store(writing=True, creating=False)))
            except StoreDamaged:
                pass  # said at the end
            except StoreUnusable as error:
                self.output.warning(error.message)
            yield log

    def _make_remark(self, store: "Store") -> None:
        """Make the remark once; that this fails is no reason to stop."""
        remark, self.remark = self.remark, None
        if remark is None or not self.stderr.isatty() or self.as_json:
            return
        with suppress(KauflandError):
            if (found := remark(self, store)) is not None:
                self.output.warning(found)

    def owner_of(self, store: "Store") -> str | None:
        """Return the client key whose orders the store holds; None while it holds nothing that could be mixed up."""
        if store.sync.state().watermark is None and not store.queries.counts()["orders"]:
            return None
        return store.sync.client_key()

    def claim_store(self, store: "Store", *, accept: bool) -> None:
        """Make sure that the store holds this seller's orders. Raises `ClientKeyChanged`."""
        from kaufland_cli.settings import masked

        known, own = self.owner_of(store), self.settings.api.client_key
        if known == own:
            return
        if known is not None and not accept:
            message = (
                f"The orders stored so far came with the client key {masked(known)}; the settings now name "
                f"{masked(own)}. If both belong to the same seller account, you can keep using the store; orders of "
                "two accounts must not be mixed."
            )
            hint = (
                f"Same account: {self.command('import-orders')} --accept-client-key. "
                "Another account: kaufland --profile NAME setup"
            )
            if not self.has_terminal:
                raise ClientKeyChanged(message, hint=hint)
            self.output.warning(message)
            if not self.questions(hint).yes_no("Is it the same seller account?", default=False):
                raise ClientKeyChanged("The store was not changed.", hint=hint)
        store.sync.set_client_key(own)

    def log_writer(self, store: "Store") -> "RequestLogWriter":
        """Return the API log as the settings want it."""
        from kaufland_cli.store.request_log import RequestLogWriter

        debug = self.settings.debug
        return RequestLogWriter(
            store.database,
            everything=debug.log_api_requests,
            personal_data=debug.log_personal_data,
            days=debug.log_retention_days,
            megabytes=debug.log_max_megabytes,
        )

    def secrets(self) -> "tuple[SecretKey, SecretKey | None]":
        """Fetch the seller's secret key and the partner's, if there is a partner.

        Raises a `SettingsError` where the client key or a secret key is missing.
        """
        if not self.settings.api.client_key:
            raise SettingsError("No client key is set (api.client_key).")
        from kaufland_cli.secrets import SecretKind

        partner = self.secret(SecretKind.PARTNER).secret if self.settings.api.partner_client_key else None
        return self.secret().secret, partner

    @contextmanager
    def seller_api(
        self, secrets: "tuple[SecretKey, SecretKey | None]", log: "RequestLogWriter | None" = None
    ) -> Iterator["SellerApi"]:
        """Open the connection to Kaufland."""
        from kaufland_cli.app.connection import seller_api

        with seller_api(self.settings, *secrets, clock=self.clock, random=self.random, log=log) as api:
            yield api

    def upkeep(self, store: "Store") -> None:
        """Do the work at the end of an import: keep the store small, and buyers' data no longer than is allowed."""
        from kaufland_cli.upkeep.after_import import Limits, upkeep

        debug, privacy = self.settings.debug, self.settings.privacy
        limits = Limits(
            log_retention_days=debug.log_retention_days,
            log_max_megabytes=debug.log_max_megabytes,
            raw_retention_days=privacy.raw_retention_days,
            raw_max_megabytes=privacy.raw_max_megabytes,
            delete_after_days=privacy.delete_after_days,
        )
        for problem in upkeep(store, limits, self.clock.now()):
            if not self.as_json:
                self.output.warning(f"Cleaning up after the import failed: {problem}")

    def prune_log(self, store: "Store") -> None:
        """Keep the API log within its age and size; that this fails is no reason for anything else to fail."""
        from kaufland_cli.store.request_log import MAX_PRUNED_A_RUN

        debug = self.settings.debug
        try:
            store.request_log.prune(
                now=self.clock.now(),
                days=debug.log_retention_days,
                megabytes=debug.log_max_megabytes,
                most=MAX_PRUNED_A_RUN,
            )
        except KauflandError:
            return


def account_of(settings: "Settings", kind: "SecretKind") -> str:
    """Return the account to which a secret belongs: the client key, elsewhere the client id or user name."""
    match kind.value:
        case "seller":
            return settings.api.client_key
        case "partner":
            return settings.api.partner_client_key
        case "mail":
            return settings.monitoring.smtp_user
        case _:
            return settings.business_central.account


@contextmanager
def closed_after(rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
    """Give rows of the store that end before the store closes, also where nobody reads them to their end."""
    try:
        yield rows
    finally:
        if isinstance(rows, Generator):
            rows.close()
