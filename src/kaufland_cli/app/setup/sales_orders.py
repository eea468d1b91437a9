"""The questions of `kaufland setup` about sales orders: for whom, and where they are created."""

import shlex
from functools import partial
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.setup.business_central import decisive_error, tried_out
from kaufland_cli.app.setup.draft import SetupDraft
from kaufland_cli.app.setup.questions import NOTHING, SettingQuestions, checked
from kaufland_cli.app.setup.summary import NEVER_CREATED
from kaufland_cli.errors import TargetCredentialsRefused, WrongUsage
from kaufland_cli.secrets import SecretKind
from kaufland_cli.settings.edit import parse_value

if TYPE_CHECKING:
    from kaufland_cli.app.person import Questions

_SHIPPING: Final = f"{NOTHING} for none: orders with shipping cost are held"


class SalesOrderQuestions(SettingQuestions):
    """Asks for whom sales orders are and where they are created; what is not known is held, never guessed."""

    def __init__(self, context: Context, asked: "Questions", draft: SetupDraft) -> None:
        super().__init__(asked, draft)
        self._context = context

    def ask(self) -> None:
        """Ask everything, leave sales orders switched on in the draft, and try out where they are created."""
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
            self._optional("sales_orders.folder", f"Folder ({NOTHING}: next to the store)")
        else:
            self._business_central()
            self._business_central_secret()
        asked.explain("Which customer they are for:", apart=True)
        self._needed(
            "order_import.default_customer_no", "Customer no. of the sales orders", "They need a customer number."
        )
        self._value("sales_orders.default_country", "Ship-to country of this customer")
        self._optional("sales_orders.shipping_number", f"Account for shipping cost ({_SHIPPING})")
        self._storefronts()
        answers["order_import.create_sales_orders"] = True
        self._try_out()

    def _try_out(self) -> None:
        """Try out Business Central until it works or the person keeps it all the same."""
        while checks := tried_out(self._context, self._draft):
            self._asked.title("Testing Business Central")
            self._context.output_for_person.show_result(
                "sales_order_check", {"checks": [one.record(self._context.chosen) for one in checks]}
            )
            error = decisive_error(checks, self._draft.settings)
            if error is None or not self._asked.yes_no(
                "Answer the Business Central questions again (n keeps the answers anyway)?", default=True
            ):
                return
            self._business_central()
            self._business_central_secret(refused=isinstance(error, TargetCredentialsRefused))

    def _storefronts(self) -> None:
        """Ask for what differs for the storefronts that Kaufland reports and for those that have settings already."""
        settings = self._draft.values
        own = [code for code, one in settings.storefronts.items() if one.default_customer_no or one.shipping_number]
        codes = sorted({*(self._draft.report.storefronts or []), *own})
        without = [code for code in codes if not settings.customer_for(code, settings.storefront_country(code))]
        if without:
            self._asked.explain(f"No customer yet for {', '.join(without)}: their orders would be held.")
        if codes and self._asked.yes_no(
            "Set customers and shipping for individual storefronts?", default=bool(own or without)
        ):
            for code in codes:
                self._storefront(code)

    def _storefront(self, code: str) -> None:
        settings, answers = self._draft.values, self._draft.answers
        country = self._answer(
            f"storefronts.{code}.country", f"Country of storefront {code}", settings.storefront_country(code)
        )
        if country != settings.storefront_country(code):
            answers[f"storefronts.{code}.country"] = country
        present = {
            "default_customer_no": settings.customer_for(code, country),
            "shipping_number": settings.shipping_number(code, None),
        }
        questions = {
            "default_customer_no": f"Customer no. for {code}, shipped to {country}",
            "shipping_number": f"Account for shipping cost of {code}",
        }
        for name, question in questions.items():
            key = f"storefronts.{code}.{name}"
            number = self._answer(key, question, present[name] or NOTHING)
            if number != present[name]:  # what only repeats the general value may change with it
                answers[key] = number

    def _answer(self, key: str, question: str, default: str) -> str:
        return str(self._asked.text(question, default, partial(checked, key)))

    def _business_central(self) -> None:
        needed = "Business Central is not reached without it."
        if self._choice("business_central.authentication", "Log in with oauth or basic", ("oauth", "basic")) == "oauth":
            self._needed("business_central.tenant", "Tenant (its id or domain)", needed)
            self._needed("business_central.environment", "Environment", needed)
            self._needed("business_central.client_id", "Client id of the app registration", needed)
        else:
            self._needed("business_central.base_url", "Base URL (up to /api/v2.0)", needed)
            self._needed("business_central.user_name", "User name", needed)
        self._needed("business_central.company", "Company (its name or id)", needed)
        if not self._draft.values.business_central_environment:
            self._optional(
                "business_central.playground_environment",
                f"Sandbox for test orders ({NOTHING}: create none)",
            )

    def _business_central_secret(self, *, refused: bool = False) -> None:
        source = self._draft.secret_source(SecretKind.BUSINESS_CENTRAL)
        if source.name == "command":
            self._command()
        elif not source.writable:
            self._asked.explain(f"Its secret is read from the variable {SecretKind.BUSINESS_CENTRAL.variable}.")
        self._secret(SecretKind.BUSINESS_CENTRAL, "Secret of Business Central (not shown)", refused=refused)

    def _command(self) -> None:
        """Ask for the command that prints the secret; what stands in brackets is one line, what is kept a list."""
        key, present = "secret.business_central_command", self._draft.values.secret.business_central_command
        shown = shlex.join(present)

        def check(text: str) -> object:
            words = present if present and text == shown else parse_value(key, text)
            if not words:
                raise WrongUsage("A command is needed, for example: pass show business-central")
            return words

        self._draft.answers[key] = self._asked.text("Command that prints the secret keys secret", shown, check)
