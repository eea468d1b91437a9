"""`config` and `secret`: every setting can be seen, changed and taken back; the secret is kept and never shown."""

import io
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from kaufland_cli.errors import SettingsError
from kaufland_cli.settings import setting_keys
from kaufland_cli.settings.keys import CODE
from kaufland_cli.simulator import Simulator
from support.machine import SECRET, Machine
from support.sampling import sampled

RATE = "KAUFLAND_API_REQUESTS_PER_SECOND"


def test_setting_goes_in_and_out_again(machine: Machine) -> None:
    """`config set` writes, `get` reads, `list` shows the origin, `unset` brings the default back; comments stay."""
    machine.write_config("# mine\n[order_import]\n# why so\ninterval_minutes = 20 # enough\n")
    machine.good("config", "set", "order_import.interval_minutes", "45")
    assert "interval_minutes = 45 # enough" in machine.config.read_text(encoding="utf-8")
    got = machine.good("config", "get", "order_import.interval_minutes", "--json").json()
    assert (got["value"], got["source"]) == (45, "file")
    listed = machine.good("config", "list", "--json").json()["settings"]
    (found,) = [one for one in listed if one["key"] == "order_import.interval_minutes"]
    assert (found["value"], found["origin"]) == (45, "config.toml:4")
    machine.good("config", "unset", "order_import.interval_minutes")
    assert machine.good("config", "get", "order_import.interval_minutes").out == "15\n"
    assert machine.config.read_text(encoding="utf-8").startswith("# mine\n[order_import]\n# why so\n")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("order_import.interval_minutes", "0", 2),
        ("order_import.interval_minutes", "often", 2),
        ("order_import.intervall_minutes", "5", 3),
        ("order_import.create_sales_orders", "true", 3),
        ("api.base_url", "http://example.com", 2),
        ("secret.key", SECRET, 3),
        ("ui.timezone", "Europe/Berlinn", 2),
        ("storefronts.de at.enabled", "true", 2),
    ],
)
def test_wrong_value_is_refused_and_nothing_is_written(machine: Machine, key: str, value: str, code: int) -> None:
    """What is not allowed is refused with the reason; the file is not even made, and a secret is not repeated."""
    done = machine.run("config", "set", key, value)
    assert done.code == code, done
    assert SECRET not in done.err
    assert machine.files() == []


def test_faulty_file_can_be_fixed_by_commands(machine: Machine) -> None:
    """`config path` and `config unset` work where the file has a fault, since they are there to fix it."""
    machine.write_config("[api]\nnonsense = 1\nclient_key = 'de30de30de30de30de30de30de30de30'\n")
    assert machine.run("config", "list").code == 3
    assert machine.good("config", "path").out.strip() == str(machine.config)
    machine.good("config", "unset", "api.nonsense")
    machine.good("config", "list")


def test_single_fault_of_several_can_be_fixed(machine: Machine) -> None:
    """A change that makes nothing worse is done, and what is still wrong is named."""
    machine.write_config("[order_import]\ninterval_minutes = 0\n[ui]\ntimezone = 'Nowhere'\n")
    done = machine.good("config", "set", "order_import.interval_minutes", "30")
    assert "ui.timezone" in done.err
    machine.good("config", "unset", "ui.timezone")
    assert machine.good("config", "get", "order_import.interval_minutes").out == "30\n"


def test_settings_in_force_as_a_file(connected: Machine) -> None:
    """`config list --toml` prints a file with what the environment sets, and says on stderr what it leaves out."""
    connected.more["KAUFLAND_MONITORING_PING_URL"] = "https://hc-ping.com/9e1d2f3a"
    connected.more["KAUFLAND_BUSINESS_CENTRAL_COMPANY"] = "Käse GmbH"
    done = connected.good("config", "list", "--toml")
    assert tomllib.loads(done.out)["business_central"] == {"company": "Käse GmbH"}
    assert SECRET not in done.out
    assert "9e1d2f3a" not in done.out
    assert "monitoring.ping_url" in done.err
    revealed = connected.good("config", "list", "--toml", "--reveal")
    assert tomllib.loads(revealed.out)["monitoring"] == {"ping_url": "https://hc-ping.com/9e1d2f3a"}
    assert "left out" not in revealed.err
    assert connected.run("config", "list", "--toml", "--json").code == 2


def test_mistyped_key_gets_the_nearest_one(machine: Machine) -> None:
    """`config get` names the key that was probably meant, as `config set` does."""
    assert "api.client_key" in machine.run("config", "get", "api.client_kye").err


def test_environment_is_named_as_taking_precedence(connected: Machine) -> None:
    """Where a variable hides what was written to the file, that is said."""
    done = connected.good("config", "set", "api.base_url", "https://sellerapi.kaufland.com/v2")
    assert "KAUFLAND_API_BASE_URL" in done.err
    assert connected.good("config", "get", "api.base_url", "--json").json()["source"] == "environment"
    kept = connected.good("config", "set", "secret.store", "file")
    assert "KAUFLAND_SECRET_STORE" in kept.err
    connected.more["KAUFLAND_SECRET_STORE"] = "file"
    hidden = connected.good("secret", "set", "--secret-stdin", stdin=SECRET)
    assert "KAUFLAND_SECRET_KEY in the environment takes precedence" in hidden.err


def test_every_place_can_be_named(connected: Machine, simulator: Simulator) -> None:
    """`config path` names settings, store, backups and the secret's file."""
    connected.have_imported(simulator)
    paths = {place: connected.good("config", "path", place).out.strip() for place in ("store", "backups", "secret")}
    assert Path(paths["store"]) == connected.store
    assert Path(paths["backups"]) == connected.store.parent / "backups"
    assert Path(paths["secret"]) == connected.config.with_name("secret_key")
    connected.more["KAUFLAND_SECRET_STORE"] = "systemd"
    assert connected.good("config", "path", "secret").out.strip() == paths["secret"] + ".cred"


@pytest.fixture
def keyed(machine: Machine) -> Machine:
    """Give a machine with a client key and nothing else."""
    machine.more["KAUFLAND_API_CLIENT_KEY"] = "de30" * 8
    return machine


@pytest.mark.parametrize("stdin", [SECRET, f"{SECRET}\n", f"  {SECRET}\r\n", f"{SECRET}\nsecond line\n"])
def test_file_keeps_the_secret(keyed: Machine, stdin: str) -> None:
    """The secret key goes into a private file, is confirmed without being shown, and goes away again."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "file"
    done = keyed.good("secret", "set", "--secret-stdin", stdin=stdin)
    assert SECRET not in done.out + done.err
    path = Path(keyed.good("config", "path", "secret").out.strip())
    assert path.read_text(encoding="utf-8").strip() == SECRET
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = keyed.good("secret", "status")
    assert "***" in told.out
    assert SECRET[:8] not in told.out
    keyed.good("secret", "delete", "--yes")
    assert not path.exists()
    assert keyed.run("secret", "status", "--json").error()["error"] == "secret_missing"


ODD_SECRETS = [b"", b"\n", b"\xff\xfe\x00\x00", b"two words", b"\x00" * 64]


@pytest.mark.parametrize("stdin", sampled(ODD_SECRETS, b"", b"\xff\xfe\x00\x00"), ids=repr)
def test_text_that_is_no_secret_is_refused(keyed: Machine, stdin: bytes) -> None:
    """Nothing, bytes that are no text, and several words are refused; nothing is written."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "file"
    done = keyed.process("secret", "set", "--secret-stdin", stdin=stdin)
    assert (done.code, "Traceback" in done.err) == (3, False)
    assert keyed.files() == []


def test_mark_in_front_of_the_secret_is_dropped(keyed: Machine) -> None:
    """PowerShell and editors put a byte order mark in front; the key behind it is taken."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "file"
    assert keyed.process("secret", "set", "--secret-stdin", stdin=b"\xef\xbb\xbf" + SECRET.encode()).code == 0
    assert keyed.good("secret", "status", "--json").json()["length"] == 64


class Endless(io.StringIO):
    """Input in which the end of the line never comes."""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # as in StringIO itself
        """Return as much as is asked for; asking for all of it would never end."""
        assert size is not None
        assert size > 0
        return "x" * size


def test_endless_input_ends(keyed: Machine) -> None:
    """Input without an end does not fill the memory; what is far too long is no secret key."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "file"
    done = keyed.run("secret", "set", "--secret-stdin", stdin=Endless())
    assert (done.code, keyed.files()) == (3, [])


def test_command_gives_the_secret(connected: Machine) -> None:
    """The store `command` fetches the secret key from a program, and cannot be written or emptied."""
    connected.more |= {"KAUFLAND_SECRET_KEY": "", "KAUFLAND_SECRET_STORE": "command"}
    program = f"print('{SECRET}')"
    connected.more["KAUFLAND_SECRET_COMMAND"] = f'"{sys.executable}" -c "{program}"'
    connected.good("test-connection")
    assert connected.good("secret", "status", "--json").json()["store"] == "command"
    assert connected.run("secret", "set", "--secret-stdin", stdin=SECRET).code == 3
    assert connected.run("secret", "delete", "--yes").code == 3
    connected.more["KAUFLAND_SECRET_COMMAND"] = f'"{sys.executable}" -c "raise SystemExit(3)"'
    failed = connected.run("import-orders")
    assert (failed.code, "exit code 3" in failed.err) == (3, True)


def test_environment_gives_the_secret(connected: Machine) -> None:
    """The store `env` reads the variable, and a person is not asked for a key that it could not keep."""
    assert "KAUFLAND_SECRET_KEY" in connected.good("secret", "status").out
    assert connected.run("secret", "delete", "--yes").code == 3
    asked = connected.run("secret", "set", typed="")
    assert (asked.code, "KAUFLAND_SECRET_KEY" in asked.err) == (3, True)


@pytest.mark.long
def test_keyring_that_is_not_there_is_reported(keyed: Machine) -> None:
    """Without a keyring the error names it and the other stores; nothing is kept elsewhere in silence."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "keyring"
    keyed.more["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    for words in (("secret", "set", "--secret-stdin"), ("import-orders",)):
        done = keyed.process(*words, stdin=SECRET.encode())
        assert (done.code, "keyring" in done.err) == (3, True), done
        assert "Traceback" not in done.err
    assert not keyed.config.with_name("secret_key").exists()


def test_partners_secret_is_kept_apart(keyed: Machine) -> None:
    """The partner's secret key has a place of its own."""
    keyed.more |= {"KAUFLAND_SECRET_STORE": "file", "KAUFLAND_API_PARTNER_CLIENT_KEY": "aa11" * 8}
    keyed.good("secret", "set", "--secret-stdin", stdin=SECRET)
    keyed.good("secret", "set", "--partner", "--secret-stdin", stdin=SECRET[::-1])
    one, other = (keyed.good("secret", "status", "--json", *more).json() for more in ((), ("--partner",)))
    assert one["fingerprint"] != other["fingerprint"]


def test_secret_of_business_central_is_kept_apart(keyed: Machine) -> None:
    """It is set, shown and deleted like the secret key, next to it, and belongs to a client id or user name."""
    keyed.more["KAUFLAND_SECRET_STORE"] = "file"
    central = ("--business-central",)
    nobody = keyed.run("secret", "set", *central, "--secret-stdin", stdin="x")
    assert (nobody.code, "business_central.client_id" in nobody.err) == (3, True)
    keyed.good("config", "set", "business_central.client_id", "11aa-22bb")
    keyed.good("secret", "set", "--secret-stdin", stdin=SECRET)
    kept = keyed.good("secret", "set", *central, "--secret-stdin", stdin="aB8Q~x.y-z_\n")
    assert "Saved the secret of Business Central: ***" in kept.err
    assert "characters; Kaufland's have" not in kept.err
    assert "aB8Q" not in kept.err + kept.out
    assert keyed.good("secret", "status", *central, "--json").json()["length"] == 11
    assert keyed.run("secret", "status", *central, "--partner").code == 2
    keyed.good("secret", "delete", *central, "--yes")
    assert "kaufland secret set --business-central" in keyed.run("secret", "status", *central).err
    assert keyed.good("secret", "status", "--json").json()["length"] == 64


def test_setup_by_options_fails_whole(machine: Machine, simulator: Simulator) -> None:
    """Setup that cannot connect, or has a wrong option, writes neither settings nor secret."""
    words = ("setup", "--no-input", "--secret-store", "file", "--secret-stdin", "--client-key", simulator.client_key)
    refused = machine.run(*words, "--base-url", simulator.base_url, stdin="0" * 64)
    assert refused.code == 4
    wrong = machine.run(*words, "--base-url", simulator.base_url, "--interval-minutes", "0", stdin=SECRET)
    assert (wrong.code, "--interval-minutes" in wrong.err) == (3, True)
    sales = machine.run(*words, "--base-url", simulator.base_url, "--create-sales-orders", stdin=SECRET)
    assert (sales.code, "customer number" in sales.err) == (3, True)
    store = machine.run("setup", "--no-input", "--secret-store", "cupboard", "--secret-stdin", stdin=SECRET)
    assert store.code == 3
    simulator.stop()
    assert machine.run(*words, "--base-url", simulator.base_url, stdin=SECRET).code == 5
    assert machine.files() == []


def test_sales_orders_by_options(machine: Machine, simulator: Simulator) -> None:
    """Setup without questions switches them on from now on, keeps both secrets, and names the next step."""
    words = ["setup", "--no-input", "--secret-store", "file", "--secret-stdin", "--business-central-secret-stdin"]
    words += ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--create-sales-orders")
    words += ("--default-customer-no", "D0020", "--default-country", "at", "--shipping-number", "8400")
    words += ("--sales-order-target", "business_central", "--business-central-tenant", "shop.example")
    words += ("--business-central-client-id", "11aa", "--business-central-environment", "Production")
    both = f"{SECRET}\naB8Q~x.y-z_\n"
    missing = machine.run(*words, stdin=both)
    assert (missing.code, "business_central.company" in missing.err, machine.files()) == (3, True, [])
    done = machine.good(*words, "--business-central-company", "CRONUS AT", stdin=both)
    assert "Then: kaufland sales-orders push --confirm-first" in done.err
    assert machine.good("secret", "status", "--business-central", "--json").json()["length"] == 11
    assert machine.good("config", "get", "sales_orders.start_at").out == "2026-11-24T09:30:00Z\n"
    assert machine.good("config", "get", "sales_orders.default_country").out == "AT\n"
    machine.clock.advance(days=1)
    machine.good("setup", "--no-input")
    assert machine.good("config", "get", "sales_orders.start_at").out == "2026-11-24T09:30:00Z\n"


def test_secrets_are_put_back_where_the_settings_cannot_be_written(
    machine: Machine, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setup that fails at its very end leaves both secrets as they were: the one that was there, and none."""
    words = ("setup", "--no-input", "--secret-store", "file", "--secret-stdin", "--client-key", simulator.client_key)
    machine.good(*words, "--base-url", simulator.base_url, stdin=SECRET)
    before = {path: path.read_bytes() for path in machine.files()}

    def fail(*_: object, **__: object) -> None:
        raise SettingsError("The settings could not be kept.")

    monkeypatch.setattr("kaufland_cli.app.setup.draft.change_settings", fail)
    more = ("--business-central-secret-stdin", "--business-central-client-id", "11aa")
    with Simulator(secret_key=SECRET[::-1], now=machine.clock.now) as other:
        done = machine.run(*words, *more, "--base-url", other.base_url, stdin=f"{SECRET[::-1]}\nother~secret\n")
    assert (done.code, "could not be kept" in done.err) == (3, True)
    assert {path: path.read_bytes() for path in machine.files()} == before


def test_setup_says_that_the_secret_of_business_central_is_missing(connected: Machine) -> None:
    """Without it nothing can be created, which is said with the command that fixes it."""
    connected.more |= {
        "KAUFLAND_BUSINESS_CENTRAL_TENANT": "t",
        "KAUFLAND_BUSINESS_CENTRAL_COMPANY": "c",
        "KAUFLAND_BUSINESS_CENTRAL_CLIENT_ID": "i",
    }
    words = ("setup", "--no-input", "--create-sales-orders", "--default-customer-no", "1")
    done = connected.good(*words, "--sales-order-target", "business_central")
    assert "KAUFLAND_BUSINESS_CENTRAL_SECRET is not set" in done.err


def test_switching_sales_orders_on_is_from_now_on(machine: Machine) -> None:
    """`config set` sets the moment and says so; a table is set whole or by entry, and read in either way."""
    machine.good("config", "set", "sales_orders.customers.at", "D0010")
    done = machine.good("config", "set", "order_import.create_sales_orders", "true")
    assert "sales_orders.start_at is set to 2026-11-24T09:30:00Z: orders created before" in done.err
    machine.clock.advance(days=1)
    machine.good("config", "set", "storefronts.cz.create_sales_orders", "false")
    again = machine.good("config", "unset", "storefronts.cz.create_sales_orders")
    assert "storefronts.cz.start_at is set to 2026-11-25T09:30:00Z" in again.err
    machine.good("config", "set", "storefronts.cz.shipping_numbers", "21=8421,12=8412")
    assert machine.good("config", "get", "storefronts.cz.shipping_numbers").out == '{ 21 = "8421", 12 = "8412" }\n'
    got = machine.good("config", "get", "sales_orders.customers.AT", "--json").json()
    assert (got["value"], got["source"]) == ("D0010", "file")
    assert machine.good("config", "get", "sales_orders.customers.SK").out == "\n"
    machine.good("config", "unset", "storefronts.cz.shipping_numbers.21")
    listed = {one["key"]: one["value"] for one in machine.good("config", "list", "--json").json()["settings"]}
    assert listed["storefronts.cz.shipping_numbers"] == {"12": "8412"}
    assert machine.run("config", "set", "sales_orders.customers.Austria", "1").code == 2
    assert machine.run("config", "set", "sales_orders.customrs.AT", "1").code == 3


def test_commands_at_the_end_mean_the_same_account(machine: Machine, simulator: Simulator) -> None:
    """Setup of a second account ends with commands for that account."""
    machine.connect(simulator)
    done = machine.good("--profile", "second", "setup", "--no-input", "--auto-import-orders")
    assert "Next: kaufland --profile second import-orders" in done.err
    assert "kaufland --profile second s" in done.err


def test_list_shows_what_was_set(machine: Machine) -> None:
    """`config list` shows what the file and the environment set, `--all` every setting; JSON is always complete."""
    assert machine.good("config", "list").out.splitlines()[1:] == ["api.requests_per_second\t100.0\t" + RATE]
    machine.good("config", "set", "ui.locale", "de_DE")
    shown = machine.good("config", "list").out.splitlines()[1:]
    assert shown == [f"api.requests_per_second\t100.0\t{RATE}", 'ui.locale\t"de_DE"\tconfig.toml:5']
    every = {one.key for one in setting_keys() if CODE not in one.key}
    assert {line.split("\t")[0] for line in machine.good("config", "list", "--all").out.splitlines()[1:]} == every
    assert {one["key"] for one in machine.good("config", "list", "--json").json()["settings"]} == every
    assert len(machine.good("config", "list", "--csv").out.splitlines()) == len(every) + 1


def test_change_shows_what_it_leads_to(machine: Machine) -> None:
    """`config set` prints the value as it is kept, a hidden one as ***; `unset` prints the default."""
    done = machine.good("config", "set", "sales_orders.start_at", "2026-11-01T01:00+01:00")
    assert 'sales_orders.start_at = "2026-11-01T00:00:00Z"' in done.err
    done = machine.good("config", "set", "monitoring.ping_url", "https://hc-ping.com/9e1d2f3a")
    assert 'monitoring.ping_url = "https://hc-ping.com/***"' in done.err
    assert "has its default again: 15" in machine.good("config", "unset", "order_import.interval_minutes").err


def test_setting_without_effect_says_so(machine: Machine) -> None:
    """`config set` and `config list` say when what is set has no effect now, and nothing once it has."""
    done = machine.good("config", "set", "order_import.interval_minutes", "20")
    reason = (
        "order_import.interval_minutes has no effect now: only active when order_import.auto_import_orders is true."
    )
    assert reason in done.err
    assert reason in machine.good("config", "list").err
    listed = machine.good("config", "list", "--json").json()["settings"]
    found = {one["key"]: one["no_effect"] for one in listed}
    assert found["order_import.interval_minutes"].startswith("only active when ")
    assert found["api.client_key"] == ""
    machine.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    assert "no effect" not in machine.good("config", "set", "order_import.interval_minutes", "25").err
    assert "no effect" not in machine.good("config", "list").err
