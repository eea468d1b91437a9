"""The settings and secrets that `kaufland setup` collects, tests, and writes at the end."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kaufland_cli.app.connection import Secrets, check_connection
from kaufland_cli.app.context import Context
from kaufland_cli.app.secret import account_of, secret_source
from kaufland_cli.app.stores import owner_of
from kaufland_cli.doctor.connection_test import ConnectionReport
from kaufland_cli.errors import SecretMissing, SecretSourceFailed, SettingsError
from kaufland_cli.secrets import FoundSecret, SecretKey, SecretKind, fetch_secret_key
from kaufland_cli.settings import LoadedSettings, Settings, load_settings, load_values, value_of
from kaufland_cli.settings.edit import GENERAL_START, change_settings, start_changes

if TYPE_CHECKING:
    from kaufland_cli.app.person import Person
    from kaufland_cli.secrets import SecretSource, WritableSecretSource


@dataclass
class SetupOptions:
    """The options of `kaufland setup`."""

    changes: dict[str, object] = field(default_factory=dict)
    secret_stdin: bool = False
    business_central_secret_stdin: bool = False
    accept_client_key: bool = False


class SetupDraft:
    """The answers so far, on top of the current settings. Nothing is written before `write`."""

    def __init__(self, context: Context, options: SetupOptions) -> None:
        self._context = context
        self._options = dict(options.changes)
        self.answers: dict[str, object] = {}
        self.earlier_answers: dict[str, object] = {}
        """The answers before the last `start_over`."""
        self.new_secrets: dict[SecretKind, SecretKey] = {}
        self._earlier_secrets: dict[SecretKind, SecretKey] = {}
        self._accepts_client_key = options.accept_client_key
        self.accepted = options.accept_client_key
        self.report = ConnectionReport()
        self.before = _settings_before(context)
        """The current settings; None if they are invalid."""

    def start_over(self) -> None:
        """Forget the answers before they are given again; a secret already entered need not be typed again."""
        self.earlier_answers |= self.answers
        self.answers = {}
        self._earlier_secrets |= self.new_secrets
        self.new_secrets = {}
        self.accepted = self._accepts_client_key

    # --- the new settings ---

    @property
    def changes(self) -> dict[str, object]:
        """All options and answers so far, by setting key."""
        return self._options | self.answers

    def loaded(self) -> LoadedSettings:
        """Return the new settings. Raises `SettingsError`."""
        context = self._context
        return load_settings(
            context.environ,
            config_file=context.options.config_file,
            profile=context.options.profile,
            options=self.changes,
        )

    def planned(self) -> LoadedSettings:
        """Return the new settings, with the start time of sales orders if they are being switched on."""
        context = self._context
        before = self.before.settings if self.before is not None else Settings()
        settings = self.settings
        starts = start_changes(before, settings, context.clock.now())
        general = starts.get(GENERAL_START) or settings.sales_orders.start_at
        return load_settings(
            context.environ,
            config_file=context.options.config_file,
            profile=context.options.profile,
            options={key: value or general for key, value in starts.items()} | self.changes,
        )

    @property
    def settings(self) -> Settings:
        """The values of the new settings. Raises `SettingsError`."""
        return self.loaded().settings

    @property
    def values(self) -> Settings:
        """The same while questions are still open: what settings require of each other is not validated."""
        context = self._context
        return load_values(
            context.environ,
            config_file=context.options.config_file,
            profile=context.options.profile,
            options=self.changes,
        )

    def secret_source(self, kind: SecretKind = SecretKind.SELLER) -> "SecretSource":
        """Return where a secret will be kept."""
        return secret_source(self._context, loaded=self.loaded(), kind=kind)

    def present_secret(self, kind: SecretKind = SecretKind.SELLER) -> FoundSecret | None:
        """Return the secret that exists already: entered before, or saved where the current settings keep it.

        A keyring that nobody chose is not asked, because it may want to be unlocked.
        """
        entered = self.new_secrets.get(kind) or self._earlier_secrets.get(kind)
        if entered is not None:
            return FoundSecret(entered, "what you entered")
        sources = [self.secret_source(kind)]
        if self.before is None or not account_of(self.before.settings, kind):
            is_chosen = self.loaded().origins["secret.store"].source != "default"
            sources = sources if is_chosen else [secret_source(self._context, "env", loaded=self.loaded(), kind=kind)]
        else:
            sources.append(secret_source(self._context, loaded=self.before, kind=kind))
        for source in sources:
            try:
                return fetch_secret_key(source, self._context.environ, kind)
            except (SecretMissing, SecretSourceFailed):
                continue
        return None

    def other_client_key(self) -> str | None:
        """Return the client key of the stored orders if the new settings have a different one, else None."""
        draft = self.loaded()
        if not draft.store_file.exists():
            return None
        from kaufland_cli.store.store import Store

        with Store.open(draft.store_file, self._context.clock.now()) as store:
            known = owner_of(store)
        return known if known not in {None, draft.settings.api.client_key} else None

    # --- test ---

    def test(self, output: "Person") -> ConnectionReport:
        """Test the connection with the new settings, show each step, and return the report."""
        self.report = check_connection(self._context, output, self.loaded, self._secrets_to_use, in_force=False)
        return self.report

    def _secrets_to_use(self) -> Secrets:
        if SecretKind.SELLER in self.new_secrets:
            return Secrets(self.new_secrets[SecretKind.SELLER], "what was entered")
        found = fetch_secret_key(self.secret_source(), self._context.environ)
        return Secrets(found.secret, found.source)

    # --- writing ---

    def write(self) -> list[str]:
        """Save the secrets, then the settings; if the settings cannot be written, restore the earlier secrets.

        Returns notes for the user. Raises a `KauflandError`.
        """
        context, draft = self._context, self.loaded()
        saved: list[tuple[WritableSecretSource, SecretKey | None]] = []
        try:
            for kind, secret in self.new_secrets.items():
                if self.secret_source(kind).writable:
                    source = self.secret_source(kind).for_writing()
                    earlier = _fetched(source)
                    source.save(secret)
                    saved.append((source, earlier))
            change_settings(
                draft.locations.config_file, self._changes_to_write(), environ=context.environ, now=context.clock.now()
            )
        except BaseException:
            for source, earlier in saved:
                source.save(earlier) if earlier is not None else source.delete()
            raise
        if self.accepted and self.other_client_key():
            from kaufland_cli.store.store import Store

            with Store.open(draft.store_file, self._context.clock.now()) as found:
                found.sync.set_client_key(draft.settings.api.client_key)
        return [said for kind in (SecretKind.SELLER, SecretKind.BUSINESS_CENTRAL) for said in self._delete_moved(kind)]

    def _changes_to_write(self) -> dict[str, object]:
        """Return options and answers, without answers that only kept a default: the default may change later."""
        chosen = {"secret.store", "api.default_storefront"}  # saved even if they equal the default
        kept = {key for key, value in self.answers.items() if key not in chosen and self._is_default(key, value)}
        return self._options | {key: value for key, value in self.answers.items() if key not in kept}

    def _is_default(self, key: str, value: object) -> bool:
        before = self.before
        if before is None or key not in before.origins:
            return False
        return before.origins[key].source == "default" and value_of(before.settings, key) == value

    def _delete_moved(self, kind: SecretKind) -> list[str]:
        """Delete a secret that has moved from its earlier place; return a note about it."""
        if self.before is None or account_of(self.before.settings, kind) != account_of(self.settings, kind):
            return []
        source, earlier = self.secret_source(kind), secret_source(self._context, loaded=self.before, kind=kind)
        if earlier.place == source.place or not earlier.writable:
            return []
        try:
            if not source.writable or kind not in self.new_secrets:
                earlier.fetch()
                return [f"A {kind.words} is still in {earlier.place}."]
            return [f"The {kind.words} was deleted from {earlier.place}."] if earlier.for_writing().delete() else []
        except SecretMissing:
            return []
        except SecretSourceFailed as error:
            return [f"The {kind.words} may still be in {earlier.place}, which cannot be checked: {error.message}"]


def _settings_before(context: Context) -> LoadedSettings | None:
    try:
        return context.options.load_settings(context.environ)
    except SettingsError:
        return None


def _fetched(source: "SecretSource") -> SecretKey | None:
    try:
        return source.fetch()
    except (SecretMissing, SecretSourceFailed):
        return None
