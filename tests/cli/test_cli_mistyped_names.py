"""A mistyped profile, settings file, storefront or variable is named, and never passes for an empty shop."""

import re
import shutil

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import Machine


@pytest.fixture
def shop(machine: Machine, simulator: Simulator) -> Machine:
    """Give a seller with a settings file and a profile `shop`, both imported."""
    text = f'[api]\nbase_url = "{simulator.base_url}"\nclient_key = "{simulator.client_key}"\n[secret]\nstore = "env"\n'
    machine.more["KAUFLAND_SECRET_KEY"] = simulator.secret_key
    machine.write_config(text)
    second = machine.config.parent / "profiles" / "shop" / machine.config.name
    second.parent.mkdir(parents=True)
    second.write_text(text, encoding="utf-8")
    machine.have_imported(simulator)
    shutil.copytree(machine.data / "default", machine.data / "shop")
    return machine


@pytest.mark.parametrize(
    "words",
    [("orders", "list"), ("status",), ("log", "show"), ("config", "list"), ("sales-orders", "list"), ("reconcile",)],
    ids=" ".join,
)
def test_mistyped_profile_is_named(shop: Machine, words: tuple[str, ...]) -> None:
    """A profile that does not exist ends with exit 3 and the one that was probably meant."""
    done = shop.run("--profile", "shpo", *words)
    assert (done.code, done.out) == (3, "")
    assert "Did you mean shop?" in done.err
    assert "kaufland --profile shop config list" in done.err
    assert "shpo" not in {path.name for path in shop.data.iterdir()}


def test_mistyped_file_is_named(shop: Machine) -> None:
    """A settings file that does not exist ends with exit 3 and the one next to it."""
    done = shop.run("--config", str(shop.config.with_name("confg.toml")), "orders", "list")
    assert (done.code, done.out) == (3, "")
    assert f"Did you mean {shop.config}?" in done.err
    assert shop.run("--config", str(shop.config), "orders", "list").code == 0


def test_variable_may_mistype_a_profile_too(shop: Machine) -> None:
    """KAUFLAND_PROFILE is treated as the option is."""
    shop.more["KAUFLAND_PROFILE"] = "shpo"
    assert shop.run("orders", "list").code == 3


def test_new_profile_can_be_set_up(shop: Machine, simulator: Simulator) -> None:
    """Setup and `config set` may name a profile that is not there yet; `schedule remove` one that is gone."""
    key = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--secret-store", "env")
    assert shop.run("--profile", "third", "setup", "--no-input", *key).code == 0
    assert shop.run("--profile", "fourth", "config", "set", "api.client_key", simulator.client_key).code == 0
    assert shop.run("--profile", "fifth", "schedule", "remove").code == 0


@pytest.mark.parametrize(
    "words", [("orders", "list"), ("import-orders",), ("config", "list"), ("doctor",)], ids=" ".join
)
def test_mistyped_variable_is_reported_once(shop: Machine, words: tuple[str, ...]) -> None:
    """Every command says on stderr that a variable is ignored, and which one was probably meant; a pipe stays clean."""
    shop.more["KAUFLAND_API_BASEURL"] = "https://example.com/v2"
    done = shop.run(*words)
    said = "KAUFLAND_API_BASEURL is not a setting and is ignored; did you mean KAUFLAND_API_BASE_URL?"
    assert done.err.count(said) == 1


def test_job_says_it_too(shop: Machine) -> None:
    """A scheduled import is silent when all is well, but not about a variable that it ignores."""
    shop.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    shop.more["KAUFLAND_API_BASEURL"] = "https://example.com/v2"
    shop.clock.advance(hours=1)
    assert shop.good("import-orders", "--scheduled").err.count("KAUFLAND_API_BASEURL") == 1


def test_mistyped_storefront_is_named(shop: Machine) -> None:
    """A storefront of no stored order ends with exit 3 and those there are; one that a setting names is accepted."""
    done = shop.run("orders", "list", "--storefront", "dee")
    assert (done.code, done.out) == (3, "")
    assert "Did you mean de?" in done.err
    assert shop.run("orders", "list", "--storefront", "DE").code == 0
    unlike = shop.run("orders", "list", "--storefront", "it", "--json")
    assert (unlike.code, unlike.error()["error"]) == (3, "storefront_unknown")
    shop.more["KAUFLAND_API_DEFAULT_STOREFRONT"] = "it"
    assert shop.run("orders", "list", "--storefront", "it").code == 0


MISTYPED = [
    (("orders", "list", "--storefront", "dee", "--limit", "3"), 3, "de", "orders list --limit 3 --storefront de"),
    (("import-orders", "--storefront", "att", "--since", "3d"), 3, "at", "import-orders --since 3d --storefront at"),
    (("import-orders", "--storefront", "czz", "--dry-run"), 3, "cz", "import-orders --dry-run --storefront cz"),
    (("reconcile", "--storefront", "pll"), 3, "pl", "reconcile --storefront pl"),
    (("orders", "list", "--status", "recieved"), 2, "received", "orders list --status received"),
    (("orders", "list", "--status", "to_be_snt"), 2, "need_to_be_sent", "orders list --status need_to_be_sent"),
    (("orders", "list", "--sales-order-state", "helt"), 2, "held", "orders list --sales-order-state held"),
    (("sales-orders", "list", "--state", "eror"), 2, "error", "sales-orders list --state error"),
    (("config", "get", "api.baseurl"), 2, "api.base_url", "config get api.base_url"),
    (("config", "get", "apis"), 2, "api", "config list --all"),
    (("config", "set", "aip.base_url", "x"), 3, "api.base_url", "config set api.base_url VALUE"),
    (
        ("config", "set", "storefronts.at.enable", "true"),
        3,
        "storefronts.at.enabled",
        "config set storefronts.at.enabled VALUE",
    ),
    (
        ("config", "set", "sales_orders.customer.AT", "D1"),
        3,
        "sales_orders.customers",
        "config set sales_orders.customers.AT VALUE",
    ),
    (
        ("config", "unset", "order_import.intervall"),
        3,
        "order_import.interval_minutes",
        "config unset order_import.interval_minutes",
    ),
    (("config", "set", "secret.store", "keyrin"), 2, "keyring", "config get secret.store"),
    (("setup", "--no-input", "--secret-store", "fil"), 3, "file", "setup --help"),
    (("setup", "--no-input", "--sales-order-target", "busines_central"), 3, "business_central", "setup --help"),
    (("help", "ordes"), 2, "orders", "help orders"),
    (("help", "orders", "shwo"), 2, "show", "help orders show"),
]


@pytest.mark.parametrize(("words", "code", "near", "again"), MISTYPED, ids=[" ".join(one[0]) for one in MISTYPED])
def test_what_was_probably_meant_can_be_typed(
    words: tuple[str, ...], code: int, near: str, again: str, shop: Machine
) -> None:
    """A mistyped key, section, option's value, status, state or command: its neighbour is named, and the way there."""
    done = shop.run(*words)
    assert done.code == code, done
    assert re.search(rf"[Dd]id you mean {re.escape(near)}\?", done.err), done.err
    assert f"→ kaufland {again}\n" in done.err


@pytest.mark.parametrize("key", ["api", "secret", "storefronts", "storefronts.at", "order_import"])
@pytest.mark.parametrize("verb", ["get", "set", "unset"])
def test_section_is_named_as_one(key: str, verb: str, shop: Machine) -> None:
    """The name of a section is never "no such key, did you mean" the same name: it is a section, with these keys."""
    done = shop.run("config", verb, key, *(["x"] if verb == "set" else []))
    assert done.code in {2, 3}
    assert "id you mean" not in done.err
    assert ("is a section" in done.err) is not (key == "secret" and verb != "get")


def test_value_behind_a_mistyped_key_is_not_shown(shop: Machine) -> None:
    """The value behind a mistyped key is not shown: it may be a secret."""
    secret = "0123456789abcdef" * 4
    for key in ("api.clientkey", "api.key", "api.secret", "apikey"):
        assert secret not in shop.run("config", "set", key, secret).err


def test_before_the_first_import_no_storefront_is_wrong(connected: Machine) -> None:
    """While nothing is stored, a storefront of Kaufland's gives an empty list."""
    assert connected.run("orders", "list", "--storefront", "it").code == 0
    assert connected.run("orders", "list", "--storefront", "dee").code == 3
