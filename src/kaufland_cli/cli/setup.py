"""`kaufland setup`: with questions on a terminal, or wholly by options."""

from typing import Annotated

import typer

from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsJson, context_of
from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.errors import TerminalNeeded, WrongUsage


def add_to(app: typer.Typer) -> None:
    app.command("setup")(setup)


def setup(
    call: typer.Context,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Do not ask; use the options and the present settings.")
    ] = False,
    client_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="From the seller portal, 32 characters.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret key from standard input.")
    ] = False,
    secret_store: Annotated[
        str | None,
        typer.Option(
            metavar="STORE",
            help="Where to keep it: keyring, systemd, file, command or env.",
            autocompletion=completion.secret_sources,
        ),
    ] = None,
    secret_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help='For --secret-store command: "pass show kaufland".')
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Address of the Seller API.")] = None,
    use_playground: Annotated[
        bool | None, typer.Option("--use-playground/--no-use-playground", help="Kaufland's playground.")
    ] = None,
    default_storefront: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Default storefront; it never narrows the import.",
            autocompletion=completion.storefronts,
        ),
    ] = None,
    user_agent: Annotated[str | None, typer.Option(metavar="NAME", help="How this program introduces itself.")] = None,
    auto_import_orders: Annotated[
        bool | None, typer.Option("--auto-import-orders/--no-auto-import-orders", help="Import on a schedule.")
    ] = None,
    interval_minutes: Annotated[int | None, typer.Option(metavar="MINUTES", help="Time between imports.")] = None,
    create_sales_orders: Annotated[
        bool | None,
        typer.Option("--create-sales-orders/--no-create-sales-orders", help="Create sales orders for new orders."),
    ] = None,
    default_customer_no: Annotated[str | None, typer.Option(metavar="NO", help="Customer of the sales orders.")] = None,
    default_country: Annotated[
        str | None, typer.Option(metavar="CC", help="Ship-to country of this customer: DE, AT or all.")
    ] = None,
    shipping_number: Annotated[
        str | None, typer.Option(metavar="NO", help="Account (or item) for shipping cost.")
    ] = None,
    sales_order_target: Annotated[
        str | None, typer.Option(metavar="TARGET", help="Where should they be created? file or business_central.")
    ] = None,
    business_central_tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Its id or domain.")] = None,
    business_central_environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment, mostly Production.")
    ] = None,
    business_central_company: Annotated[str | None, typer.Option(metavar="COMPANY", help="Its name or id.")] = None,
    business_central_client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Client id of the app registration.")
    ] = None,
    business_central_secret_stdin: Annotated[
        bool,
        typer.Option(
            "--business-central-secret-stdin",
            help="Read its secret from standard input; with --secret-stdin from the second line.",
        ),
    ] = False,
    log_api_requests: Annotated[
        bool | None, typer.Option("--log-api-requests/--no-log-api-requests", help="Keep every call with its bodies.")
    ] = None,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Set up keys, connection and import.

    Asks for both keys, tests the connection and saves; everything else has a default and can be set on request. Run it
    again at any time: nothing that is set is lost. At each question, < goes back, and Ctrl-C stops without saving.

    Example: kaufland setup

    Without questions:

    kaufland setup --no-input --client-key KEY --secret-stdin < secret.txt
    """
    from kaufland_cli.app.setup.draft import SetupOptions
    from kaufland_cli.app.setup.steps import set_up

    context = context_of(call)
    context.choose_format(as_json=as_json)
    changes = {
        "api.client_key": client_key,
        "api.base_url": base_url,
        "api.use_playground": use_playground,
        "api.default_storefront": default_storefront,
        "api.user_agent": user_agent,
        "secret.store": secret_store,
        "secret.command": secret_command,
        "order_import.auto_import_orders": auto_import_orders,
        "order_import.interval_minutes": interval_minutes,
        "order_import.create_sales_orders": create_sales_orders,
        "order_import.default_customer_no": default_customer_no,
        "sales_orders.default_country": default_country,
        "sales_orders.shipping_number": shipping_number,
        "sales_orders.target": sales_order_target,
        "business_central.tenant": business_central_tenant,
        "business_central.environment": business_central_environment,
        "business_central.company": business_central_company,
        "business_central.client_id": business_central_client_id,
        "debug.log_api_requests": log_api_requests,
    }
    options = SetupOptions(
        changes={key: value for key, value in changes.items() if value is not None},
        secret_stdin=secret_stdin,
        business_central_secret_stdin=business_central_secret_stdin,
        accept_client_key=accept_client_key,
    )
    if not no_input and context.has_terminal and (secret_stdin or business_central_secret_stdin):
        raise WrongUsage(
            "Setup with questions asks for the secret itself, hidden; a secret on standard input is for --no-input.",
            hint=Hint(context.again("--no-input"), ToCopy(" < secret.txt")),
        )
    if not no_input and not context.has_terminal:
        key = () if client_key else ("--client-key", "KEY")
        stdin = () if secret_store in {"env", "command"} else ("--secret-stdin",)
        raise TerminalNeeded(
            "Setup asks questions, and there is no terminal to ask them on.",
            hint=Hint(context.again("--no-input", *key, *stdin), ToCopy(" < secret.txt") if stdin else ""),
        )
    raise typer.Exit(set_up(context, options, ask=not no_input))
