"""What the settings are when file, environment and options speak."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import ExitCode, SettingsError
from kaufland_cli.settings import (
    LoadedSettings,
    all_keys,
    load_settings,
    option_of,
    setting_keys,
    value_of,
    variable_of,
)
from kaufland_cli.settings.pages import toml_value as as_toml
from support.sampling import examples

SECRET = "5e" * 32
CLIENT_KEY = "0123456789abcdef0123456789abcdef"

# For each key three values that differ from one another and from the default; all of them stand next to the others.
VALUES: dict[str, tuple[object, object, object]] = {
    "api.base_url": ("https://a.example/v2", "https://b.example/v2", "https://c.example/v2"),
    "api.use_playground": (True, False, True),
    "api.playground_base_url": ("https://a.example/p", "https://b.example/p", "https://c.example/p"),
    "api.default_storefront": ("de", "at", "pl"),
    "api.user_agent": ("shop/1", "shop/2", "shop/3"),
    "api.client_key": (CLIENT_KEY, CLIENT_KEY[::-1], "f" * 32),
    "api.partner_client_key": (CLIENT_KEY, CLIENT_KEY[::-1], "f" * 32),
    "api.requests_per_second": (1.5, 2.5, 3.5),
    "api.timeout_seconds": (1.5, 2.5, 3.5),
    "order_import.auto_import_orders": (True, False, True),
    "order_import.interval_minutes": (1, 2, 1440),
    "order_import.create_sales_orders": (False, True, False),
    "order_import.default_customer_no": ("10000", "20000", "30000"),
    "order_import.initial_days": (1, 2, 3),
    "order_import.overlap_minutes": (1, 2, 3),
    "storefronts.at.enabled": (False, True, False),
    "storefronts.at.default_customer_no": ("K1", "K2", "K3"),
    "storefronts.at.create_sales_orders": (True, False, True),
    "storefronts.at.start_at": ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"),
    "storefronts.at.country": ("AT", "DE", "CH"),
    "storefronts.at.shipping_number": ("1", "2", "3"),
    "storefronts.at.shipping_numbers": ({"20": "1", "5.5": "2"}, {"10": "1"}, {"13": "1"}),
    "storefronts.at.allow_zero_vat": (True, False, True),
    "storefronts.at.unknown_vat": ("use_target", "hold", "use_target"),
    "sales_orders.target": ("business_central", "file", "business_central"),
    "sales_orders.folder": ("a", "b", "c"),
    "sales_orders.start_at": ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"),
    "sales_orders.default_country": ("AT", "CZ", "SK"),
    "sales_orders.customers": ({"AT": "1", "SK": "2"}, {"AT": "3"}, {"CZ": "4"}),
    "sales_orders.confirm_first": (False, True, False),
    "sales_orders.companies": ("allow", "hold", "allow"),
    "sales_orders.item_mapping_file": ("a", "b", "c"),
    "sales_orders.match_by_ean": ("never", "when_sku_unknown", "when_no_sku"),
    "sales_orders.substitute_account": ("1", "2", "3"),
    "sales_orders.shipping_kind": ("item", "account", "item"),
    "sales_orders.shipping_number": ("1", "2", "3"),
    "sales_orders.timezone": ("Europe/Prague", "Europe/Vienna", "UTC"),
    "business_central.base_url": ("https://a.example/api/v2.0", "https://b.example", "http://localhost:7048/BC"),
    "business_central.tenant": ("a.example", "b", "c"),
    "business_central.environment": ("A", "B", "C"),
    "business_central.playground_environment": ("A", "B", "C"),
    "business_central.company": ("CRONUS DE", "My Company", "c"),
    "business_central.authentication": ("basic", "oauth", "basic"),
    "business_central.client_id": ("a", "b", "c"),
    "business_central.user_name": ("a", "b", "c"),
    "business_central.login_url": ("https://a.example", "https://b.example", "https://c.example"),
    "secret.store": ("file", "env", "keyring"),
    "secret.file": ("a", "b", "c"),
    "secret.command": (["pass", "a b"], ["pass", "c"], ["pass", "d"]),
    "secret.business_central_command": (["pass", "a b"], ["pass", "c"], ["pass", "d"]),
    "secret.mail_command": (["pass", "a b"], ["pass", "c"], ["pass", "d"]),
    "monitoring.max_age_minutes": (60, 61, 62),
    "monitoring.mail_to": ("a@example.com", "b@example.com, c@example.com", "d@example.com"),
    "monitoring.mail_from": ("a@example.com", "b@example.com", "c@example.com"),
    "monitoring.smtp_host": ("a.example", "b.example", "127.0.0.1"),
    "monitoring.smtp_port": (25, 26, 27),
    "monitoring.smtp_security": ("tls", "none", "tls"),
    "monitoring.smtp_user": ("ada", "grace", "joan"),
    "monitoring.ping_url": ("https://a.example/1", "https://b.example/2", "http://127.0.0.1:8000/3"),
    "monitoring.prometheus_file": ("a.prom", "b.prom", "c.prom"),
    "monitoring.windows_event_log": (True, False, True),
    "privacy.delete_after_days": (90, 91, 0),
    "privacy.raw_retention_days": (10, 11, 12),
    "privacy.raw_max_megabytes": (1, 2, 3),
    "writes.allow": (["ship"], ["invoice", "refund"], ["cancel", "release"]),
    "debug.log_api_requests": (True, False, True),
    "debug.log_retention_days": (1, 2, 3),
    "debug.log_max_megabytes": (1, 2, 3),
    "debug.log_personal_data": (True, False, True),
    "ui.timezone": ("Europe/Prague", "Europe/Vienna", "UTC"),
    "ui.locale": ("de_DE", "cs_CZ", "pl_PL"),
    "ui.order_url": (
        "https://a.example/{id_order}",
        "https://b.example/#/orders/{id_order}",
        "http://127.0.0.1:8000/o?id={id_order}",
    ),
}
CUSTOMER = {"order_import.default_customer_no": "1"}


def load(
    tmp_path: Path, text: str | bytes = "", environ: Mapping[str, str] | None = None, **rest: Any
) -> LoadedSettings:
    """Load the settings from a file with that text."""
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings({"KAUFLAND_DATA_DIR": str(tmp_path), **(environ or {})}, config_file=file, **rest)


def faults(
    tmp_path: Path, text: str | bytes = "", environ: Mapping[str, str] | None = None, **rest: Any
) -> SettingsError:
    """Return the error that these settings end in."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, environ, **rest)
    assert "pydantic" not in str(caught.value)
    assert "https://errors" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "address",
    [
        "https://portal.example/orders",
        "https://portal.example/{id_order}/{id_order}",
        "https://portal.example/{id}/{id_order}",
        "https://{id_order}.portal.example/",
        "https://portal.example{id_order}",
        "https://portal.example?id={id_order}",
        "https://ada:key@portal.example/{id_order}",
        "http://portal.example/{id_order}",
        "javascript:alert({id_order})",
        "https://portal.example/a b/{id_order}",
        "https://portal.example/\\u001b]8;;/{id_order}",
        "https://portal.example/" + "a" * 500 + "/{id_order}",
    ],
)
def test_page_of_an_order_is_checked(tmp_path: Path, address: str) -> None:
    """Only a web address with one place for the id, below its host and without escape bytes, can be linked to."""
    (problem,) = faults(tmp_path, f'[ui]\norder_url = "{address}"\n').problems
    assert problem.key == "ui.order_url"
    assert problem.place.endswith(":2")


def as_variable(value: object) -> str:
    """Write a value the way a person writes an environment variable."""
    if isinstance(value, list):
        return " ".join(f'"{word}"' for word in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {number}" for name, number in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_file(key: str, value: object) -> str:
    """Write one key as a settings file."""
    section, _, name = key.rpartition(".")
    return f"[{section}]\n{name} = {as_toml(value)}\n"


def test_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    """Where the environment suffices, no file is needed, also where one is named."""
    loaded = load_settings(
        {
            "KAUFLAND_API_CLIENT_KEY": CLIENT_KEY,
            "KAUFLAND_CONFIG": str(tmp_path / "none.toml"),
            "KAUFLAND_DATA_DIR": str(tmp_path),
        }
    )
    assert loaded.settings.api.client_key == CLIENT_KEY
    assert loaded.settings.order_import.interval_minutes == 15
    assert loaded.origins["order_import.interval_minutes"].source == "default"
    assert loaded.warnings == ()


def test_every_key_of_the_model_is_tried() -> None:
    """The table above knows every key, so that no new one escapes the test of precedence."""
    assert {key.replace(".at.", ".<code>.") for key in VALUES} == {known.key for known in setting_keys()}


@pytest.mark.parametrize("key", VALUES)
def test_option_beats_environment_beats_file_beats_default(tmp_path: Path, key: str) -> None:
    """Each key follows the one order of precedence and says where its value comes from."""
    in_file, in_environment, in_option = VALUES[key]
    text, environ, options = as_file(key, in_file), {variable_of(key): as_variable(in_environment)}, {key: in_option}
    if key != "order_import.default_customer_no":
        options |= CUSTOMER
    if key == "monitoring.mail_to":
        options["monitoring.smtp_host"] = "mail.example"

    from_file = load(tmp_path, text, options={k: v for k, v in options.items() if k != key})
    assert value_of(from_file.settings, key) == in_file
    assert (from_file.origins[key].source, from_file.origins[key].place) == ("file", "config.toml:2")

    from_environment = load(tmp_path, text, environ, options={**options, key: None})
    assert value_of(from_environment.settings, key) == in_environment
    assert from_environment.origins[key].source == "environment"
    assert from_environment.origins[key].place == variable_of(key)

    from_option = load(tmp_path, text, environ, options=options)
    assert value_of(from_option.settings, key) == in_option
    assert (from_option.origins[key].source, from_option.origins[key].place) == ("option", option_of(key))


def test_origins_name_every_key(tmp_path: Path) -> None:
    """`config list` can show an origin for each key, those of the storefronts among them."""
    loaded = load(tmp_path, "[storefronts.AT]\n[storefronts.de]\nenabled = false\n")
    assert list(loaded.origins) == all_keys(loaded.settings)
    assert set(loaded.settings.storefronts) == {"at", "de"}
    assert loaded.origins["storefronts.de.enabled"].place == "config.toml:3"
    assert loaded.origins["storefronts.at.enabled"].source == "default"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("1", True),
        ("YES", True),
        ("on", True),
        (" false ", False),
        ("0", False),
        ("no", False),
        ("Off", False),
    ],
)
def test_switches_in_the_environment(tmp_path: Path, text: str, value: object) -> None:
    """A switch in the environment is written the way people write switches."""
    loaded = load(tmp_path, environ={"KAUFLAND_API_USE_PLAYGROUND": text})
    assert loaded.settings.api.use_playground is value


def test_empty_variable_counts_as_not_there(tmp_path: Path) -> None:
    """A variable that a service file leaves empty hides nothing."""
    loaded = load(tmp_path, "[ui]\ntimezone = 'UTC'\n", {"KAUFLAND_UI_TIMEZONE": "", "KAUFLAND_CONFIG": ""})
    assert loaded.settings.ui.timezone == "UTC"


def test_every_fault_at_once_with_its_line(tmp_path: Path) -> None:
    """One run names all faults: unknown keys and sections, types, ranges and what depends on what."""
    text = """\
[api]
base_url = "http://example.com"
use_playground = "true"
base-url = "x"

[order_import]
interval_minutes = 0
create_sales_orders = true

[ordr_import]
[storefronts.at]
enabled = 1
[storefronts."A T"]
[secret]
store = "keyrng"
"""
    error = faults(tmp_path, text, {"KAUFLAND_DEBUG_LOG_RETENTION_DAYS": "ten"})
    file = tmp_path / "config.toml"
    in_file = (
        (2, "api.base_url"),
        (3, "api.use_playground"),
        (4, "api.base-url"),
        (7, "order_import.interval_minutes"),
        (8, "order_import.create_sales_orders"),
        (10, "ordr_import"),
        (12, "storefronts.at.enabled"),
        (13, "storefronts.A T"),
        (15, "secret.store"),
    )
    found = [(problem.place, problem.key) for problem in error.problems]
    assert sorted(found) == sorted(
        [
            *((f"{file}:{line}", key) for line, key in in_file),
            ("KAUFLAND_DEBUG_LOG_RETENTION_DAYS", "debug.log_retention_days"),
        ]
    )
    assert [place for place, _ in found if "config.toml" in place] == [f"{file}:{line}" for line, _ in in_file]
    said = {problem.key: (problem.problem, problem.allowed) for problem in error.problems}
    assert said["api.use_playground"] == ('"true" in quotes is not allowed', "true or false")
    assert said["order_import.interval_minutes"] == ("0 is not allowed", "a whole number from 1 to 1440")
    assert said["secret.store"] == (
        '"keyrng" is not allowed; did you mean keyring?',
        "keyring, systemd, file, command or env",
    )
    assert said["debug.log_retention_days"] == ('"ten" is not allowed', "a whole number from 1 to 3650")
    assert "did you mean api.base_url?" in said["api.base-url"][0]
    assert "did you mean order_import?" in said["ordr_import"][0]
    assert "customer number" in said["order_import.create_sales_orders"][0]
    assert "this machine only" in said["api.base_url"][0]
    assert error.exit_code is ExitCode.SETTINGS


@pytest.mark.parametrize(
    "text",
    [
        f'secret_key = "{SECRET}"',
        f'[api]\nsecret_key = "{SECRET}"',
        f'[api]\nSecret-Key = "{SECRET}"',
        f'secret = "{SECRET}"',
        f'[secret]\nkey = "{SECRET}"',
        f'[secret]\nsecret_key = "{SECRET}"',
        f'[api.secret_key]\nvalue = "{SECRET}"',
        f'[storefronts.de]\npartner_secret_key = "{SECRET}"',
    ],
)
def test_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    """The error says where the secret belongs, without showing it."""
    error = faults(tmp_path, text)
    assert "kaufland secret set" in str(error.hint)
    assert "never belongs here" in error.problems[0].problem
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    "text",
    [
        f'[api]\nclient_key = ["{SECRET}"]',
        f'[api]\nclient_key = "a {SECRET}"',
        f'[secret]\nstore = "{SECRET}"',
        f'[secret]\ncommand = "echo \'{SECRET}"',
        f'[api]\nbase_url = "https://shop:{SECRET}@example.com"',
        f'[api]\nbase_url = "https://example.com/?key={SECRET}"',
        f'[ui]\ntimezone = "{SECRET}"',
        f'[ui]\nunknown = "{SECRET}"',
        f"[api]\nclient_key = {SECRET}",
        f'[storefronts]\nat = "{SECRET}"',
        f'api = "{SECRET}"',
    ],
)
def test_possible_secret_is_never_shown(tmp_path: Path, text: str) -> None:
    """A secret pasted into the wrong place does not reach the screen."""
    assert SECRET not in str(faults(tmp_path, text))


def test_values_are_shown_short_and_printable(tmp_path: Path) -> None:
    """A refused value is shown so that it is recognised, without control characters and not longer than 60."""
    error = faults(tmp_path, '[ui]\ntimezone = "\\u001b[31m' + "ab " * 50 + '"\n')
    shown = error.problems[0].problem
    assert "\x1b" not in shown
    assert shown.startswith('"[31mab ab')
    assert len(shown.split('"')[1]) == 60


@pytest.mark.parametrize(
    "text",
    [
        "[api]\nclient_key = 'x'\nclient_key = 'y'\n",
        "[api\n",
        "a = 1\nb\n",
        "x = " + "9" * 5000,
        "x = " + "[" * 20_000,
        "\ufeff[api]\n\x00",
        "d = 2026-02-31\n",
        "a = 0x" + "f" * 9000,
    ],
)
def test_invalid_toml_is_reported_with_its_line(tmp_path: Path, text: str) -> None:
    """A file that is no TOML ends in one fault that names the file."""
    error = faults(tmp_path, text)
    assert error.problems[0].place.startswith(str(tmp_path / "config.toml"))


def test_line_of_broken_toml(tmp_path: Path) -> None:
    """The fault names the line at which the TOML breaks."""
    assert faults(tmp_path, "[api]\nclient_key = 'x'\nbroken\n").problems[0].place.endswith("config.toml:3")
    assert faults(tmp_path, b"[api]\r\nclient_key = '\xff'\r\n").problems[0].place.endswith("config.toml:2")


def test_mark_of_an_editor_on_windows_does_no_harm(tmp_path: Path) -> None:
    """A byte-order mark and Windows' line ends are read, with the right lines."""
    loaded = load(tmp_path, b"\xef\xbb\xbf[ui]\r\ntimezone = 'UTC'\r\n")
    assert loaded.origins["ui.timezone"].place == "config.toml:2"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, an endless file and a path that cannot be are faults that name the place."""
    environ = {"KAUFLAND_DATA_DIR": str(tmp_path)}
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 1_000_001)
    file = tmp_path / "file"
    file.touch()
    for path in (tmp_path, large, file / "config.toml", tmp_path / "a\0b", tmp_path / ("x" * 5000)):
        with pytest.raises(SettingsError) as caught:
            load_settings(environ, config_file=path)
        assert str(tmp_path) in caught.value.problems[0].place


def test_file_that_this_user_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way out is to look whose it is: there is nothing to correct in it."""

    def refuse(*_: object) -> None:
        raise PermissionError

    file = tmp_path / "config.toml"
    file.touch()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SettingsError, match="may not be read by this user") as caught:
        load_settings({"KAUFLAND_DATA_DIR": str(tmp_path)}, config_file=file)
    assert f"ls -l {file}" in str(caught.value.hint)


def test_create_sales_orders_needs_a_customer_number(tmp_path: Path) -> None:
    """Without any customer number the switch is refused with the reason, for each storefront too."""
    switch = "[order_import]\ncreate_sales_orders = true\n"
    assert "customer number" in str(faults(tmp_path, switch))
    assert "storefront at has none" in str(faults(tmp_path, "[storefronts.at]\ncreate_sales_orders = true\n"))
    assert "storefront at has none" in str(
        faults(tmp_path, switch + "[storefronts.at]\n[storefronts.de]\ndefault_customer_no = '7'\n")
    )
    loaded = load(tmp_path, switch + "default_customer_no = '7'\n[storefronts.at]\n")
    assert loaded.settings.creates_sales_orders("at")
    assert loaded.settings.customer_for("de", "DE") == "7"
    assert loaded.warnings == (
        "storefronts.at.default_customer_no: orders of storefront at shipped to AT have no customer, so they are held",
    )
    load(tmp_path, switch + "[sales_orders.customers]\nAT = 'D0010'\n")
    off = load(tmp_path, switch + "default_customer_no = '7'\n[storefronts.at]\ncreate_sales_orders = false\n")
    assert not off.settings.creates_sales_orders("at")


def test_fault_is_not_followed_by_false_ones(tmp_path: Path) -> None:
    """What depends on a value that is itself wrong is not validated."""
    text = "[order_import]\ncreate_sales_orders = true\ndefault_customer_no = 10000\n"
    text += "[api]\nrequests_per_second = 500\nbase_url = 5\n"
    keys = [problem.key for problem in faults(tmp_path, text).problems]
    assert keys == ["order_import.default_customer_no", "api.base_url"]


def test_rate_has_a_bound_except_on_this_machine(tmp_path: Path) -> None:
    """More than 100 requests a second are possible only against this machine."""
    assert "api.requests_per_second" in str(faults(tmp_path, "[api]\nrequests_per_second = 101\n"))
    here = load(tmp_path, "[api]\nrequests_per_second = 9e4\nbase_url = 'http://127.0.0.1:8000/v2'\n")
    assert here.settings.api.requests_per_second == 90_000
    for value in ("0", "-1", "nan", "inf", "true", "'20'", f"1{'0' * 400}"):
        assert "api.requests_per_second" in str(faults(tmp_path, f"[api]\nrequests_per_second = {value}\n"))


def test_import_always_overlaps_the_one_before_it(tmp_path: Path) -> None:
    """Without an overlap, changes in the very second of the watermark could be lost."""
    error = faults(tmp_path, "[order_import]\noverlap_minutes = 0\n")
    assert [problem.allowed for problem in error.problems] == ["a whole number from 1 to 10080"]


def test_storefront_is_in_the_file_once(tmp_path: Path) -> None:
    """Capitals and small letters mean the same storefront, so that both together are a fault."""
    error = faults(tmp_path, "[storefronts.at]\n[storefronts.AT]\nenabled = false\n[storefronts]\nde = 1\n")
    assert [(problem.place[-1], problem.key) for problem in error.problems] == [
        ("2", "storefronts.at"),
        ("5", "storefronts.de"),
    ]


def test_customer_number_for_some_storefronts_only(tmp_path: Path) -> None:
    """Where only some storefronts have a number, the seller hears what becomes of the others."""
    text = "[order_import]\ncreate_sales_orders = true\n[storefronts.at]\ndefault_customer_no = '7'\n"
    assert any("country are held" in warning for warning in load(tmp_path, text).warnings)


def test_store_that_is_a_command_needs_one(tmp_path: Path) -> None:
    """A secret store with nothing to run is a fault; a command may be written as one text."""
    assert "secret.command" in str(faults(tmp_path, "[secret]\nstore = 'command'\n"))
    loaded = load(tmp_path, "[secret]\nstore = 'command'\ncommand = \"pass show 'my shop'\"\n")
    assert loaded.settings.secret.command == ["pass", "show", "my shop"]


def test_warnings_do_not_refuse(tmp_path: Path) -> None:
    """An odd length of the client key is said and accepted."""
    loaded = load(tmp_path, "[api]\nclient_key = '7bffc16ba2cc5ac1cbf527d6fa39263'\n")
    said = "\n".join(loaded.warnings)
    assert said.splitlines() == [
        "api.client_key: this key has 31 characters; Kaufland's have 32 (31 in its own example) (config.toml:2)",
    ]
    assert "7bffc16" not in said


def test_unknown_variable_is_a_warning_with_the_nearest(tmp_path: Path) -> None:
    """A mistyped variable of a known section is said; variables with another meaning are not."""
    loaded = load(
        tmp_path,
        environ={
            "KAUFLAND_API_BASEURL": "x",
            "KAUFLAND_SECRET_STOR": "x",
            "KAUFLAND_api_user_agent": "x",
            "KAUFLAND_API_SECRET_KEY": SECRET,
            "KAUFLAND_STOREFRONTS_AT_ENABLD": "1",
            "KAUFLAND_SECRET_KEY": SECRET,
            "KAUFLAND_SECRET_KEY_FILE": "x",
            "KAUFLAND_PARTNER_SECRET_KEY": SECRET,
            "KAUFLAND_PROFILE": "b",
            "KAUFLAND_OTHER": "x",
            "KAUFLAND_PROFLE": "b",
            "KAUFLAND_SECRETKEY": SECRET,
            "PATH": "x",
        },
    )
    assert loaded.warnings == ()
    assert loaded.ignored_variables == (
        "KAUFLAND_API_BASEURL is not a setting and is ignored; did you mean KAUFLAND_API_BASE_URL?",
        "KAUFLAND_API_SECRET_KEY is ignored; the secret key is read from KAUFLAND_SECRET_KEY",
        "KAUFLAND_PROFLE is not a setting and is ignored; did you mean KAUFLAND_PROFILE?",
        "KAUFLAND_SECRETKEY is not a setting and is ignored; did you mean KAUFLAND_SECRET_KEY?",
        "KAUFLAND_SECRET_STOR is not a setting and is ignored; did you mean KAUFLAND_SECRET_STORE?",
        "KAUFLAND_STOREFRONTS_AT_ENABLD is not a setting and is ignored; did you mean KAUFLAND_STOREFRONTS_AT_ENABLED?",
        "KAUFLAND_api_user_agent is not a setting and is ignored; did you mean KAUFLAND_API_USER_AGENT?",
    )


def test_options_of_the_command_line(tmp_path: Path) -> None:
    """Options come typed or as text; an unknown one and a wrong one are faults that name the option."""
    loaded = load(tmp_path, options={"order_import.interval_minutes": "20", "api.use_playground": None})
    assert loaded.settings.order_import.interval_minutes == 20
    error = faults(
        tmp_path, options={"secret.store": "x", "api.secret_key": SECRET, "order_import.interval_minutes": 0}
    )
    assert [problem.place for problem in error.problems] == ["--interval-minutes", "--secret-key", "--secret-store"]


LOOKS_LIKE_SETTINGS = st.lists(
    st.sampled_from(
        [
            "[api]",
            "[storefronts.at]",
            "[secret]",
            "base_url = ",
            "use_playground = ",
            "command = ",
            "store=",
            "\n",
            '"',
            "'",
            "true",
            "https://",
            "1",
            "nan",
            "[",
            "]",
            "{",
            "}",
            "=",
            ".",
            "#",
            '"""',
            "\\",
            "\r\n",
            "é",
            "\0",
        ]
    ),
    max_size=30,
).map("".join)
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(150))


@SAME_FOLDER
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        LOOKS_LIKE_SETTINGS.map(str.encode),
    )
)
def test_any_file_ends_in_settings_or_in_their_error(tmp_path: Path, content: bytes) -> None:
    """Nothing that a file can hold ends in a traceback, and each fault can be printed."""
    try:
        load(tmp_path, content)
    except SettingsError as error:
        str(error).encode()


ANY_TOML_VALUE = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=["Cs"]))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc_", min_size=1), inner, max_size=3)
    ),
    max_leaves=5,
)


def inline(value: object) -> str:
    """Write any value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {inline(item)}' for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return as_toml(value).replace("\x7f", "\\u007f")


@pytest.mark.slow
@SAME_FOLDER
@given(st.sampled_from(list(VALUES)), ANY_TOML_VALUE)
def test_any_value_of_any_key_ends_in_settings_or_in_their_error(tmp_path: Path, key: str, value: object) -> None:
    """Whatever type a key is given, the settings are either right or refused, naming file, line and key."""
    section, _, name = key.rpartition(".")
    said = ""
    try:
        load(tmp_path, f"[{section}]\n{name} = {inline(value)}\n")
    except SettingsError as error:
        said = str(error)
    assert not said or f"config.toml:2: {key}" in said
    said.encode()


@pytest.mark.parametrize("key", ["a." * 100_000 + "a = 1", "[" + "a . " * 100_000 + "a]", '"a".' * 100_000 + "a = 1"])
def test_key_without_end_is_refused_at_once(tmp_path: Path, key: str) -> None:
    """Reading it would take more memory than there is; so it is not read, and named by its line."""
    assert "config.toml:2: has a name with too many dots in it" in str(faults(tmp_path, "\n" + key + "\n"))


@pytest.mark.parametrize(
    "text",
    ["a", "a" * 999_000, '"' * 999_000, "'" * 999_000, "\"'" * 499_000, "a." * 99 + "a = 1", "# " + "." * 990_000],
)
def test_large_files_are_validated_at_once(tmp_path: Path, text: str) -> None:
    """What is only large or odd takes no time that a person would notice."""
    began = time.process_time()
    faults(tmp_path, text + "\n=")
    assert time.process_time() - began < 5


@SAME_FOLDER
@given(
    st.sampled_from([*VALUES, "storefronts.q.enabled", "config", "profile", "data_dir", "nothing"]),
    st.one_of(
        st.text(),
        st.sampled_from(["1e400", "[::1", "https://[", "http://[::1]:0", "Europe", "../x", "'", "\udcff", "~", "\0"]),
    ),
)
def test_any_variable_ends_in_settings_or_in_their_error(tmp_path: Path, key: str, text: str) -> None:
    """Nothing that a variable can hold ends in a traceback, and each fault can be printed."""
    environ = {
        "KAUFLAND_CONFIG": str(tmp_path / "c"),
        "KAUFLAND_DATA_DIR": str(tmp_path),
        "HOME": str(tmp_path),
        variable_of(key): text,
    }
    try:
        load_settings(environ)
    except SettingsError as error:
        str(error).encode()


def test_client_key_as_long_as_a_secret_key_is_warned_of(tmp_path: Path) -> None:
    """Whoever put the secret key into the client key's place is warned before it stays in a readable file."""
    (warning,) = load(tmp_path, f"[api]\nclient_key = '{'ab' * 32}'\n").warnings
    assert (
        warning
        == "api.client_key: this key has 64 characters, like a secret key, which never belongs here (config.toml:2)"
    )


def test_file_in_a_closed_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another user, as root by sudo, has made the folder, it is the settings file that is said to be closed."""

    def closed(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "lstat", closed)
    with pytest.raises(SettingsError, match="may not be read by this user"):
        load_settings({"HOME": str(tmp_path)})
