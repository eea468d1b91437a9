"""The settings of sales orders: whose customer, which number for shipping, what Business Central needs, tables."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaufland_cli.app.sales_order_target import expectations, local_checks
from kaufland_cli.errors import SettingsError, WrongUsage
from kaufland_cli.settings import LoadedSettings, Settings, load_settings
from kaufland_cli.settings.edit import change_settings, parse_value

ON = "[order_import]\ncreate_sales_orders = true\ndefault_customer_no = 'D1000'\n"
STARTED = "[sales_orders]\nstart_at = '2026-11-01T00:00:00Z'\n"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SOON = "2026-11-24T09:30:00Z"


def load(folder: Path, text: str, environ: Mapping[str, str] | None = None, **options: object) -> LoadedSettings:
    """Load the settings from a file with that text; options with `__` for a dot."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    dotted = {key.replace("__", "."): value for key, value in options.items()}
    return load_settings({"KAUFLAND_DATA_DIR": str(folder), **(environ or {})}, config_file=file, options=dotted)


def change(folder: Path, text: str, changes: Mapping[str, object | None]) -> tuple[Settings, Mapping[str, object]]:
    """Change a file with that text; return the settings that hold then, and what the change added by itself."""
    load(folder, text)
    added = change_settings(folder / "config.toml", changes, environ={}, now=NOW)
    return load(folder, (folder / "config.toml").read_text(encoding="utf-8")).settings, added


@pytest.mark.parametrize("code", ["ß", "ŉ", "D", "ﬁ"])
def test_text_that_becomes_two_letters_elsewhere_is_no_country(tmp_path: Path, code: str) -> None:
    """One letter whose capitals are two elsewhere is not taken for a country."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"[sales_orders]\ndefault_country = '{code}'\n")
    assert "is not a two-letter country code" in str(caught.value.problems[0])


def test_customer_of_an_order(tmp_path: Path) -> None:
    """The storefront's for its own country, then the country's, the default one for the default country alone."""
    settings = load(
        tmp_path,
        f"""{ON}{STARTED}
        [sales_orders.customers]
        AT = "D0010"
        sk = "D0011"
        [storefronts.at]
        default_customer_no = "A1"
        [storefronts.cz]
        default_customer_no = ""
        [storefronts.xy]
        country = "ch"
        default_customer_no = "X1"
        """,
    ).settings
    expected = {
        ("de", "DE"): "D1000",
        ("de", "de"): "D1000",
        ("at", "DE"): "D1000",
        ("at", "AT"): "A1",
        ("AT", "AT"): "A1",
        ("de", "AT"): "D0010",
        ("at", "SK"): "D0011",
        ("cz", "CZ"): "",
        ("de", "PL"): "",
        ("xy", "CH"): "X1",
        ("xy", "XY"): "",
    }
    assert {asked: settings.customer_for(*asked) for asked in expected} == expected
    assert [settings.storefront_country(code) for code in ("de", "xy", "sk")] == ["DE", "CH", "SK"]


def test_number_for_shipping(tmp_path: Path) -> None:
    """The rate's own number, then the storefront's, then the general one; a storefront may have none on purpose."""
    settings = load(
        tmp_path,
        """
        [sales_orders]
        shipping_number = "8400"
        [storefronts.de.shipping_numbers]
        7 = "8401"
        "5.50" = "8402"
        "19.0" = "8403"
        [storefronts.at]
        shipping_number = "4400"
        [storefronts.cz]
        shipping_number = ""
        """,
    ).settings
    asked: list[tuple[str, float | None]] = [
        ("de", 7), ("de", 5.5), ("de", 19.0), ("de", 20), ("de", None), ("at", 20.0), ("cz", 21), ("pl", 23.0),
    ]  # fmt: skip
    assert [settings.shipping_number(*one) for one in asked] == [
        "8401", "8402", "8403", "8400", "8400", "4400", "", "8400",
    ]  # fmt: skip


def test_invalid_entry_defers_what_depends_on_its_table(tmp_path: Path) -> None:
    """Whoever mistyped the one customer hears of that alone, not that there is no customer."""
    text = "[order_import]\ncreate_sales_orders = true\n[sales_orders.customers]\nAustria = '1'\n"
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert [problem.key for problem in caught.value.problems] == ["sales_orders.customers.Austria"]


def test_every_fault_of_a_table_at_once_with_its_line(tmp_path: Path) -> None:
    """Each wrong entry is named with its own line, next to the errors of other keys."""
    text = f"""[sales_orders.customers]
Austria = "D0010"
SK = 11
CZ = "{"9" * 21}"
PL = " "
FR = "D0012"
[sales_orders]
default_country = "Germany"
[storefronts.de.shipping_numbers]
7 = "8401"
seven = "8401"
[storefronts.at]
shipping_numbers = {{ 20 = "1", "20.0" = "2" }}
"""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    found = [(problem.place.rpartition(":")[2], problem.key, problem.problem) for problem in caught.value.problems]
    assert found == [
        ("2", "sales_orders.customers.Austria", '"Austria" is not a two-letter country code'),
        ("3", "sales_orders.customers.SK", "11 is not allowed"),
        ("4", "sales_orders.customers.CZ", f'"{"9" * 21}" is longer than 20 characters'),
        ("5", "sales_orders.customers.PL", "has no number"),
        ("8", "sales_orders.default_country", '"Germany" is not a two-letter country code'),
        ("11", "storefronts.de.shipping_numbers.seven", '"seven" is not a VAT rate in percent, such as 19 or 5.5'),
        ("13", "storefronts.at.shipping_numbers", "names 20 twice"),
    ]
    assert caught.value.problems[0].allowed == 'countries with numbers such as { AT = "D0010", SK = "D0011" }'


def test_table_in_the_environment_and_single_entries_over_it(tmp_path: Path) -> None:
    """A variable gives the whole table in place of the file's; an option may give one entry over either."""
    text = "[sales_orders.customers]\nAT = 'file'\nSK = 'file'\n"
    environ = {
        "KAUFLAND_SALES_ORDERS_CUSTOMERS": "at=D0010, CZ = D0011",
        "KAUFLAND_STOREFRONTS_AT_SHIPPING_NUMBERS": "20=1,5.5=2",
    }
    settings = load(tmp_path, text, environ, sales_orders__customers__AT="option").settings
    assert settings.sales_orders.customers == {"AT": "option", "CZ": "D0011"}
    assert settings.storefronts["at"].shipping_numbers == {"20": "1", "5.5": "2"}
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, {"KAUFLAND_SALES_ORDERS_CUSTOMERS": "D0010"}, sales_orders__customers__Austria="1")
    assert [problem.place for problem in caught.value.problems] == ["--customers", "KAUFLAND_SALES_ORDERS_CUSTOMERS"]


def test_table_entry_is_set_and_removed(tmp_path: Path) -> None:
    """An entry can be set, changed and removed by itself, however the file writes it; comments stay."""
    file = tmp_path / "config.toml"
    file.write_text("[sales_orders.customers] # ours\nat = '1' # Vienna\n\n[storefronts.AT]\n", encoding="utf-8")
    change_settings(
        file,
        {
            "sales_orders.customers.AT": "2",
            "sales_orders.customers.sk": "3",
            "storefronts.at.shipping_numbers.5.5": "4",
            "storefronts.at.shipping_numbers.20.0": "5",
        },
        environ={},
    )
    text = file.read_text(encoding="utf-8")
    assert text.startswith('[sales_orders.customers] # ours\nat = "2" # Vienna\nSK = "3"\n')
    settings = load(tmp_path, text).settings
    assert settings.storefronts["at"].shipping_numbers == {"5.5": "4", "20": "5"}
    change_settings(file, {"sales_orders.customers.at": None, "storefronts.at.shipping_numbers.5.5": None}, environ={})
    assert load(tmp_path, file.read_text(encoding="utf-8")).settings.sales_orders.customers == {"SK": "3"}
    change_settings(file, {"sales_orders.customers": "CZ=7,SK=8"}, environ={})
    text = file.read_text(encoding="utf-8")
    assert text.startswith('[sales_orders.customers] # ours\nSK = "8"\nCZ = "7"\n')
    change_settings(file, {"sales_orders.customers": ""}, environ={})
    assert not load(tmp_path, file.read_text(encoding="utf-8")).settings.sales_orders.customers


@pytest.mark.parametrize("text", ["", "customers = {}\n", "customers = { AT = '1' }\n", "customers.AT = '1'\n"])
def test_entry_fits_into_every_way_to_write_a_table(tmp_path: Path, text: str) -> None:
    """Whether the file has no table, an inline one or dotted keys, a new entry stands next to the others."""
    file = tmp_path / "config.toml"
    file.write_text(f"[sales_orders]\n{text}[ui]\ntimezone = 'UTC'\n", encoding="utf-8")
    change_settings(file, {"sales_orders.customers.SK": "2"}, environ={})
    settings = load(tmp_path, file.read_text(encoding="utf-8")).settings
    assert settings.sales_orders.customers == ({"AT": "1"} if "AT" in text else {}) | {"SK": "2"}
    assert settings.ui.timezone == "UTC"


def test_wrong_entries_are_refused_by_name() -> None:
    """A wrong name, a wrong number and a key below something that is no table are refused with the reason."""
    assert parse_value("sales_orders.customers.at", " D0010 ") == "D0010"
    for key, text in (
        ("sales_orders.customers.Austria", "1"),
        ("sales_orders.customers.AT", "9" * 21),
        ("sales_orders.customers.AT", ""),
        ("storefronts.at.shipping_numbers.x", "1"),
        ("sales_orders.customers", "AT"),
        ("sales_orders.customers", "AT=1,AT=2"),
        ("sales_orders.customers", "{ AT = 1 }"),
        ("sales_orders.customers", "{ AT"),
    ):
        with pytest.raises(WrongUsage):
            parse_value(key, text)
    for key in ("sales_orders.companies.AT", "storefronts.at.enabled.x", "sales_orders.customrs.AT"):
        with pytest.raises(SettingsError):
            parse_value(key, "1")


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("sales_orders.start_at", "2026-11-01T08:00", "2026-11-01T08:00:00Z"),
        ("sales_orders.start_at", "2026-11-01T08:00:00+01:00", "2026-11-01T07:00:00Z"),
        ("sales_orders.start_at", "", ""),
        ("sales_orders.default_country", "at", "AT"),
        ("sales_orders.default_country", " All ", "all"),
        ("sales_orders.timezone", "", ""),
        ("business_central.base_url", "https://bc.example:7048/BC/api/v2.0/", "https://bc.example:7048/BC/api/v2.0"),
        ("business_central.client_id", " a-b ", "a-b"),
        ("business_central.user_name", "SHOP\\kaufland", "SHOP\\kaufland"),
    ],
)
def test_values_in_the_form_in_which_they_are_kept(key: str, text: str, kept: str) -> None:
    """Moments are kept in UTC, countries in capitals, addresses without a slash at the end."""
    assert parse_value(key, text) == kept


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("sales_orders.start_at", "soon"),
        ("sales_orders.start_at", "0001-01-01T00:00:00+14:00"),
        ("sales_orders.default_country", ""),
        ("sales_orders.timezone", "Berlin"),
        ("sales_orders.target", "odoo"),
        ("sales_orders.substitute_account", "1" * 21),
        ("business_central.base_url", "http://bc.example/api/v2.0"),
        ("business_central.tenant", "a/b"),
        ("business_central.environment", ".."),
        ("business_central.client_id", "a b"),
        ("business_central.user_name", "a:b"),
    ],
)
def test_values_that_are_refused(key: str, text: str) -> None:
    """Nothing that would lead a request elsewhere, or that no document can hold, is taken."""
    with pytest.raises(WrongUsage):
        parse_value(key, text)


def test_business_central_needs_its_settings(tmp_path: Path) -> None:
    """With sales orders on and Business Central as their target, everything missing is named at once; else nothing."""

    def missing(more: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(tmp_path, f"{ON}[sales_orders]\ntarget = 'business_central'\n[business_central]\n{more}")
        return sorted(problem.key.removeprefix("business_central.") for problem in caught.value.problems)

    assert missing("") == ["client_id", "company", "tenant"]
    assert missing("authentication = 'basic'\ncompany = 'C'\n") == ["base_url", "user_name"]
    load(tmp_path, "[sales_orders]\ntarget = 'business_central'\n")
    load(tmp_path, ON)


COMPLETE = f"""{ON}{STARTED}target = "business_central"
[business_central]
company = "C"
tenant = "t"
client_id = "i"
"""
ONLY_REAL_ORDERS = (
    "business_central.playground_environment: no sandbox is named, so test orders do not become sales orders"
)


def test_orders_that_are_not_real_go_to_a_sandbox_only(tmp_path: Path) -> None:
    """Without a sandbox nothing is created from the playground or a simulator, which is said; this machine is free."""
    playground = {"KAUFLAND_API_USE_PLAYGROUND": "true"}
    simulator = {"KAUFLAND_API_BASE_URL": "http://127.0.0.1:8000/v2"}
    sandbox = {"KAUFLAND_BUSINESS_CENTRAL_PLAYGROUND_ENVIRONMENT": "Sandbox"}
    here = {"KAUFLAND_BUSINESS_CENTRAL_BASE_URL": "http://127.0.0.1:9000/api/v2.0"}
    cases: list[tuple[dict[str, str], str, tuple[str, ...]]] = [
        ({}, "Production", ()),
        (sandbox, "Production", ()),
        (playground, "", (ONLY_REAL_ORDERS,)),
        (simulator, "", (ONLY_REAL_ORDERS,)),
        (playground | sandbox, "Sandbox", ()),
        (simulator | here, "Production", ()),
    ]
    for environ, environment, warnings in cases:
        loaded = load(tmp_path, COMPLETE, environ)
        assert (loaded.settings.business_central_environment, loaded.warnings) == (environment, warnings)


def test_switching_on_sets_the_moment(tmp_path: Path) -> None:
    """Going from off to on makes now the start; off, on again and other changes do not bring old orders in."""
    settings, added = change(
        tmp_path, "[order_import]\ndefault_customer_no = '1'\n", {"order_import.create_sales_orders": True}
    )
    assert added == {"sales_orders.start_at": SOON}
    assert settings.sales_orders_from("de") == NOW
    settings, added = change(tmp_path, ON + STARTED, {"order_import.default_customer_no": "2"})
    assert (added, settings.sales_orders.start_at) == ({}, "2026-11-01T00:00:00Z")
    old = "[order_import]\ndefault_customer_no = '1'\n" + STARTED + "[storefronts.at]\nstart_at = '2026-11-02'\n"
    settings, added = change(tmp_path, old, {"order_import.create_sales_orders": True})
    assert added == {"sales_orders.start_at": SOON, "storefronts.at.start_at": None}
    assert settings.sales_orders_from("at") == NOW
    chosen, added = change(
        tmp_path, old, {"order_import.create_sales_orders": True, "sales_orders.start_at": "2026-11-20"}
    )
    assert chosen.sales_orders.start_at == "2026-11-20T00:00:00Z"
    assert "sales_orders.start_at" not in added


def test_storefront_switched_on_later_has_its_own_moment(tmp_path: Path) -> None:
    """The others keep theirs, so that nothing of them is left out; the new one begins now."""
    text = ON + STARTED + "[storefronts.at]\ncreate_sales_orders = false\n"
    settings, added = change(tmp_path, text, {"storefronts.at.create_sales_orders": True})
    assert added == {"storefronts.at.start_at": SOON}
    assert settings.sales_orders_from("at") == NOW
    assert settings.sales_orders_from("de") == datetime(2026, 11, 1, tzinfo=UTC)
    text = "[order_import]\ndefault_customer_no = '1'\n" + STARTED + "[storefronts.at]\ncreate_sales_orders = true\n"
    settings, added = change(tmp_path, text, {"order_import.create_sales_orders": True})
    assert added == {"sales_orders.start_at": SOON, "storefronts.at.start_at": "2026-11-01T00:00:00Z"}
    assert settings.sales_orders_from("at") == datetime(2026, 11, 1, tzinfo=UTC)
    off = ON + STARTED + "[storefronts.at]\nenabled = false\n"
    settings, added = change(tmp_path, off, {"storefronts.at.enabled": None})
    assert (added, settings.sales_orders_from("at")) == ({"storefronts.at.start_at": SOON}, NOW)


def test_places_of_files(tmp_path: Path) -> None:
    """Sales orders lie next to the store, apart for each host; paths in the settings count from the settings file."""
    loaded = load(tmp_path, "")
    assert loaded.sales_orders_folder == tmp_path / "default" / "sales-orders" / "sellerapi.kaufland.com"
    assert loaded.item_mapping_file is None
    loaded = load(tmp_path, "[sales_orders]\nfolder = 'out'\nitem_mapping_file = '/x/items.csv'\n")
    assert (loaded.sales_orders_folder, loaded.item_mapping_file) == (tmp_path / "out", Path("/x/items.csv"))


@pytest.mark.parametrize("name", ["secret", "client_secret", "password", "key", "web_service_key"])
def test_secret_of_business_central_is_never_in_the_file(tmp_path: Path, name: str) -> None:
    """The error says where it belongs, without showing it."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"[business_central]\n{name} = 'a.b~c_d-e'\n")
    assert str(caught.value.hint) == "kaufland secret set --business-central"
    assert "a.b~c" not in str(caught.value)
    assert load(tmp_path, "", {"KAUFLAND_BUSINESS_CENTRAL_SECRET": "x"}).warnings == ()


def test_number_written_in_several_ways_is_one(tmp_path: Path) -> None:
    """Looked up once, and a customer for several countries is reported, however its number is written."""
    loaded = load(
        tmp_path,
        f"""{ON}
        [sales_orders]
        start_at = '2026-11-01T00:00:00Z'
        shipping_number = 'größe'
        substitute_account = ' GRÖßE'
        [sales_orders.customers]
        AT = "d1000 "
        SK = "größe"
        CZ = "GRÖSSE"
        [storefronts.de]
        shipping_numbers = {{ "7" = "GRÖßE", "19" = "8400" }}
        """,
    )
    expected = expectations(loaded, [], [])
    assert [number for number, _ in expected.customers] == ["d1000", "größe", "GRÖSSE"]
    assert [number for number, _ in expected.accounts] == ["GRÖßE", "8400"]
    told = [check.message for check in local_checks(loaded, [("de", "DE"), ("de", "AT"), ("de", "SK"), ("de", "CZ")])]
    assert ["AT, DE" in message for message in told] == [True]
