"""A mistyped profile, settings file, storefront or variable is named, and never passes for an empty shop."""

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
    machine.good("import-orders")
    machine.good("--profile", "shop", "import-orders")
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
    """A storefront of no stored order ends with exit 2 and those there are; one that a setting names is accepted."""
    done = shop.run("orders", "list", "--storefront", "dee")
    assert (done.code, done.out) == (2, "")
    assert "Did you mean de?" in done.err
    assert shop.run("orders", "list", "--storefront", "DE").code == 0
    assert shop.run("orders", "list", "--storefront", "it").code == 2
    shop.more["KAUFLAND_API_DEFAULT_STOREFRONT"] = "it"
    assert shop.run("orders", "list", "--storefront", "it").code == 0
    assert "Did you mean at?" in shop.run("import-orders", "--storefront", "att").err


def test_before_the_first_import_no_storefront_is_wrong(connected: Machine) -> None:
    """While nothing is stored, a storefront of Kaufland's gives an empty list."""
    assert connected.run("orders", "list", "--storefront", "it").code == 0
    assert connected.run("orders", "list", "--storefront", "dee").code == 2
