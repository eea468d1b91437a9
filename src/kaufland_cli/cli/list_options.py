"""Options of every command with `--csv`: spreadsheets, and which fields are listed."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from kaufland_cli.cli.options import context_of
from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.errors import WrongUsage

_EXCEL: Final = "--csv=excel"
_EXCEL_AS_A_FLAG: Final = "--csv-excel"


def accept_for_lists(group: Any, *words: str) -> None:
    """Give each command in a group that has `--csv` the other options for lists too, right behind it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            accept_for_lists(command, *words, name)
            continue
        place = next((place for place, one in enumerate(command.params) if one.name == "as_csv"), None)
        if place is not None:
            own = [_of_a_list(one, (*words, name)) for one in _options()]
            command.params[place + 1 : place + 1] = own


def as_flags(arguments: Sequence[str]) -> list[str]:
    """Return the words of a command line with `--csv=excel` as a flag, since typer has no option with or without value.

    Raises `WrongUsage` for another kind of CSV.
    """
    words = list(arguments)
    for place, word in enumerate(words[: words.index("--") if "--" in words else None]):
        if word == _EXCEL:
            words[place] = _EXCEL_AS_A_FLAG
        elif word.startswith("--csv="):
            raise WrongUsage(
                f"There is no kind of CSV called {word.removeprefix('--csv=')!r}.",
                hint=Hint(f"For programs: --csv. For Excel: {_EXCEL}"),
            )
    return words


_template = typer.Typer()


def _fields_beginning(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the fields of the list that are not named yet, behind those that are."""
    before, comma, last = incomplete.rpartition(",")
    command: Any = ctx.command
    option = next(one for one in command.params if one.name == "columns")
    return [
        f"{before}{comma}{name}"
        for name in _fields_of(option, ctx)
        if name.startswith(last) and name not in before.split(",")
    ]


@_template.command()
def _list_options(
    excel: Annotated[
        bool, typer.Option(_EXCEL, _EXCEL_AS_A_FLAG, help="CSV that Excel opens with a double click.")
    ] = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write an Excel workbook.")] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="NAMES",
            help="Only these fields, in this order: a,b.",
            autocompletion=_fields_beginning,
        ),
    ] = None,
) -> None:
    """Say nothing: only its options count."""


@cache
def _options() -> list[Any]:
    template: Any = typer.main.get_command(_template)
    return [one for one in template.params if one.name in _TAKE]


def _of_a_list(option: Any, words: tuple[str, ...]) -> Any:
    own = copy.copy(option)
    own.expose_value, own.callback, own.list = False, _TAKE[option.name], words
    return own


def _take_excel(call: typer.Context, _option: Any, value: bool) -> None:
    if value:
        context_of(call).excel_csv = True


def _take_xlsx(call: typer.Context, _option: Any, value: Path | None) -> None:
    if value is None:
        return
    if value.suffix.lower() != ".xlsx":
        raise WrongUsage(f"--xlsx {str(value)!r}: the name of a workbook ends in .xlsx.", hint=Hint("--xlsx list.xlsx"))
    if find_spec("xlsxwriter") is None:
        raise WrongUsage(
            "--xlsx needs the library XlsxWriter, which is not installed.",
            hint=Hint(
                "With pipx: ",
                ToCopy("pipx inject kaufland-cli XlsxWriter"),
                "; else: ",
                ToCopy("pip install 'kaufland-cli[xlsx]'"),
                f". Excel opens {_EXCEL} without it.",
            ),
        )
    context_of(call).xlsx = value


def _take_columns(call: typer.Context, option: Any, value: str | None) -> None:
    if value is None or call.resilient_parsing:
        return
    known, names = _fields_of(option, call), [name.strip() for name in value.split(",")]
    for name in names:
        if name not in known:
            meant = did_you_mean(nearest(name, known))
            raise WrongUsage(f"There is no field {name!r}.{meant}", hint=Hint(f"Known: {', '.join(known)}"))
    context_of(call).columns = tuple(dict.fromkeys(names))


_TAKE: Final[Mapping[str, Callable[..., None]]] = {
    "excel": _take_excel,
    "xlsx": _take_xlsx,
    "columns": _take_columns,
}


def _fields_of(option: Any, call: typer.Context) -> Sequence[str]:
    """Return the fields of the list that the option belongs to, those with addresses included."""
    if option.list[0] in {"actions", "invoices"}:
        from kaufland_cli.output.records.actions import ACTION_FIELDS, INVOICE_FIELDS

        return ACTION_FIELDS if option.list[0] == "actions" else INVOICE_FIELDS
    return _fields_by_name(option.list, call)


def _fields_by_name(words: tuple[str, ...], call: typer.Context) -> Sequence[str]:
    match words:
        case ("orders", "list"):
            from kaufland_cli.output.records.orders import ADDRESSES, FAILED_UNIT_FIELDS, ORDER_FIELDS, UNIT_FIELDS

            if call.params.get("failed"):
                return FAILED_UNIT_FIELDS
            return (*(UNIT_FIELDS if call.params.get("units") else ORDER_FIELDS), *ADDRESSES)
        case ("orders", "due" | "pick" as name):
            from kaufland_cli.output.records.due import DUE_FIELDS, PACK_FIELDS, PICK_FIELDS

            return DUE_FIELDS if name == "due" else PACK_FIELDS if call.params.get("by_order") else PICK_FIELDS
        case ("sales-orders", "list"):
            from kaufland_cli.store.sales_order_lists import FIELDS as SALES_ORDER_FIELDS

            return SALES_ORDER_FIELDS
        case ("log", "show"):
            from kaufland_cli.store.request_log import ENTRY_FIELDS

            return ENTRY_FIELDS
        case ("reconcile",):
            from kaufland_cli.store.reconciliation import FOUND_FIELDS

            return FOUND_FIELDS
        case ("profiles", "list"):
            from kaufland_cli.output.records.settings import PROFILE_FIELDS

            return PROFILE_FIELDS
        case _:
            from kaufland_cli.output.records.settings import SETTING_FIELDS

            return SETTING_FIELDS
