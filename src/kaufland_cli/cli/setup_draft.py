"""The settings and the secret key as `kaufland setup` would leave them: collected, tried out, written at the end."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from kaufland_cli.cli.session import Session
from kaufland_cli.connection import ConnectionReport, ConnectionTest, seller_api
from kaufland_cli.errors import SecretMissing, SecretStoreFailed, SettingsError
from kaufland_cli.secret_key import FoundSecret, SecretKey, fetch_secret_key
from kaufland_cli.settings import LoadedSettings, Settings, load_settings, value_of
from kaufland_cli.settings.edit import change_settings

if TYPE_CHECKING:
    from kaufland_cli.output import Output
    from kaufland_cli.secret_key import SecretStore


@dataclass
class SetupWish:
    """What the options of the command say."""

    changes: dict[str, object] = field(default_factory=dict)
    secret_stdin: bool = False
    accept_client_key: bool = False


class SetupDraft:
    """What setup has been told so far, over what is set already. Nothing is written before `write`."""

    def __init__(self, session: Session, wish: SetupWish) -> None:
        self._session = session
        self._options = dict(wish.changes)
        self.answers: dict[str, object] = {}
        self.new_secret: SecretKey | None = None
        self.accepted = wish.accept_client_key
        self.report = ConnectionReport()
        self.before = _settings_before(session)
        """The settings in force until now; None where they are faulty."""

    # --- what would hold ---

    @property
    def changes(self) -> dict[str, object]:
        """Everything told so far."""
        return self._options | self.answers

    def loaded(self) -> LoadedSettings:
        """Return the settings as they would be. Raises `SettingsError`."""
        session = self._session
        return load_settings(
            session.environ, config_file=session.config_file, profile=session.profile, options=self.changes
        )

    @property
    def settings(self) -> Settings:
        """The values of the settings as they would be."""
        return self.loaded().settings

    def store(self) -> "SecretStore":
        """Return the store in which the secret key would be kept."""
        return self._session.secret_store(loaded=self.loaded())

    def present_secret(self) -> FoundSecret | None:
        """Return the secret key that is there already: entered before, or wherever the settings in force keep it."""
        if self.new_secret is not None:
            return FoundSecret(self.new_secret, "what you entered")
        stores = [self.store()]
        if self.before is not None:
            stores.append(self._session.secret_store(loaded=self.before))
        for store in stores:
            try:
                return fetch_secret_key(store, self._session.environ)
            except (SecretMissing, SecretStoreFailed):
                continue
        return None

    def other_client_key(self) -> str | None:
        """Return the client key of the orders stored so far where the settings would name another one."""
        draft = self.loaded()
        if not draft.store_file.exists():
            return None
        from kaufland_cli.store.store import Store

        with Store.open(draft.store_file, self._session.clock.now()) as store:
            known = self._session.owner_of(store)
        return known if known not in {None, draft.settings.api.client_key} else None

    # --- trying out ---

    def test(self, output: "Output") -> bool:
        """Test the connection as it would be; show each step."""
        session = self._session
        test = ConnectionTest(session.clock, lambda step: output.connection_step(asdict(step)))
        self.report = test.report
        settings = test.settings(lambda: self.settings)
        secret = test.secret(self._secret_to_use) if settings is not None else None
        if settings is not None and secret is not None:
            with seller_api(settings, secret, None, clock=session.clock, random=session.random) as api:
                test.api(api)
        output.connection_end(test.report.record())
        return test.report.success

    def _secret_to_use(self) -> tuple[SecretKey, str]:
        if self.new_secret is not None:
            return self.new_secret, "what was entered"
        found = fetch_secret_key(self.store(), self._session.environ)
        return found.secret, found.source

    # --- writing ---

    def write(self) -> list[str]:
        """Keep the secret key, then the settings; where the settings cannot be written, the secret key is put back.

        Returns what else is worth saying.
        """
        draft, store = self.loaded(), self.store()
        keeps = self.new_secret is not None and store.writable
        earlier = _fetched(store) if keeps else None
        if self.new_secret is not None and keeps:
            store.save(self.new_secret)
        try:
            change_settings(draft.locations.config_file, self._changes_to_write(), environ=self._session.environ)
        except BaseException:
            if keeps:
                store.save(earlier) if earlier is not None else store.delete()
            raise
        if self.accepted and self.other_client_key():
            from kaufland_cli.store.store import Store

            with Store.open(draft.store_file, self._session.clock.now()) as found:
                found.sync.set_client_key(draft.settings.api.client_key)
        return self._leave_earlier_place(store)

    def _changes_to_write(self) -> dict[str, object]:
        """Return the options and the answers, without those that only kept a default: a default may change later."""
        chosen = {"secret.store", "api.default_storefront"}  # that none is wanted has to be remembered too
        kept = {key for key, value in self.answers.items() if key not in chosen and self._is_default(key, value)}
        return self._options | {key: value for key, value in self.answers.items() if key not in kept}

    def _is_default(self, key: str, value: object) -> bool:
        before = self.before
        if before is None or key not in before.origins:
            return False
        return before.origins[key].source == "default" and value_of(before.settings, key) == value

    def _leave_earlier_place(self, store: "SecretStore") -> list[str]:
        """Delete the secret key where it was kept until now, if it has moved; say so."""
        if self.before is None or self.before.settings.api.client_key != self.settings.api.client_key:
            return []
        earlier = self._session.secret_store(loaded=self.before)
        if earlier.place == store.place or not earlier.writable:
            return []
        if not store.writable or self.new_secret is None:
            return [f"A secret key may still lie in {earlier.place}."] if _fetched(earlier) is not None else []
        try:
            return [f"The secret key was deleted from {earlier.place}."] if earlier.delete() else []
        except SecretStoreFailed as error:
            return [f"The secret key still lies in {earlier.place} too: {error.message}"]


def _settings_before(session: Session) -> LoadedSettings | None:
    try:
        return session.load()
    except SettingsError:
        return None


def _fetched(store: "SecretStore") -> SecretKey | None:
    try:
        return store.fetch()
    except (SecretMissing, SecretStoreFailed):
        return None
