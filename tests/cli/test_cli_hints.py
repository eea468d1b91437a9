"""Every hint is something that the program accepts, whatever stands in it, and that leads out of the situation."""

import shlex
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.target_values import Item
from kaufland_cli.errors import known_errors
from kaufland_cli.sales_orders.prepare import prepare
from support.hint_commands import (
    UNKNOWN,
    command_tree,
    commands_in,
    found_in_the_code,
    other_commands_in,
    own_command_in,
    refusal,
    twice,
)
from support.orders import ADDRESS, card, unit
from support.sales_order_rules import AnyItem, rules
from support.seller_api import STEADY

# What another command that waits is reported of the one that runs; it is typed by nobody.
DESCRIPTIONS = [["sales-orders", "link", "ORDER", "NUMBER"], ["sales-orders"]]
# Where a command is only named: what wrote a file, in a mark by which it is recognized, and the help in settings files.
WRITTEN_OUT = (
    "cli/help.py",
    "doctor/report.py",
    "scheduling/cron.py",
    "scheduling/launchd.py",
    "scheduling/systemd.py",
    "scheduling/windows_tasks.py",
    "settings/edit.py",
    "settings/pages.py",
    "settings/sections.py",
)

ODD = [
    "a b",
    "it's",
    'say "x"',
    "x;y",
    "$(id)",
    "-x",
    "-",
    "--",
    "*",
    "~",
    "#1",
    "a|b",
    "&",
    "\\",
    "M845EA5",
    "ä\u202e",
    "`id`",
]


def test_every_hint_in_the_code_is_accepted() -> None:
    """Each command that the program builds: its words, its options, its settings and their values."""
    found = [one for one in found_in_the_code().commands if list(one.words) not in DESCRIPTIONS]
    assert len(found) > 250
    refused = [f"{one.place}: {shlex.join(one.words)}: {why}" for one in found if (why := refusal(one.words))]
    assert refused == []


def test_every_default_hint_is_accepted() -> None:
    """That of each kind of error."""
    for kind in known_errors():
        assert [one for one in kind.default_hint.commands if refusal(one.arguments)] == [], kind


def test_no_hint_in_the_code_names_a_command_twice() -> None:
    """Whoever reads it would look for the difference."""
    assert found_in_the_code().repeated == []


def test_no_text_in_the_code_holds_a_command() -> None:
    """A command is a value (`command`), so it is quoted and means the settings of the call wherever it is shown."""
    places = {place.partition(":")[0] for place, text in found_in_the_code().texts if own_command_in(text)}
    assert places == set(WRITTEN_OUT)


def test_command_in_a_text_is_found() -> None:
    """The check is worth something: it knows the program's commands and options, and no other words."""
    for text in ("Then: kaufland status", "kaufland --profile NAME setup", "(kaufland sales-orders push ORDER)"):
        assert own_command_in(text), text
    for text in ("where kaufland is started", "sudo /usr/bin/kaufland status", "kaufland-cli status"):
        assert not own_command_in(text), text


def test_every_value_in_a_command_of_another_program_is_quoted() -> None:
    """No text puts a value into chmod, kill, sudo or the like without `errors.shell_command` or shlex."""
    found = {
        f"{place}: {shlex.join(words)}"
        for place, text in found_in_the_code().texts
        for words in other_commands_in(text)
        if any(UNKNOWN in word for word in words)
    }
    assert sorted(found) == []


def test_value_that_is_not_quoted_is_found() -> None:
    """The check of other programs is worth something: behind each of them, wherever the value stands."""
    for start in ("chmod 600 ", "ls -l ", "Look: ps -fp ", "end it (kill ", "sudo loginctl enable-linger ", "sqlite3 "):
        found = other_commands_in(f"{start}{UNKNOWN}, then wait")
        assert found, start
        assert all(UNKNOWN in words[-1] for words in found), start
    assert other_commands_in(f'sqlite3 "{UNKNOWN}" "PRAGMA x"')[0][1] == UNKNOWN


def test_check_finds_what_the_program_refuses() -> None:
    """It is worth something: wrong commands, options, keys, values, states and repetitions are found."""
    wrong = {
        "kaufland orders shw M1": "no command",
        "kaufland orders show": "",
        "kaufland orders show M1 --lines": "No such option",
        "Then: kaufland config set sales_orders.customers.USA NUMBER": "two-letter",
        "kaufland config set storefronts..allow_zero_vat true": "not a valid storefront",
        "kaufland config set api.use_playground perhaps, or wait": "true or false",
        "kaufland config get api.nothing": "no setting",
        "kaufland config list business_central": "unexpected",
        "kaufland sales-orders list --state lost": "no state",
        "kaufland setup --secret-store cellar": "no secret source",
    }
    for text, why in wrong.items():
        (words,) = commands_in(text)
        assert refusal(words), text
        assert why in refusal(words), text
    assert twice("kaufland status; then: kaufland status") == ["status"]
    assert commands_in("The kaufland is here, where kaufland is started.") == []
    assert commands_in("Do it (kaufland status), or kaufland orders show 'a, b', then wait.") == [
        ["status"],
        ["orders", "show", "a, b"],
    ]


def arrived(words: Sequence[str]) -> dict[str, Any]:
    """Return the values with which the program's own command would be called."""
    found = command_tree()
    rest = list(words)
    while hasattr(found, "commands"):
        found, rest = found.commands[rest[0]], rest[1:]
    return dict(found.make_context(found.name, rest).params)


@STEADY
@given(st.text(min_size=1, max_size=8).filter(lambda text: not text.startswith("--") and "\0" not in text))
@example("-x")
@example("--")
def test_any_value_comes_through_a_hint(value: str) -> None:
    """Typed into a shell, a hint calls the command with just that value: blanks, quotes, `;`, a hyphen in front."""
    for words, name in (
        (("orders", "show", value), "order"),
        (("orders", "refresh", value, "--json"), "order"),
        (("orders", "erase", value, "--yes"), "who"),
        (("orders", "list", "--search", value), "search"),
        (("sales-orders", "link", value, "NUMBER", "--yes"), "order"),
        (("sales-orders", "link", "M1", value), "number"),
        (("sales-orders", "push", value, "--confirm-currency", "EUR"), "orders"),
        (("restore", value), "file"),
    ):
        typed = shlex.split(str(command(*words)))
        assert typed.pop(0) == "kaufland"
        given_value = arrived(typed)[name]
        assert str(given_value[0] if isinstance(given_value, tuple | list) else given_value) == value or (
            name == "file" and str(given_value) == value.rstrip("/")  # a path is written without needless strokes
        )


PLACES = st.sampled_from(["", "de", "DE", " at ", "USA", "u", "d e", "x;y", "-x", "storefront-of-tomorrow", "'"])


@STEADY
@example(id_order=":", storefront="de", country="DE", vat=19.0, fields={"failed": [{"reason": "price"}]})
@given(
    id_order=st.sampled_from([*ODD, "M" * 36, " M1"])
    | st.text(min_size=1, max_size=40).filter(lambda one: "--" not in one),
    storefront=st.none() | PLACES,
    country=PLACES,
    vat=st.sampled_from([None, 0.0, 19.0]),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "is_marketplace_deemed_supplier": st.sampled_from([None, True]),
            "fulfillment_type": st.none(),
            "created_at": st.none(),
            "erased_at": st.just("2026-11-20T23:30:00Z"),
            "failed": st.just([{"reason": "price"}]),
        },
    ),
)
def test_every_way_out_of_a_hold_is_accepted(
    id_order: str, storefront: str | None, country: str, vat: float | None, fields: dict[str, Any]
) -> None:
    """Whatever Kaufland says of an order: an empty storefront, a country in three letters, an id with blanks."""
    address = {**ADDRESS, "country": country}
    order = card(
        unit(1, vat=vat, storefront=storefront, status="need_to_be_sent"),
        **{"id_order": id_order, "storefront": storefront, "shipping_address": address, **fields},
    )
    reasons = prepare(order, rules(), AnyItem(Item("K17"))).reasons
    for reason in reasons:
        assert twice(str(reason.fix)) == []
        for words in (shlex.split(one.typed())[1:] for one in reason.fix.commands):
            assert refusal(words) == "", reason
            if words[0] == "orders" and words[1] != "list":
                assert words[-1] == id_order
            if words[:2] == ["sales-orders", "link"]:
                assert {"DOCUMENT_NUMBER", id_order} < set(words)


@pytest.mark.parametrize(
    ("storefront", "country", "vat", "code", "fix"),
    [
        ("de", "US", 19.0, "no_customer", "kaufland config set sales_orders.customers.US NUMBER"),
        ("de", "USA", 19.0, "no_customer", "kaufland sales-orders push M1 --customer NUMBER"),
        ("", "DE", 0.0, "vat", "Book it by hand, then: kaufland sales-orders link M1 DOCUMENT_NUMBER"),
        (" AT ", "DE", 0.0, "vat", "If that is correct: kaufland config set storefronts.at.allow_zero_vat true"),
        (
            None,
            "DE",
            None,
            "vat_unknown",
            "kaufland orders refresh M1; or book it by hand: kaufland sales-orders link M1 DOCUMENT_NUMBER",
        ),
    ],
)
def test_way_out_is_one_that_exists(
    storefront: str | None, country: str, vat: float | None, code: str, fix: str
) -> None:
    """No setting is named that the settings refuse; what is left then is the order itself."""
    order = card(unit(1, vat=vat), storefront=storefront, shipping_address={**ADDRESS, "country": country})
    assert (code, fix) in [(one.code, str(one.fix)) for one in prepare(order, rules(), AnyItem(Item("K17"))).reasons]


@pytest.mark.parametrize("value", ODD)
def test_command_in_a_sentence_is_found_again(value: str) -> None:
    """What a person would copy is what was meant."""
    hint = Hint("Look at it: ", command("orders", "show", value), "; or: ", command("orders", "refresh", value))
    found = commands_in(str(hint))
    assert [words[-1] for words in found] == [value, value]
    assert all(refusal(words) == "" for words in found)
