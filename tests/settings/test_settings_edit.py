"""Changing the settings file keeps everything else in it."""

import stat
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import KauflandError, SettingsError, WrongUsage
from kaufland_cli.settings import load_settings, nearest_key, setting_keys, value_of
from kaufland_cli.settings.edit import change_settings, parse_value
from kaufland_cli.settings.pages import example_toml, toml_value
from support.sampling import examples

SECRET = "5e" * 32
WRITTEN_BY_HAND = """\
# Our shop
[api] # the real one
base_url="https://sellerapi.kaufland.com/v2"   # since March

# --- imports ---
[order_import]
interval_minutes = 0x1E  # thirty
'auto_import_orders' = true

[storefronts.AT]
enabled = true
# the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a settings file that a person wrote."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN_BY_HAND, encoding="utf-8")
    return path


def test_comments_order_and_spelling_survive(file: Path) -> None:
    """A change touches its own key; a new key stands with its table, not behind the next one's comment."""
    change_settings(
        file,
        {
            "order_import.interval_minutes": 20,
            "api.client_key": "k" * 32,
            "ui.timezone": "UTC",
            "storefronts.at.default_customer_no": "7",
        },
        environ={},
    )
    assert (
        file.read_text(encoding="utf-8")
        == WRITTEN_BY_HAND.replace("0x1E", "20")
        .replace("# since March\n", f'# since March\nclient_key = "{"k" * 32}"\n')
        .replace("enabled = true\n", 'enabled = true\ndefault_customer_no = "7"\n')
        + '\n[ui]\ntimezone = "UTC"\n'
    )


def test_removing_a_key(file: Path) -> None:
    """A removed key is gone with its line only; one that is not there is no fault."""
    change_settings(file, {"api.base_url": None, "ui.timezone": None}, environ={})
    assert file.read_text(encoding="utf-8") == WRITTEN_BY_HAND.replace(WRITTEN_BY_HAND.splitlines(keepends=True)[2], "")


def test_new_file_says_what_it_is(tmp_path: Path) -> None:
    """A new file begins with a word to its reader and is private, as is the folder made for it."""
    file = tmp_path / "new" / "config.toml"
    change_settings(file, {"api.client_key": "k" * 32}, environ={})
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Settings of kaufland.")
    assert text.endswith(f'\n[api]\nclient_key = "{"k" * 32}"\n')
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_file_that_others_could_read_is_private_afterwards(file: Path) -> None:
    """A change closes a file that was open to others."""
    file.chmod(0o644)
    change_settings(file, {"ui.timezone": "UTC"}, environ={})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_to_change_writes_nothing(tmp_path: Path, file: Path) -> None:
    """Removing what is not there makes no file and touches none."""
    change_settings(tmp_path / "none.toml", {"ui.timezone": None}, environ={})
    assert not (tmp_path / "none.toml").exists()
    before = file.stat().st_mtime_ns
    change_settings(file, {"ui.timezone": None}, environ={})
    assert file.stat().st_mtime_ns == before


def test_change_that_would_break_the_settings_writes_nothing(file: Path) -> None:
    """The file is valid as a whole after a change, or it is not changed; a change may lean on the environment."""
    before = file.read_bytes()
    switch: dict[str, object] = {"order_import.create_sales_orders": True}
    refused: list[dict[str, object]] = [
        switch,
        {"order_import.interval_minutes": 0},
        {"api.base_url": "http://example.com"},
        {"api.nothing": 1},
        {"api.secret_key": SECRET},
        {"storefronts.A T.enabled": True},
        {"api.client_key": 5},
        {"api": {}},
        {"": 1},
    ]
    for changes in refused:
        with pytest.raises(SettingsError) as caught:
            change_settings(file, changes, environ={})
        assert SECRET not in str(caught.value)
        assert file.read_bytes() == before
    change_settings(file, switch, environ={"KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "7"})


def test_every_fault_of_a_change_at_once(file: Path) -> None:
    """Faults of the new values and of keys that do not exist come together."""
    with pytest.raises(SettingsError) as caught:
        change_settings(
            file, {"api.base_ur": "x", "order_import.initial_days": "many", "ui.timezone": "Berlin"}, environ={}
        )
    assert {problem.key for problem in caught.value.problems} == {
        "api.base_ur",
        "order_import.initial_days",
        "ui.timezone",
    }


def test_variable_hides_no_fault_of_the_new_value(file: Path) -> None:
    """A value that is kept has to be right by itself, even while a variable stands over it."""
    with pytest.raises(SettingsError):
        change_settings(file, {"api.requests_per_second": 500}, environ={"KAUFLAND_API_REQUESTS_PER_SECOND": "5"})


def test_unknown_key_can_be_removed(tmp_path: Path) -> None:
    """The way out of a mistyped key, or of a secret in the file, is a command."""
    file = tmp_path / "config.toml"
    file.write_text(f"[api]\nsecret_key = '{SECRET}'\nclient_key = 'k'\n", encoding="utf-8")
    change_settings(file, {"api.secret_key": None}, environ={})
    assert file.read_text(encoding="utf-8") == "[api]\nclient_key = 'k'\n"
    with pytest.raises(SettingsError, match="did you mean"):
        change_settings(file, {"api.client_kye": None}, environ={})


def test_line_ends_of_windows_stay(file: Path) -> None:
    """A file with Windows' line ends has no others afterwards."""
    file.write_bytes(WRITTEN_BY_HAND.replace("\n", "\r\n").encode())
    change_settings(file, {"api.client_key": "k" * 32}, environ={})
    content = file.read_bytes()
    assert b"client_key" in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_copied_example_is_filled_in_where_a_person_would(tmp_path: Path) -> None:
    """A key of the example file is set below its commented-out line."""
    file = tmp_path / "config.toml"
    file.write_text(example_toml(), encoding="utf-8")
    change_settings(file, {"order_import.interval_minutes": 20}, environ={})
    assert "# interval_minutes = 15\ninterval_minutes = 20\n" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "api.base_url = 'https://a.example'\n",
        "api = { base_url = 'https://a.example' }\n",
        "# nothing",
        "\ufeff[api]\n",
        "",
        "[ui]\n[api]\n[debug]\n",
        "[storefronts.de]\n[debug]\n[storefronts.at]\n",
        "[storefronts]\nde.enabled = false\n[ui]\n",
    ],
)
def test_other_ways_to_write_a_file(tmp_path: Path, text: str) -> None:
    """However the file is written, a change means what it says and nothing else changes its meaning."""
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    before = tomllib.loads(text.removeprefix("\ufeff"))
    change_settings(file, {"api.client_key": "k" * 32, "storefronts.de.create_sales_orders": False}, environ={})
    after = tomllib.loads(file.read_text(encoding="utf-8"))
    assert after["api"].pop("client_key") == "k" * 32
    assert after["storefronts"]["de"].pop("create_sales_orders") is False
    for section, table in before.items():
        assert after[section] | table == after[section]


def test_file_that_only_its_author_can_change(tmp_path: Path) -> None:
    """Where a change would be a risk to the rest, the file stays and the person gets the reason."""
    file = tmp_path / "config.toml"
    file.write_text("api = 5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="only be changed by hand"):
        change_settings(file, {"api.client_key": "k" * 32}, environ={})
    assert file.read_text(encoding="utf-8") == "api = 5\n"


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    """No place for the file is a fault that names it."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"config\.toml"):
        change_settings(tmp_path / "file" / "config.toml", {"ui.timezone": "UTC"}, environ={})


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that nobody can write")
def test_folder_that_cannot_be_made() -> None:
    """A change that cannot be kept says so."""
    with pytest.raises(SettingsError, match="cannot be written"):
        change_settings(Path("/proc/kaufland/config.toml"), {"ui.timezone": "UTC"}, environ={})


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("api.use_playground", "Yes", True),
        ("order_import.interval_minutes", " 20 ", 20),
        ("api.requests_per_second", "0.5", 0.5),
        ("api.base_url", "https://A.example/", "https://a.example"),
        ("order_import.default_customer_no", "0010", "0010"),
        ("secret.command", "pass show 'my shop'", ["pass", "show", "my shop"]),
        ("secret.store", "command", "command"),
        ("storefronts.at.create_sales_orders", "on", True),
        ("order_import.create_sales_orders", "on", True),
    ],
)
def test_values_typed_on_the_command_line(key: str, text: str, value: object) -> None:
    """What a person types becomes the key's type, in the form in which it is kept; other keys have no say yet."""
    assert parse_value(key, text) == value


def test_values_that_are_not_allowed() -> None:
    """A wrong value says what is allowed; a wrong key names the nearest; the secret has its own command."""
    with pytest.raises(WrongUsage, match="a whole number from 1 to 1440"):
        parse_value("order_import.interval_minutes", "1441")
    with pytest.raises(WrongUsage, match="true or false"):
        parse_value("api.use_playground", "ja")
    with pytest.raises(SettingsError, match=r"did you mean api\.base_url\?"):
        parse_value("api.baseurl", "x")
    with pytest.raises(SettingsError) as caught:
        parse_value("api.secret_key", SECRET)
    assert str(caught.value.hint) == "kaufland secret set"
    assert SECRET not in str(caught.value)


@pytest.mark.slow
def test_output_of_get_can_be_set(tmp_path: Path) -> None:
    """For every key, the form in which its value is printed is read as that value."""
    values: dict[str, object] = {
        "api.use_playground": True,
        "api.default_storefront": "at",
        "api.client_key": "k" * 32,
        "api.partner_client_key": "p" * 32,
        "api.requests_per_second": 0.25,
        "order_import.default_customer_no": "0010 [A]",
        "secret.file": "[keys]/my key",
        "secret.command": ["pass", "show", 'my "shop"', "C:\\keys", "[x]", ""],
        "storefronts.at.default_customer_no": "7",
        "storefronts.at.create_sales_orders": False,
        "storefronts.at.start_at": "2026-11-24T09:30:00Z",
        "storefronts.at.shipping_number": "8400",
        "storefronts.at.shipping_numbers": {"7": "8401", "5.5": '8 "A"'},
        "sales_orders.customers": {"AT": "D,0010", "SK": "D=0011"},
        "secret.business_central_command": ["pass", "show", "bc"],
        "ui.locale": "de_DE",
    }
    for known in setting_keys():
        key = known.key.replace("<code>", "at")
        value = values.get(key, known.default)
        printed = value if isinstance(value, str) else toml_value(value)
        assert parse_value(key, printed) == value
        change_settings(tmp_path / "config.toml", {key: printed}, environ={})
    assert parse_value("secret.command", " []") == []


@pytest.mark.parametrize("text", ["[", '["a", 1]', '["a"]\nb = 1', "[a]", '[["a"]]', '["a"] b', "[" * 5000])
def test_text_that_is_not_a_list(text: str) -> None:
    """What begins as a list but is not one is refused, never split into words."""
    with pytest.raises(WrongUsage, match="not a list of words"):
        parse_value("secret.command", text)


SEVERAL_FAULTS = f"""\
secret = "{SECRET}"
"a.b" = 1

[api]
secret_key = "{SECRET}"
base_url = "ftp://x"
"odd.name" = 1

[api.secret]
value = "{SECRET}"

[order_import]
interval_minutes = 0
create_sales_orders = true
default_customer_no = 5

[storefronts."A T"]
[storefronts.AT]
enabld = true
[[ordr_import]]
x = 1
[ui]
timezone = "Berlin"
"""


@pytest.mark.slow
def test_file_with_several_faults_is_fixed_one_by_one(tmp_path: Path) -> None:
    """Faults that were there before do not stop a change, in whatever order somebody fixes them."""
    steps: list[tuple[str, object | None]] = [
        ("order_import.interval_minutes", 30),
        ("order_import.default_customer_no", None),
        ("api.secret_key", None),
        ("secret", None),
        ("api.base_url", "https://a.example"),
        ("api.secret", None),
        ("storefronts.at.enabld", None),
        ("a.b", None),
        ("api.odd.name", None),
        ("ordr_import", None),
        ("storefronts.A T", None),
        ("ui.timezone", "UTC"),
        ("order_import.create_sales_orders", None),
    ]
    for order in (steps, steps[::-1]):
        file = tmp_path / "config.toml"
        file.write_text(SEVERAL_FAULTS, encoding="utf-8")
        for key, value in order:
            with pytest.raises(SettingsError):
                load_settings({"KAUFLAND_DATA_DIR": str(tmp_path)}, config_file=file)
            change_settings(file, {key: value}, environ={"KAUFLAND_UI_LOCALE": "nowhere"})
        loaded = load_settings({"KAUFLAND_DATA_DIR": str(tmp_path)}, config_file=file)
        assert loaded.settings.order_import.interval_minutes == 30


def test_faulty_file_is_not_made_worse(tmp_path: Path) -> None:
    """A change is refused for the fault that it brings, and for that one only."""
    file = tmp_path / "config.toml"
    file.write_text("[api]\nbase_url = 'x'\n[secret]\nstore = 'env'\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        change_settings(file, {"secret.store": "command"}, environ={})
    assert [(problem.place, problem.key) for problem in caught.value.problems] == [("command line", "secret.store")]


def test_refusal_names_the_lines_of_the_file_as_it_is(tmp_path: Path) -> None:
    """Lines that the refused change would have moved are named where the reader finds them."""
    file = tmp_path / "config.toml"
    file.write_text(
        "[order_import]\ndefault_customer_no = '7'\ninterval_minutes = 20\ncreate_sales_orders = true\n", "utf-8"
    )
    with pytest.raises(SettingsError) as caught:
        change_settings(file, {"order_import.default_customer_no": None}, environ={})
    assert [problem.place for problem in caught.value.problems] == [f"{file}:4"]


@pytest.mark.parametrize(
    ("text", "key", "left"),
    [
        ("# a\n[api]\n\n[ui]\ntimezone = 'UTC'\n", "ui.timezone", "# a\n[api]\n"),
        ("[ui]\ntimezone = 'UTC'\n\n[api]\n", "ui.timezone", "[api]\n"),
        ("[ui]\ntimezone = 'UTC'\n", "ui.timezone", ""),
        ("[storefronts.AT]\nenabled = true\n", "storefronts.at.enabled", ""),
        ("[storefronts]\n[storefronts.at]\nenabled = true\n", "storefronts.at.enabled", ""),
        ("[storefronts]\nde = {}\nat.enabled = true\n", "storefronts.at.enabled", "[storefronts]\nde = {}\n"),
        ("ui.timezone = 'UTC'\napi.base_url = 'https://a.example'\n", "ui.timezone", None),
        ("ui = { timezone = 'UTC' }\n", "ui.timezone", ""),
        ("[ui] # ours\ntimezone = 'UTC'\n", "ui.timezone", "[ui] # ours\n"),
        ("[ui]\n# ours\ntimezone = 'UTC'\n", "ui.timezone", "[ui]\n# ours\n"),
        ("[ui]\ntimezone = 'UTC'\nlocale = 'de'\n", "ui.timezone", "[ui]\nlocale = 'de'\n"),
    ],
)
def test_table_left_empty_goes_with_its_last_key(tmp_path: Path, text: str, key: str, left: str | None) -> None:
    """Removing the last key leaves no empty table behind, unless a person wrote a comment into it."""
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    change_settings(file, {key: None}, environ={})
    assert file.read_text(encoding="utf-8") == ("api.base_url = 'https://a.example'\n" if left is None else left)


def test_section_is_no_key(file: Path) -> None:
    """Whoever names a section hears its keys, and nothing is removed."""
    for key, example in (
        ("order_import", "order_import.interval_minutes"),
        ("storefronts.at", "storefronts.at.enabled"),
        ("storefronts", "storefronts.<code>.enabled"),
    ):
        said = r"is a section; its keys are .*" + example
        with pytest.raises(SettingsError, match=said):
            change_settings(file, {key: None}, environ={})
        with pytest.raises(SettingsError, match=said):
            parse_value(key, "x")
    assert file.read_text(encoding="utf-8") == WRITTEN_BY_HAND


def test_nearest_key() -> None:
    """A mistyped key is led to the one that is meant."""
    assert nearest_key("order_import.intervall_minutes") == "order_import.interval_minutes"
    assert nearest_key("timezone") == "ui.timezone"
    assert not nearest_key("qqqqqqqq")


KEYS = st.one_of(
    st.sampled_from(
        [
            "api.base_url",
            "api.client_key",
            "order_import.interval_minutes",
            "secret.command",
            "secret.store",
            "ui.timezone",
            "ui.locale",
            "storefronts.at.enabled",
            "storefronts.de.default_customer_no",
            "secret.file",
        ]
    ),
    st.text(max_size=20),
)
TYPED = st.one_of(
    st.text(max_size=40), st.sampled_from(["true", "1", "1e999", "9" * 5000, "'", "https://a.example", "file"])
)
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(150))


@QUICK
@given(KEYS, TYPED)
def test_any_typed_value_is_kept_or_refused(tmp_path: Path, key: str, text: str) -> None:
    """Any key with any value is either kept so that it is read back the same, or refused as an error for people."""
    file = tmp_path / "config.toml"
    file.write_text(WRITTEN_BY_HAND, encoding="utf-8")
    try:
        value = parse_value(key, text)
        change_settings(file, {key: value}, environ={})
    except KauflandError as error:
        str(error).encode()
        assert file.read_text(encoding="utf-8") == WRITTEN_BY_HAND
    else:
        loaded = load_settings({"KAUFLAND_DATA_DIR": str(tmp_path)}, config_file=file)
        assert value_of(loaded.settings, key) == value


@QUICK
@given(st.text("[]{}\"'#=.\\\n ab1", max_size=40), st.sampled_from(["[api]\n", "[storefronts.de]\n", ""]))
def test_any_file_is_changed_or_refused(tmp_path: Path, text: str, head: str) -> None:
    """A change to any file ends in the change or in an error for people, and never loses a comment."""
    file = tmp_path / "config.toml"
    content = head + text
    file.write_bytes(content.encode())
    try:
        change_settings(file, {"api.client_key": "k"}, environ={})
    except SettingsError:
        assert file.read_bytes() == content.encode()
    else:
        after = file.read_text(encoding="utf-8")
        assert all(line in after for line in content.splitlines() if line.lstrip().startswith("#"))
