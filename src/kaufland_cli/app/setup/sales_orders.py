"""The questions of `kaufland setup` about sales orders: where they are created and for which customers."""

from functools import partial
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.results import TargetChecks
from kaufland_cli.app.setup.business_central import blocking_error, check_business_central
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.app.setup.questions import NOTHING, SettingQuestions, checked
from kaufland_cli.app.setup.summary import NEVER_CREATED, held_orders
from kaufland_cli.errors import TargetCredentialsRefused, WrongUsage
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings import value_of
from kaufland_cli.settings.rules import ALL_COUNTRIES

if TYPE_CHECKING:
    from kaufland_cli.app.person import Questions

_WORDS_PER_LINE: Final = (2, 3, 4)
_YES_OR_NO: Final = frozenset({"y", "yes", "n", "no", "j", "ja", "nein"})
_SHIPPING: Final = f"{NOTHING} for none, such orders are then held"


class SalesOrderQuestions(SettingQuestions):
    """Asks where sales orders are created and for which customers; what stays unknown is held, never guessed."""

    def __init__(self, context: Context, asked: "Questions", draft: SetupDraft) -> None:
        super().__init__(asked, draft)
        self._context = context

    def ask(self) -> None:
        """Ask everything, switch sales orders on in the draft, and test Business Central if they go there."""
        asked, answers = self._asked, self._draft.answers
        asked.title("Sales orders")
        asked.explain(
            "An order that cannot be booked correctly is held, with the reason. Each customer is for the VAT of one "
            f"country. Never created: {NEVER_CREATED}."
        )
        asked.explain("Where should they be created?", apart=True)
        asked.facts(
            [
                ("file", "files in a folder, for any merchandise system to pick up"),
                ("business_central", "Microsoft Dynamics 365 Business Central"),
            ]
        )
        target = self._choice("sales_orders.target", "Create them as", ("file", "business_central"))
        if target == "file":
            self._optional("sales_orders.folder", f"Folder ({NOTHING} for one next to the store)")
        else:
            self._business_central()
            self._business_central_secret()
        asked.explain("Who they are for:", apart=True)
        self._number("order_import.default_customer_no", "Customer no. of the sales orders", needed=True)
        self._value(
            "sales_orders.default_country", f"Ship-to country of this customer ({ALL_COUNTRIES} for every country)"
        )
        self._number("sales_orders.shipping_number", f"Account for shipping cost ({_SHIPPING})")
        self._storefronts()
        answers["order_import.create_sales_orders"] = True
        self._test_business_central()

    def _number(self, key: str, question: str, *, needed: bool = False) -> None:
        """Ask for the number of a customer or an account."""
        present = str(value_of(self._draft.values, key)) or ("" if needed else NOTHING)

        def check(text: str) -> str:
            number = _number_typed(key, text)
            if needed and not number:
                raise WrongUsage("A customer number is needed.")
            return number

        self._draft.answers[key] = self._asked.text(question, present, check)

    def _test_business_central(self) -> None:
        """Test Business Central until it works or the person keeps the answers anyway."""
        while checks := check_business_central(self._context, self._draft):
            self._asked.title("Testing Business Central")
            self._context.output_for_person.show_result(TargetChecks(checks))
            error = blocking_error(checks, self._draft.settings)
            if error is None or not self._asked.yes_no(
                "Answer the Business Central questions again (n keeps the answers anyway)?", default=True
            ):
                return
            self._business_central()
            self._business_central_secret(refused=isinstance(error, TargetCredentialsRefused))

    def _storefronts(self) -> None:
        """Show the customers of all storefronts in a table, and ask for changes until there are none."""
        asked, draft = self._asked, self._draft
        draft.answers |= {key: value for key, value in draft.earlier_answers.items() if key.startswith("storefronts.")}
        settings = draft.values
        codes = sorted({*(self._draft.report.storefronts or []), *settings.storefronts})
        if not codes:
            return
        asked.title("Customers by storefront")
        asked.explain(
            "To change a line, type storefront and customer, and if you like shipping account and country, for example "
            f"{codes[0]} D0010 8410. Type {NOTHING} for none. Separate lines with commas."
        )
        while True:
            self._show_storefronts(codes)
            changes = asked.text("Change (Enter to go on)", "", partial(_typed_lines, codes))
            if not changes:
                return
            for line in changes:
                self._change_storefront(*line)

    def _show_storefronts(self, codes: list[str]) -> None:
        settings, rows = self._draft.values, []
        for code in codes:
            country = settings.storefront_country(code)
            customer = settings.customer_for(code, country) or "none: held"
            rows.append((code, country, customer, settings.shipping_number(code, None) or "none: held"))
        self._asked.table(("Storefront", "Country", "Customer", "Shipping"), rows)

    def _change_storefront(self, code: str, customer: str, shipping: str | None, country: str | None) -> None:
        """Keep only what differs: a value equal to the general one should change with it."""
        settings, answers = self._draft.values, self._draft.answers
        if country is not None and country != settings.storefront_country(code):
            answers[f"storefronts.{code}.country"] = country
        if customer != settings.customer_for(code, country or settings.storefront_country(code)):
            answers[f"storefronts.{code}.default_customer_no"] = customer
        if shipping is not None and shipping != settings.shipping_number(code, None):
            answers[f"storefronts.{code}.shipping_number"] = shipping

    def _business_central(self) -> None:
        needed = "Business Central cannot be reached without it."
        if self._choice("business_central.authentication", "Log in with oauth or basic", ("oauth", "basic")) == "oauth":
            self._needed("business_central.tenant", "Tenant (its id or domain)", needed)
            self._needed("business_central.environment", "Environment", needed)
            self._needed("business_central.client_id", "Client id of the app registration", needed)
        else:
            self._needed("business_central.base_url", "Address of Business Central (up to /api/v2.0)", needed)
            self._needed("business_central.user_name", "User name", needed)
        self._needed("business_central.company", "Company (its name or id)", needed)
        if not self._draft.values.business_central_environment:
            self._optional(
                "business_central.playground_environment",
                f"Sandbox for test orders ({NOTHING} to create none)",
            )

    def _business_central_secret(self, *, refused: bool = False) -> None:
        source = self._draft.secret_source(SecretKind.BUSINESS_CENTRAL)
        if source.name == "command":
            self._command(
                "secret.business_central_command",
                "Command that prints the secret of Business Central",
                "pass show business-central",
            )
        elif not source.writable:
            self._asked.explain(f"Its secret is read from the variable {SecretKind.BUSINESS_CENTRAL.variable}.")
        self._secret(SecretKind.BUSINESS_CENTRAL, "Secret of Business Central (not shown)", refused=refused)


def offer_to_hold_less(asked: "Questions", draft: SetupDraft) -> None:
    """Offer one customer for all countries, and sales orders without a first confirmation; both are off by default."""
    settings = draft.settings
    if not settings.creates_any_sales_orders:
        return
    plan, number = settings.sales_orders, settings.order_import.default_customer_no
    accepted = False
    if number and plan.default_country != ALL_COUNTRIES:
        asked.explain(
            f"A customer stands for the VAT of one country. Use {number} for all countries only if its VAT is right "
            "for all of them.",
            apart=True,
        )
        if asked.yes_no(f"Use customer {number} for all countries?", default=False):
            draft.answers["sales_orders.default_country"] = ALL_COUNTRIES
            accepted = True
    if plan.confirm_first and asked.yes_no("Create sales orders without confirming the first one?", default=False):
        draft.answers["sales_orders.confirm_first"] = False
        accepted = True
    if accepted:
        asked.facts([("Held now", held_orders(draft.settings, draft.report.storefronts or []) or "none")])


def _typed_lines(codes: list[str], text: str) -> list[tuple[str, str, str | None, str | None]]:
    """Return the typed lines of the storefront table. Raises `WrongUsage`."""
    return [_typed_line(codes, line.split()) for line in text.replace(";", ",").split(",") if line.strip()]


def _typed_line(codes: list[str], words: list[str]) -> tuple[str, str, str | None, str | None]:
    code = words[0].lower()
    if code not in codes:
        raise WrongUsage(f"{words[0]!r} is not one of your storefronts: {', '.join(codes)}.")
    if len(words) not in _WORDS_PER_LINE:
        raise WrongUsage(f"Type storefront, customer, shipping account and country, for example {code} D0010 8410.")
    numbers = [
        _number_typed(f"storefronts.{code}.{name}", word)
        for name, word in zip(("default_customer_no", "shipping_number"), words[1:], strict=False)
    ]
    country = str(checked(f"storefronts.{code}.country", words[3])) if len(words) == _WORDS_PER_LINE[-1] else None
    return code, numbers[0], numbers[1] if len(numbers) > 1 else None, country


def _number_typed(key: str, text: str) -> str:
    """Return the number of a customer or an account; yes or no was meant for another question."""
    if text.strip().lower() in _YES_OR_NO:
        raise WrongUsage(f"{text.strip()!r} is not a number. Type a number, or {NOTHING} for none.")
    return str(checked(key, text))
