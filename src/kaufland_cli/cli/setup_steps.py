"""What `kaufland setup` does, section by section; nothing is written before the summary is confirmed."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import typer

from kaufland_cli.cli.secret import read_secret
from kaufland_cli.cli.session import Session
from kaufland_cli.cli.setup_summary import summary
from kaufland_cli.connection import ConnectionReport, ConnectionTest, masked, seller_api
from kaufland_cli.errors import SecretMissing, SecretStoreFailed
from kaufland_cli.secret_key import STORE_NAMES, FoundSecret, SecretKey, fetch_secret_key, length_warning
from kaufland_cli.settings import LoadedSettings, change_settings, load_settings, parse_value

if TYPE_CHECKING:
    from kaufland_cli.output.questions import Questions
    from kaufland_cli.secret_key import SecretStore


@dataclass
class SetupWish:
    """What the options of the command say."""

    changes: dict[str, object] = field(default_factory=dict)
    secret_stdin: bool = False
    accept_client_key: bool = False


def set_up(session: Session, wish: SetupWish, *, ask: bool) -> None:
    """Set up the program: with questions, or by the options alone."""
    steps = _Setup(session, wish)
    steps.ask() if ask else steps.take_options()


class _Setup:
    """One setup: changes are collected, tried out, and written at the end."""

    def __init__(self, session: Session, wish: SetupWish) -> None:
        self._session = session
        self._output = session.output
        self._wish = wish
        self._changes = dict(wish.changes)
        self._new_secret: SecretKey | None = None
        self._accept = wish.accept_client_key
        self._report = ConnectionReport()

    # --- by options ---

    def take_options(self) -> None:
        """Take the options and what is set already; test; write."""
        if self._wish.secret_stdin:
            self._new_secret = read_secret(self._session, from_stdin=True)
        elif self._draft().origins["secret.store"].source == "default" and self._session.environ.get(
            "KAUFLAND_SECRET_KEY"
        ):
            self._changes["secret.store"] = "env"
        if self._new_secret is not None:
            self._store().probe()
        self._test_or_stop()
        if not self._accept and self._other_client_key():
            self._output.warning(
                "The orders stored so far came with another client key. If it is the same seller account: "
                "kaufland import-orders --accept-client-key"
            )
        self._write()
        self._output.success(f"The settings are written: {self._draft().locations.config_file}")
        self._say_next()

    # --- with questions ---

    def ask(self) -> None:
        """Ask section by section, with the present values as defaults."""
        asked = self._session.questions("kaufland setup --no-input …")
        self._output.line("Setup. Enter keeps what stands in brackets; Ctrl-C stops and writes nothing.")
        while True:
            self._ask_connection(asked)
            self._title("Connection test")
            if self._test():
                break
            if not asked.yes_no("Change the answers and try again?", default=True):
                self._output.note("Nothing was written.")
                raise typer.Exit(self._report.error.exit_code if self._report.error else 1)
        self._ask_storefront(asked)
        self._ask_import(asked)
        self._ask_same_account(asked)
        self._title("Summary")
        for line in summary(self._draft(), self._report, self._store().place):
            self._output.line(line)
        if not asked.yes_no("Write this?", default=True):
            self._output.note("Nothing was written.")
            return
        self._write()
        self._output.success("The settings are written.")
        self._say_next()

    def _ask_connection(self, asked: "Questions") -> None:
        self._title("Connection")
        playground = asked.yes_no("Use Kaufland's playground?", default=self._draft().settings.api.use_playground)
        self._changes["api.use_playground"] = playground
        self._ask_value(asked, "api.playground_base_url" if playground else "api.base_url", "Base URL")
        self._title("Keys (seller portal: Settings > Shop settings > API)")
        self._output.note("New keys make the old pair invalid at once, for all your other software too.")
        self._ask_value(asked, "api.client_key", "Client key")
        self._ask_secret(asked)
        self._ask_value(asked, "api.user_agent", "User agent")

    def _ask_secret(self, asked: "Questions") -> None:
        """Ask where the secret key is to be kept, try that place, and ask for the key itself, unseen."""
        while True:
            present = self._draft().settings.secret.store
            name = asked.choice("Keep the secret key in", STORE_NAMES, present)
            self._changes["secret.store"] = name
            if name == "command":
                command = asked.text(
                    "Command that prints it",
                    " ".join(self._command()),
                    lambda text: parse_value("secret.command", text),
                )
                self._changes["secret.command"] = command
            store = self._store()
            try:
                store.probe()
            except (SecretMissing, SecretStoreFailed) as error:
                self._output.warning(f"{error.message} {error.hint}")
                continue
            break
        if not store.writable:
            self._new_secret = None
            return
        known = self._present_secret()
        question = "Secret key (not shown" + ("; Enter keeps the present one)" if known else ")")
        found = asked.hidden_or_kept(question, SecretKey, kept=True) if known else asked.hidden(question, SecretKey)
        # Kept, and moved along when the place has changed.
        self._new_secret = found or (known.secret if known else None)
        warning = length_warning(self._new_secret) if self._new_secret else None
        if warning:
            self._output.warning(warning)

    def _ask_storefront(self, asked: "Questions") -> None:
        self._title("Storefronts")
        found = self._report.storefronts
        if found:
            self._output.note(f"Found: {', '.join(found)}. All of them are imported.")
        present = self._draft().settings.api.default_storefront
        default = present or ("de" if found and "de" in found else (found or [""])[0])
        self._ask_value(asked, "api.default_storefront", "Default storefront, for calls that need one", default)

    def _ask_import(self, asked: "Questions") -> None:
        self._title("Import")
        plan = self._draft().settings.order_import
        auto = asked.yes_no("Import orders automatically, by schedule?", default=plan.auto_import_orders)
        self._changes["order_import.auto_import_orders"] = auto
        if auto:
            self._ask_value(asked, "order_import.interval_minutes", "Minutes between two imports")
        sales = asked.yes_no("Create sales orders from them?", default=plan.create_sales_orders)
        if sales:
            self._output.note("Sales orders come with a later version; until then nothing is created.")
            self._ask_needed(asked, "order_import.default_customer_no", "Default customer no.")
        self._changes["order_import.create_sales_orders"] = sales
        log = asked.yes_no(
            "Log every API request with its bodies? (not for everyday use)",
            default=self._draft().settings.debug.log_api_requests,
        )
        self._changes["debug.log_api_requests"] = log

    def _ask_same_account(self, asked: "Questions") -> None:
        other = self._other_client_key()
        if not self._accept and other:
            self._accept = asked.yes_no(
                f"The orders stored so far came with the client key {masked(other)}. Is it the same seller account?",
                default=False,
            )

    def _ask_value(self, asked: "Questions", key: str, question: str, default: str | None = None) -> None:
        """Ask for one setting, checked at once by the rules of the settings."""
        section, name = key.split(".")
        present = str(getattr(getattr(self._draft().settings, section), name))
        self._changes[key] = asked.text(
            question, present if default is None else default, lambda text: parse_value(key, text)
        )

    def _ask_needed(self, asked: "Questions", key: str, question: str) -> None:
        """Ask for a setting that must not be empty."""
        while True:
            self._ask_value(asked, key, question)
            if self._changes[key]:
                return
            self._output.warning("Sales orders need a customer number.")

    # --- trying out ---

    def _draft(self) -> LoadedSettings:
        """Return the settings as they would be: the answers over what is set."""
        session = self._session
        return load_settings(
            session.environ, config_file=session.config_file, profile=session.profile, options=self._changes
        )

    def _command(self) -> list[str]:
        return self._draft().settings.secret.command

    def _store(self) -> "SecretStore":
        return self._session.secret_store(loaded=self._draft())

    def _present_secret(self) -> FoundSecret | None:
        """Return the secret key that is there already, wherever the settings in force keep it."""
        if self._new_secret is not None:
            return FoundSecret(self._new_secret, "what you entered")
        for store in (self._store(), self._session.secret_store()):
            try:
                return fetch_secret_key(store, self._session.environ)
            except (SecretMissing, SecretStoreFailed):
                continue
        return None

    def _test(self) -> bool:
        """Test the connection with the answers; show each step."""
        test = ConnectionTest(self._session.clock, lambda step: self._output.connection_step(asdict(step)))
        self._report = test.report
        settings = test.settings(lambda: self._draft().settings)
        secret = test.secret(self._secret_to_use) if settings is not None else None
        if settings is not None and secret is not None:
            with seller_api(settings, secret, None, clock=self._session.clock, random=self._session.random) as api:
                test.api(api)
        self._output.connection_end(test.report.record())
        return test.report.success

    def _secret_to_use(self) -> tuple[SecretKey, str]:
        if self._new_secret is not None:
            return self._new_secret, "what was entered"
        found = fetch_secret_key(self._store(), self._session.environ)
        return found.secret, found.source

    def _test_or_stop(self) -> None:
        if not self._test():
            self._output.note("Nothing was written.")
            raise typer.Exit(self._report.error.exit_code if self._report.error else 1)

    def _other_client_key(self) -> str | None:
        """Return the client key of the store's orders where it is another one than the settings will name."""
        draft = self._draft()
        if not draft.store_file.exists():
            return None
        from kaufland_cli.store.store import Store

        with Store.open(draft.store_file, self._session.clock.now()) as store:
            known = store.sync.client_key()
        return known if known not in {None, draft.settings.api.client_key} else None

    # --- writing ---

    def _write(self) -> None:
        """Keep the secret, then the settings; where the settings cannot be written, the secret is put back."""
        draft, store = self._draft(), self._store()
        before: SecretKey | None = None
        if self._new_secret is not None and store.writable:
            try:
                before = store.fetch()
            except (SecretMissing, SecretStoreFailed):
                before = None
            store.save(self._new_secret)
        try:
            change_settings(draft.locations.config_file, self._changes, environ=self._session.environ)
        except BaseException:
            if self._new_secret is not None and store.writable:
                store.save(before) if before is not None else store.delete()
            raise
        if self._accept and self._other_client_key():
            from kaufland_cli.store.store import Store

            with Store.open(draft.store_file, self._session.clock.now()) as found:
                found.sync.set_client_key(draft.settings.api.client_key)

    def _say_next(self) -> None:
        draft = self._draft()
        for warning in draft.warnings:
            self._output.warning(warning)
        self._output.note("Next: kaufland import-orders")
        if draft.settings.order_import.auto_import_orders:
            minutes = draft.settings.order_import.interval_minutes
            every = f"*/{minutes}" if minutes < 60 else "0"  # noqa: PLR2004 - minutes of an hour
            self._output.note(f"For cron (crontab -e): {every} * * * * kaufland import-orders --scheduled")

    def _title(self, text: str) -> None:
        self._output.line("")
        self._output.line(f"— {text} —")
