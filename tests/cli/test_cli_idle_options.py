"""Options that would change nothing next to others are refused, each with the command without them."""

import pytest

from support.machine import Machine

IDLE = [
    (("log", "show", "1", "--csv"), "--csv", "log show 1"),
    (("log", "show", "1", "--csv=excel"), "--csv=excel", "log show 1"),
    (("log", "show", "1", "--method", "GET", "--json"), "--method", "log show 1 --json"),
    (("log", "show", "1", "--xlsx", "a.xlsx"), "--xlsx", "log show 1"),
    (("log", "show", "1", "--columns", "at"), "--columns", "log show 1"),
    (
        ("log", "show", "1", "--failed", "--since", "7d", "--limit", "3"),
        "--failed, --since and --limit",
        "log show 1",
    ),
    (("log", "show", "1", "--follow"), "--follow", "log show 1"),
    (("config", "list", "--toml", "--columns", "key"), "--columns", "config list --toml"),
    (("config", "list", "--toml", "--reveal", "--json"), "--json", "config list --toml --reveal"),
    (("config", "list", "--toml", "--all"), "--all", "config list --toml"),
    (("orders", "list", "--failed", "--since", "7d", "--csv"), "--since", "orders list --failed --csv"),
    (("orders", "list", "--failed", "--units"), "--units", "orders list --failed"),
    (
        ("orders", "list", "--addresses", "--columns", "id_order", "--csv"),
        "--addresses",
        "orders list --csv --columns id_order",
    ),
    (
        ("import-orders", "--accept-total", "--since", "2d", "--json"),
        "--since",
        "import-orders --accept-total --json",
    ),
    (("import-orders", "--scheduled", "--dry-run"), "--scheduled", "import-orders --dry-run"),
    (
        ("import-orders", "--scheduled", "--all-profiles", "--storefront", "at"),
        "--storefront",
        "import-orders --scheduled --all-profiles",
    ),
    (
        ("sales-orders", "push", "M1", "--confirm-first", "--confirm-currency", "CZK"),
        "--confirm-currency",
        "sales-orders push M1 --confirm-first",
    ),
]


@pytest.mark.parametrize(("words", "idle", "instead"), IDLE, ids=[" ".join(words) for words, *_ in IDLE])
def test_idle_option_is_refused(words: tuple[str, ...], idle: str, instead: str, connected: Machine) -> None:
    """No option is ignored without a word: exit code 2, which ones would change nothing, and what to type."""
    done = connected.run(*words)
    error = done.error() if "--json" in words else None
    message, hint = (done.err, done.err) if error is None else (error["message"], error["hint"])
    assert (done.code, done.out) == (2, "")
    assert f"so {idle} would change nothing." in message
    assert f"kaufland {instead}{'' if error else chr(10)}" in hint


def test_global_options_are_never_idle(connected: Machine) -> None:
    """They count for every command, wherever they stand."""
    assert connected.good("config", "list", "--toml", "--no-pager", "-q").out
    assert "There is no log entry 1." in connected.run("--color", "never", "log", "show", "1", "--verbose").err


def test_setup_that_asks_takes_no_secret_from_its_input(machine: Machine) -> None:
    """With questions the secret is asked for; --secret-stdin is for --no-input, and the hint keeps what was typed."""
    done = machine.run("setup", "--client-key", "c" * 32, "--secret-stdin", typed="")
    assert done.code == 2
    assert f"kaufland setup --client-key {'c' * 32} --secret-stdin --no-input < secret.txt" in done.err


@pytest.mark.parametrize(
    "words",
    [("-q", "-v", "status"), ("status", "--quiet", "--verbose"), ("-v", "status", "-q"), ("-q", "status", "-v")],
    ids=" ".join,
)
def test_quiet_and_verbose_exclude_each_other(words: tuple[str, ...], connected: Machine) -> None:
    """Neither is ignored without a word, wherever they stand."""
    done = connected.run(*words)
    assert (done.code, "--quiet and --verbose exclude each other." in done.err) == (2, True)
