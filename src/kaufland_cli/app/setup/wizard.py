"""The questions of `kaufland setup`, section by section, with the present values as defaults."""

import shlex

from kaufland_cli.app.context import Context
from kaufland_cli.app.secret_places import SecretPlace, best_place, secret_places
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.app.setup.questions import NOTHING, SettingQuestions, checked
from kaufland_cli.app.setup.sales_orders import SalesOrderQuestions
from kaufland_cli.app.setup.summary import summary
from kaufland_cli.domain.hint import MORE, command
from kaufland_cli.errors import CredentialsRefused, SecretMissing, SecretSourceFailed, WrongUsage
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings import masked
from kaufland_cli.settings.edit import parse_value


class Wizard(SettingQuestions):
    """Asks a person, and collects the answers in the draft."""

    def __init__(self, context: Context, draft: SetupDraft) -> None:
        super().__init__(context.questions(command("setup", "--no-input", MORE)), draft)
        self._context = context
        self._output = context.output_for_person
        self._refused = False
        """Whether Kaufland has just refused the keys, so that Enter must not keep the secret key unseen."""
        self._places: list[SecretPlace] = []

    def ask(self) -> bool:
        """Ask everything, test the connection, show the summary; return whether it is to be written."""
        asked, draft = self._asked, self._draft
        asked.title("Setting up kaufland")
        asked.explain(
            "Press Enter to keep the value in brackets, or Ctrl-C to stop at any time. Nothing is written before the "
            "summary at the end."
        )
        keys_only = False
        while True:
            if not keys_only:
                self._connection()
            self._keys()
            asked.title("Testing the connection")
            if draft.test(self._output):
                break
            keys_only = type(draft.report.error) is CredentialsRefused
            again = "Enter the keys again?" if keys_only else "Change the answers and try again?"
            if not asked.yes_no(again, default=True):
                return False
            self._refused = keys_only
        self._storefronts()
        self._import()
        self._same_account()
        asked.title("Summary")
        asked.facts(summary(draft.planned(), draft.report, draft.secret_source().place))
        self._output.line("")
        return asked.yes_no("Write this?", default=True)

    # --- sections ---

    def _connection(self) -> None:
        self._asked.title("Connection")
        playground = self._yes_no("api.use_playground", "Use Kaufland's playground instead of the real marketplace?")
        self._value("api.playground_base_url" if playground else "api.base_url", "Base URL")
        self._value("api.user_agent", "User agent")

    def _keys(self) -> None:
        self._asked.title("Keys")
        self._asked.explain(
            "You find them in the seller portal under Settings > Shop settings > API. Creating new keys "
            "invalidates the old ones at once, for your other software too."
        )
        self._client_key()
        self._place_of_secret()
        self._secret(SecretKind.SELLER, "Secret key (64 characters, not shown)", refused=self._refused)

    def _client_key(self) -> None:
        while True:
            before = self._draft.settings.api.client_key
            self._needed("api.client_key", "Client key (32 characters)", "The client key is needed.")
            warnings = [one for one in self._draft.loaded().warnings if one.startswith("api.client_key")]
            for warning in warnings:
                self._asked.refuse(warning.removeprefix("api.client_key: ").removesuffix(" (--client-key)"))
            known = self._draft.settings.api.client_key == before
            if not warnings or known or self._asked.yes_no("Keep it anyway?", default=False):
                return
            self._draft.answers.pop("api.client_key", None)

    def _place_of_secret(self) -> None:
        """Ask where the secret key is to be kept, and try that place."""
        draft = self._draft
        loaded, answers = draft.loaded(), dict(draft.answers)
        self._places = self._places or secret_places(self._context, loaded)
        chosen = loaded.origins["secret.store"].source != "default"
        present = loaded.settings.secret.store if chosen else best_place(self._places)
        self._asked.explain("Where should the secret key be kept?", apart=True)
        self._asked.facts([(place.name, place.words) for place in self._places])
        while True:
            name = self._asked.choice("Keep it in", [place.name for place in self._places], present)
            if name == "command":
                self._command()
            draft.answers["secret.store"] = name
            try:
                draft.secret_source().probe()
            except (SecretMissing, SecretSourceFailed) as error:
                self._asked.refuse(f"{error.message}\n{self._context.typed(error.hint)}")
                draft.answers = dict(answers)
                continue
            return

    def _command(self) -> None:
        """Ask for the command that prints the secret key; what stands in brackets is one line, what is kept a list."""
        present = self._draft.settings.secret.command
        shown = shlex.join(present)

        def check(text: str) -> object:
            words = present if present and text == shown else parse_value("secret.command", text)
            if not words:
                raise WrongUsage("A command is needed, for example: pass show kaufland")
            return words

        self._draft.answers["secret.command"] = self._asked.text("Command that prints the secret key", shown, check)

    def _storefronts(self) -> None:
        self._asked.title("Storefronts")
        found = self._draft.report.storefronts or []
        if found:
            self._asked.explain(f"Your account has {', '.join(found)}. Orders of all of them are imported.")
        key, loaded = "api.default_storefront", self._draft.loaded()
        usual = "de" if "de" in found else next(iter(found), "")
        if loaded.origins[key].source != "default":
            usual = loaded.settings.api.default_storefront  # a chosen "none" stays one

        def check(text: str) -> object:
            code = checked(key, text)
            if found and code and code not in found:
                raise WrongUsage(f"Your account does not have this storefront; it has {', '.join(found)}.")
            return code

        question = f"Storefront for calls that need one ({NOTHING} for none)"
        self._draft.answers[key] = self._asked.text(question, usual or NOTHING, check)

    def _import(self) -> None:
        self._asked.title("Importing orders")
        plan = self._draft.settings.order_import
        if self._yes_no("order_import.auto_import_orders", "Import orders on a schedule?"):
            self._value("order_import.interval_minutes", "Minutes between imports")
        if self._asked.yes_no("Create sales orders from them?", default=plan.create_sales_orders):
            SalesOrderQuestions(self._context, self._asked, self._draft).ask()
        else:
            self._draft.answers["order_import.create_sales_orders"] = False
        self._asked.title("API log")
        self._asked.explain(
            "Failed requests are always logged. Log all of them, with their bodies, to track down a problem."
        )
        self._yes_no("debug.log_api_requests", "Log every request, with bodies?")

    def _same_account(self) -> None:
        other = self._draft.other_client_key()
        if not self._draft.accepted and other:
            self._draft.accepted = self._asked.yes_no(
                f"The orders stored so far came with the client key {masked(other)}. Is it the same seller account?",
                default=False,
            )
