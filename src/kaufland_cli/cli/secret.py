"""`kaufland secret set / status / delete`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.app.secret import delete_secret, find_secret, need_account, save_secret
from kaufland_cli.cli.options import AsJson, Yes, context_of, group
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.secrets import SecretKind


_group = group("Store the secret key without ever showing it.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="secret")


Partner = Annotated[bool, typer.Option("--partner", help="The technology partner's secret key, not the seller's.")]
BusinessCentral = Annotated[bool, typer.Option("--business-central", help="The secret of Business Central.")]
Mail = Annotated[bool, typer.Option("--mail", help="The password of the mail server (monitoring.smtp_user).")]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="Read the secret key from standard input.")]


@_group.command("set")
def set_secret(
    call: typer.Context,
    secret_stdin: SecretStdin = False,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
) -> None:
    """Save the secret key where the settings say.

    Asks for it, hidden.

    Example: kaufland secret set

    In a script: pass show kaufland | kaufland secret set --secret-stdin
    """
    kind = _kind(partner=partner, business_central=business_central, mail=mail)
    save_secret(context_of(call), kind, from_stdin=secret_stdin)


@_group.command("status")
def status(
    call: typer.Context,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
    as_json: AsJson = False,
) -> None:
    """Show where the secret key is kept.

    And whether it can be fetched, without showing a character of it.

    Example: kaufland secret status
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    kind = _kind(partner=partner, business_central=business_central, mail=mail)
    need_account(context, kind)
    found = find_secret(context, kind)
    if as_json:
        from kaufland_cli.output.records.settings import secret_record

        context.output.document(secret_record(context.settings.secret.store, found), schema="kaufland.secret/1")
    else:
        mark = found.secret.fingerprint or "too short for a fingerprint"
        context.output.line(f"*** from {found.source}, {found.secret.length} characters, {mark}")


@_group.command("delete")
def delete(
    call: typer.Context,
    yes: Yes = False,
    partner: Partner = False,
    business_central: BusinessCentral = False,
    mail: Mail = False,
) -> None:
    """Delete the secret key; asks first.

    From where the settings say it is kept; nothing changes in the seller portal.

    Example: kaufland secret delete --yes
    """
    kind = _kind(partner=partner, business_central=business_central, mail=mail)
    delete_secret(context_of(call), kind, yes=yes)


def _kind(*, partner: bool, business_central: bool, mail: bool) -> "SecretKind":
    """Return the kind of secret that the options mean. Raises `WrongUsage` for more than one."""
    from kaufland_cli.secrets import SecretKind

    chosen = [
        kind
        for kind, wanted in (
            (SecretKind.PARTNER, partner),
            (SecretKind.BUSINESS_CENTRAL, business_central),
            (SecretKind.MAIL, mail),
        )
        if wanted
    ]
    if len(chosen) > 1:
        raise WrongUsage("Use only one of --partner, --business-central and --mail.", hint=Hint("Choose one of them."))
    return chosen[0] if chosen else SecretKind.SELLER
