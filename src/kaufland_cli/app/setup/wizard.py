"""The questions of `kaufland setup`: both keys, a test, and everything else on request; current values are defaults."""

from kaufland_cli.app.context import Context
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.app.setup.questions import NOTHING, Conversation, SettingQuestions, StartAgain, checked
from kaufland_cli.app.setup.sales_orders import SalesOrderQuestions, offer_to_hold_less
from kaufland_cli.app.setup.secret_places import SecretPlace, best_place, secret_places
from kaufland_cli.app.setup.summary import summary
from kaufland_cli.domain.hint import MORE, Hint, command
from kaufland_cli.errors import CredentialsRefused, SecretMissing, SecretSourceFailed, WrongUsage
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings import masked, value_of

_STOREFRONT = "api.default_storefront"
_SECRET_QUESTION = "Secret key (64 characters, not shown)"  # noqa: S105 - a question
_CONNECTION = ("api.base_url", "api.use_playground", "api.playground_base_url", "api.client_key")


class Wizard(SettingQuestions):
    """Asks all questions and collects the answers in the draft."""

    def __init__(self, context: Context, draft: SetupDraft) -> None:
        self._conversation = Conversation(context.questions(command("setup", "--no-input", MORE), back=True))
        super().__init__(self._conversation, draft)
        self._context = context
        self._output = context.output_for_person
        self._places: list[SecretPlace] = []

    def ask(self) -> bool:
        """Ask what is needed, test the connection, show the summary; return whether to save."""
        return self._conversation.run(self._ask_all, self._draft.start_over)

    def _ask_all(self) -> bool:
        asked, draft = self._asked, self._draft
        asked.title("Setting up kaufland")
        asked.explain(
            "Enter keeps the value in brackets, < goes back one question, Ctrl-C stops. Nothing is saved until you "
            "say so at the end."
        )
        self._keys()
        if not self._test():
            return False
        if asked.yes_no("More settings (storefronts, sales orders, log, playground)?", default=False):
            tested = self._tested_values()
            self._connection()
            self._value("api.user_agent", "User agent")
            asked.title("Where the secret key is kept")
            self._ask_place()
            if self._tested_values() != tested and not self._test():
                return False
            self._storefront()
            self._import()
        else:
            self._keep_suggested_storefront()
        self._same_account()
        asked.title("Summary")
        asked.facts(summary(draft.planned(), draft.report, draft.secret_source().place))
        offer_to_hold_less(asked, draft)
        if self._conversation.decide("Save this?", default=True):
            return True
        if self._conversation.decide("Change the answers?", default=True):
            raise StartAgain
        draft.report.error = None  # nothing is saved because the person said so, not because of the test
        return False

    # --- keys and connection ---

    def _keys(self, *, refused: bool = False) -> None:
        self._asked.title("Keys")
        self._asked.explain(
            "You find them in the seller portal under Settings > Shop settings > API. Creating new keys "
            "invalidates the old ones at once, for your other software too."
        )
        self._client_key()
        chosen = self._draft.loaded().origins["secret.store"].source != "default"
        if chosen and not self._place_works():
            self._ask_place()
        self._secret(SecretKind.SELLER, _SECRET_QUESTION, refused=refused)
        if not chosen:
            self._use_best_place()

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

    def _use_best_place(self) -> None:
        """Keep the secret key in the best place that works here, without asking."""
        self._draft.answers["secret.store"] = best_place(self._known_places())
        if self._place_works():
            self._asked.facts([("Kept in", self._draft.secret_source().place)])
        else:
            self._ask_place()

    def _test(self) -> bool:
        """Test the connection until it works or the person goes on without; return whether to go on."""
        asked, draft = self._asked, self._draft
        while True:
            asked.title("Testing the connection")
            draft.report = self._conversation.once("the connection", lambda: draft.test(self._output))
            if draft.report.success:
                return True
            if type(draft.report.error) is CredentialsRefused:
                if self._conversation.decide("Enter the keys again?", default=True):
                    self._playground()
                    self._keys(refused=True)
                    continue
                return self._conversation.decide("Save without a working test?", default=False)
            if self._conversation.decide("Save without a test?", default=False):
                return True
            asked.explain("Your answers are in brackets. Ctrl-C stops without saving.")
            self._connection()
            self._keys()

    def _tested_values(self) -> list[object]:
        """Return what the result of the connection test depends on."""
        values = self._draft.values
        return [*(value_of(values, key) for key in _CONNECTION), self._draft.secret_source().writable]

    def _connection(self) -> None:
        self._asked.title("Connection")
        if self._playground():
            self._value("api.playground_base_url", "Base URL of the playground")
        else:
            self._value("api.base_url", "Base URL")

    def _playground(self) -> bool:
        return self._yes_no("api.use_playground", "Use Kaufland's playground instead of the real marketplace?")

    # --- the place of the secret key ---

    def _known_places(self) -> list[SecretPlace]:
        self._places = self._places or secret_places(self._context, self._draft.loaded())
        return self._places

    def _place_works(self) -> bool:
        """Check the place of the secret key, and say what is wrong with it; return whether it works."""
        try:
            self._draft.secret_source().probe()
        except (SecretMissing, SecretSourceFailed) as error:
            self._asked.refuse(Hint(f"{error.message}\n", error.hint))
            return False
        return True

    def _ask_place(self) -> None:
        """Ask where to keep the secret key until that place works."""
        draft, places = self._draft, self._known_places()
        answers = dict(draft.answers)
        loaded = draft.loaded()
        chosen = loaded.origins["secret.store"].source != "default"
        present = loaded.settings.secret.store if chosen else best_place(places)
        self._asked.facts([(place.name, place.words) for place in places])
        while True:
            name = self._asked.choice("Keep it in", [place.name for place in places], present)
            if name == "command":
                self._command("secret.command", "Command that prints the secret key", "pass show kaufland")
            draft.answers["secret.store"] = name
            if self._place_works():
                break
            draft.answers = dict(answers)
        if not draft.secret_source().writable:
            draft.new_secrets.pop(SecretKind.SELLER, None)
        elif SecretKind.SELLER not in draft.new_secrets:
            self._secret(SecretKind.SELLER, _SECRET_QUESTION)

    # --- everything else ---

    def _storefront(self) -> None:
        self._asked.title("Storefronts")
        found = self._draft.report.storefronts or []
        if found:
            self._asked.explain(f"Your account has {', '.join(found)}. Orders of all of them are imported.")

        def check(text: str) -> object:
            code = checked(_STOREFRONT, text)
            if found and code and code not in found:
                raise WrongUsage(f"Your account does not have this storefront; it has {', '.join(found)}.")
            return code

        question = f"Default storefront ({NOTHING} for none)"
        self._draft.answers[_STOREFRONT] = self._asked.text(question, self._suggested_storefront() or NOTHING, check)

    def _keep_suggested_storefront(self) -> None:
        if usual := self._suggested_storefront():
            self._draft.answers[_STOREFRONT] = usual

    def _suggested_storefront(self) -> str:
        """Return the chosen storefront, else the German one if the account has it, else its first one."""
        loaded = self._draft.loaded()
        if loaded.origins[_STOREFRONT].source != "default":
            return loaded.settings.api.default_storefront  # empty if "none" was chosen
        found = self._draft.report.storefronts or []
        return "de" if "de" in found else next(iter(found), "")

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
