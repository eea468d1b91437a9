"""A hint to type the same command again keeps what was typed: its options, its values, the profile."""

import socket
import sys
from contextlib import closing

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.machine import SECRET, Machine


@pytest.fixture
def shop(connected: Machine, simulator: Simulator) -> Machine:
    """Give a machine with orders that may become sales orders, secrets in files, and one unreadable unit."""
    connected.more |= {
        "KAUFLAND_SECRET_STORE": "file",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        "KAUFLAND_SALES_ORDERS_CONFIRM_FIRST": "false",
        "KAUFLAND_MONITORING_SMTP_USER": "ops",
        "KAUFLAND_BUSINESS_CENTRAL_CLIENT_ID": "client",
        "KAUFLAND_API_PARTNER_CLIENT_KEY": "p" * 32,
    }
    simulator.marketplace.add_order(make_order("MBAD", [{"price": "abc"}]))
    for kind in ((), ("--mail",), ("--business-central",), ("--partner",)):
        connected.good("secret", "set", *kind, "--secret-stdin", stdin=SECRET)
    for name in ("KAUFLAND_API_PARTNER_CLIENT_KEY",):
        del connected.more[name]
    connected.run("import-orders")
    return connected


@pytest.mark.parametrize(
    ("words", "again"),
    [
        (("secret", "delete"), "secret delete --yes"),
        (("secret", "delete", "--mail"), "secret delete --mail --yes"),
        (("secret", "delete", "--business-central"), "secret delete --business-central --yes"),
        (("secret", "delete", "--partner"), "secret delete --partner --yes"),
        (("orders", "dismiss", "MBAD"), "orders dismiss MBAD --yes"),
        (("orders", "erase", "MLZY7P4", "--json"), "orders erase MLZY7P4 --yes"),
        (("sales-orders", "push", "--since", "30d"), "sales-orders push --since 30d --yes"),
        (
            ("sales-orders", "push", "MLZY7P4", "--confirm-first", "--customer", "D 2"),
            "sales-orders push MLZY7P4 --confirm-first --customer 'D 2' --yes",
        ),
        (("restore", "--fresh"), "restore --fresh --yes"),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_questions_keep_the_options_of_the_call(words: tuple[str, ...], again: str, shop: Machine) -> None:
    """Without a terminal, the command to type is the one that was typed, with `--yes`."""
    done = shop.run(*words)
    assert done.code == 2, done
    assert f"kaufland {again}" in (done.err if "--json" not in words else done.error()["hint"])


LIST = ("orders", "list")


@pytest.mark.parametrize(
    ("words", "again"),
    [
        (
            (*LIST, "--status", "sentt", "--status", "open", "--limit", "3"),
            "orders list --status open --limit 3 --status sent",
        ),
        ((*LIST, "--status", "sentt", "--csv=excel"), "orders list --csv=excel --status sent"),
        (
            (*LIST, "--status", "sentt", "--units", "--columns", "title,ean", "--xlsx", "a b.xlsx"),
            "orders list --units --xlsx 'a b.xlsx' --columns title,ean --status sent",
        ),
        (
            (*LIST, "--sales-order-state", "held", "--sales-order-state", "helt"),
            "orders list --sales-order-state held --sales-order-state held",
        ),
        (
            ("sales-orders", "list", "--state", "helt", "--state", "error", "--csv"),
            "sales-orders list --state error --csv --state held",
        ),
        ((*LIST, "-q", "--status", "sentt", "--color", "never"), "orders list --color never --quiet --status sent"),
        (
            ("--no-pager", "--profile", "default", *LIST, "--status", "sentt"),
            "--profile default orders list --no-pager --status sent",
        ),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_mistyped_value_is_replaced_and_everything_else_kept(words: tuple[str, ...], again: str, shop: Machine) -> None:
    """Of a repeated option only the mistyped value goes; formats, columns and global options stay, wherever typed."""
    done = shop.run(*words)
    assert (done.code, f"→ kaufland {again}\n" in done.err) == (2, True), done


@pytest.mark.parametrize("kind", ["--mail", "--business-central"])
def test_secret_is_entered_for_the_kind_that_was_named(kind: str, shop: Machine) -> None:
    """`secret set` without a terminal names the option and keeps the kind."""
    assert f"kaufland secret set {kind} --secret-stdin" in shop.run("secret", "set", kind).err


def test_setup_keeps_its_options(machine: Machine) -> None:
    """Without a terminal, setup shows the whole line without questions, with what was typed."""
    done = machine.run("setup", "--secret-store", "file", "--no-use-playground", "--default-storefront", "de")
    options = "--secret-store file --no-use-playground --default-storefront de"
    assert f"kaufland setup {options} --no-input --client-key KEY --secret-stdin < secret.txt" in done.err
    done = machine.run("--profile", "second", "setup", "--client-key", "c" * 32, "--secret-store", "env")
    assert f"kaufland --profile second setup --client-key {'c' * 32} --secret-store env --no-input\n" in done.err


def test_demo_keeps_serving(machine: Machine) -> None:
    """A port in use: the command with another port still serves, with the profile of the call."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = machine.run("demo", "--serve", "--port", port, "--profile", "second")
        assert "kaufland --profile second demo --serve --port 0\n" in done.err
        assert "kaufland demo --port 0\n" in machine.run("demo", "--port", port).err


@pytest.mark.skipif(sys.platform == "win32", reason="root and users are POSIX's")
def test_schedule_keeps_its_options(shop: Machine) -> None:
    """What is missing for the whole machine is added to what was typed."""
    done = shop.run("schedule", "install", "--run-as", "nobody", "--with", "cron")
    options = "--with cron --system --run-as nobody"
    assert f'sudo "$(command -v kaufland)" schedule install {options}\n' in done.err
