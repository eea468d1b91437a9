"""The wizard at a real terminal: a person types, sees, changes their mind, and nothing is written too early."""

import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import Simulator
from support.business_central_fake import (
    CLIENT_ID,
    CLIENT_SECRET,
    COMPANY,
    TENANT,
    USER_NAME,
    BusinessCentralFake,
    business_central_fake,
)
from support.clocks import HeldClock
from support.crontab import OwnCrontab
from support.machine import ESCAPE, SECRET, Machine
from support.typing_person import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")


@pytest.fixture
def fake() -> Iterator[BusinessCentralFake]:
    """Give a company of the bookkeeping."""
    with business_central_fake() as found:
        yield found


@pytest.fixture
def seller(tmp_path: Path, real_simulator: Simulator, fake: BusinessCentralFake) -> Machine:
    """Give a machine without settings; only the addresses of the simulator and of the bookkeeping are known."""
    more = {
        "KAUFLAND_API_BASE_URL": real_simulator.base_url,
        "KAUFLAND_BUSINESS_CENTRAL_BASE_URL": fake.base_url,
        "KAUFLAND_BUSINESS_CENTRAL_LOGIN_URL": fake.login_url,
    }
    machine = Machine(tmp_path / "machine", clock=HeldClock(SystemClock().now()), more=more)
    OwnCrontab(machine)
    return machine


def type_keys(at: Terminal, simulator: Simulator, *, secret: str = SECRET, more: str = "n") -> None:
    """Answer what setup cannot do without, and whether there is more to set."""
    at.answer("Client key", simulator.client_key)
    at.answer("Secret key", secret)
    if secret == SECRET:
        at.answer("More settings", more)


def type_more(at: Terminal, *, place: str = "file") -> None:
    """Answer the questions behind "More settings?", without sales orders."""
    at.answer("Use Kaufland's playground")
    at.answer("Base URL")
    at.answer("User agent")
    at.answer("Keep it in", place)
    at.answer("Default storefront")
    at.answer("Import orders on a schedule", "y")
    at.answer("Minutes between", "30")
    at.answer("Create sales orders from")
    at.answer("Log every request")


def later(at: Terminal, *, schedule: str = "Run kaufland schedule install") -> None:
    """Leave the orders and the scheduler of the machine that runs the tests alone."""
    at.answer("Import the orders of the last 30 days now", "n")
    at.answer(schedule, "n")


SCHEDULE = "Import new orders every"
QUESTIONS = (
    ("Client key", "de30" * 8),
    ("Secret key", SECRET),
    ("More settings", "y"),
    ("Use Kaufland's playground", ""),
    ("Base URL", ""),
    ("User agent", ""),
    ("Keep it in", "file"),
    ("Default storefront", ""),
    ("Import orders on a schedule", "y"),
    ("Minutes between", ""),
    ("Create sales orders from", "y"),
    ("Create them as", "business_central"),
    ("Log in with oauth or basic", ""),
    ("Tenant", TENANT),
    ("Environment", ""),
    ("Client id", CLIENT_ID),
    ("Company", COMPANY),
    ("Secret of Business Central", CLIENT_SECRET),
    ("Customer no.", "D1000"),
    ("Ship-to country of", ""),
    ("Account for shipping", "8400"),
    ("Change", "at D0010, cz - 8420"),
    ("Change", ""),
    ("Log every request", ""),
    ("Use customer D1000 for all countries", ""),
    ("Create sales orders without confirming", ""),
    ("Save this", ""),
)
# Both keys come through one place in the code: a sample of them, among them secrets and the last one.
EVERY_DAY = {"\x03": {1, 26}, "\x04": {17}}


def test_four_questions_are_enough(seller: Machine, real_simulator: Simulator) -> None:
    """Both keys, whether there is more, whether to save: then a program is set up that works; two offers follow."""
    at = Terminal(seller)
    type_keys(at, real_simulator)
    at.answer("Save this")
    at.see("✓ Settings saved")
    assert len(at.questions) == 4, at.questions
    later(at, schedule=SCHEDULE)
    assert at.end() == 0
    assert len(at.questions) == 6
    assert at.seen.index("Import new orders") < at.seen.index("Next: kaufland import-orders")
    seller.good("test-connection")
    assert tomllib.loads(seller.config.read_text(encoding="utf-8")) == {
        "api": {"client_key": real_simulator.client_key, "default_storefront": "de"},
        "secret": {"store": "file"},
    }


@pytest.mark.parametrize("columns", [80, 120])
def test_whole_run_and_again_with_every_default(columns: int, seller: Machine, real_simulator: Simulator) -> None:
    """All sections in order; the summary comes before writing; a second run by Enter alone loses nothing."""
    at = Terminal(seller, columns=columns)
    at.answer("Client key", real_simulator.client_key)
    at.answer("Secret key", SECRET)
    at.see("Testing the connection", "✓ storefronts", "The connection works", "de, at, cz, pl")
    at.answer("More settings", "y")
    type_more(at)
    at.see("Summary", "Runs", "When", "Creates", "Buyers' data", "Settings")
    assert seller.files() == []
    at.answer("Save this")
    later(at)
    assert at.end() == 0
    assert "Later: kaufland schedule install" in at.seen
    assert at.seen.index("Later: kaufland schedule") < at.seen.index("Next: kaufland import-orders")
    assert SECRET not in at.seen
    assert not ESCAPE.search(at.seen)
    assert max(len(line) for line in at.seen.splitlines() if "/" not in line) <= columns  # paths stay whole
    text = seller.config.read_text(encoding="utf-8")
    assert SECRET not in text
    assert "user_agent" not in text, "a default that was only kept may change with the next version"
    assert seller.good("secret", "status", "--json").json()["store"] == "file"

    edited = text.replace("[api]", "# my own words\n[api]  # and here\ntimeout_seconds = 12").replace(
        "[order_import]", "[order_import]\ninitial_days = 7  # a week is enough"
    )
    seller.write_config(edited)
    before = {path: path.read_bytes() for path in seller.files()}
    at = Terminal(seller)
    assert at.answer("Client key") == real_simulator.client_key
    at.answer("Secret key (not shown; Enter keeps")
    at.answer("More settings", "y")
    for question in ("Use Kauf", "Base URL", "User agent", "Keep it in", "Default", "Import orders on", "Minutes"):
        at.answer(question)
    for question in ("Create sales orders", "Log every", "Save this"):
        at.answer(question)
    at.answer("Import the orders of the last 7 days now", "n")
    at.answer("Run kaufland schedule install", "n")
    assert at.end() == 0
    assert {path: path.read_bytes() for path in seller.files()} == before


LONG = [pytest.mark.long]
STOPS = [
    pytest.param(
        position,
        key,
        id=f"{name} at {question}",
        marks=[] if position in EVERY_DAY[key] else LONG,
    )
    for position, (question, _) in enumerate(QUESTIONS)
    for name, key in (("Ctrl-C", "\x03"), ("Ctrl-D", "\x04"))
]


@pytest.mark.parametrize(("stop_at", "key"), STOPS)
def test_stopping_at_any_question_writes_nothing(stop_at: int, key: str, seller: Machine) -> None:
    """Ctrl-C and Ctrl-D at each question leave no file, no store, no secret, and end with 130."""
    at = Terminal(seller, own_process=True)
    for question, answer in QUESTIONS[:stop_at]:
        at.answer(question, answer)
    at.see(f"? {QUESTIONS[stop_at][0]}")
    at.see(": ")
    at.child.send(key)
    assert at.end() == 130
    assert "Nothing was saved" in at.seen
    assert "Traceback" not in at.seen
    assert seller.files() == []


def test_wrong_answers_are_asked_again_with_the_reason(  # noqa: PLR0915 - one long talk
    seller: Machine, real_simulator: Simulator, fake: BusinessCentralFake
) -> None:
    """Each answer is checked at once, and a wrong one costs nothing but the reason."""
    at = Terminal(seller, columns=200)
    at.answer("Client key", "")
    at.see("is needed")
    at.answer("Client key", "two words")
    at.see("!")
    at.answer("Client key", "short")
    at.see("5 characters")
    at.answer("Keep it anyway", "n")
    at.answer("Client key", "short")
    at.answer("Keep it anyway", "y")
    at.answer("Secret key", "")
    at.see("Nothing came in")
    at.answer("Secret key", "with spaces in it")
    at.see("!")
    at.answer("Secret key", "c0ffee")
    at.see("This secret has 6 characters; Kaufland's have 64.")
    at.answer("Use it anyway", "y")
    at.see("✗ credentials")
    at.answer("Enter the keys again", "")
    at.answer("Use Kaufland's playground", "perhaps")
    at.see("Please answer y or n")
    at.answer("Use Kaufland's playground", "nein")
    at.answer("Client key", f' "{real_simulator.client_key}" ')
    at.answer("Keep the secret key that was just tried")
    at.answer("Secret key", f"'{SECRET}'")
    at.see("The connection works")
    at.answer("More settings", "y")
    at.answer("Use Kaufland's playground")
    at.answer("Base URL", "http://example.com")
    at.see("!", "allowed")
    at.answer("Base URL", real_simulator.base_url)
    at.answer("User agent", "\x01\x02")
    at.see("!")
    at.answer("User agent", "My shop 1.0")
    at.answer("Keep it in", "safe")
    at.see("Please answer keyring, systemd, file, command or env")
    at.answer("Keep it in", "env")
    at.see("KAUFLAND_SECRET_KEY is not set")
    at.answer("Keep it in", "command")
    at.answer("Command that prints the secret key", "")
    at.see("A command is needed")
    at.answer("Command that prints the secret key", "no-such-program-anywhere")
    at.see("is not found")
    at.answer("Keep it in", "file")
    at.answer("Default storefront", "Deutschland!")
    at.see("!")
    at.answer("Default storefront", "sk")
    at.see("it has de, at, cz, pl")
    at.answer("Default storefront", "-")
    at.answer("Import orders on a schedule", "y")
    at.answer("Minutes between", "0")
    at.see("from 1 to 1440")
    at.answer("Minutes between", "soon")
    at.see("!")
    at.answer("Minutes between", "20")
    at.answer("Create sales orders from", "y")
    at.answer("Create them as", "odoo")
    at.see("Please answer file or business_central")
    at.answer("Create them as", "b")
    at.answer("Log in with", "basic")
    at.answer("Address of Business Central", "http://bc.example/api/v2.0")
    at.see("this machine only")
    at.answer("Address of Business Central", fake.base_url)
    at.answer("User name", "")
    at.see("cannot be reached without it")
    at.answer("User name", USER_NAME)
    at.answer("Company", "C")
    at.answer("Secret of Business Central", "two words")
    at.see("No secret of Business Central in the text given")
    at.answer("Secret of Business Central", "short")
    at.answer("Customer no.", "")
    at.see("customer number is needed")
    at.answer("Customer no.", "y")
    at.see("'y' is not a number")
    at.answer("Customer no.", "D1000")
    at.answer("Ship-to country of", "Germany")
    at.see("not a two-letter country code")
    at.answer("Ship-to country of", "de")
    at.answer("Account for shipping", "9" * 21)
    at.see("longer than 20 characters")
    at.answer("Account for shipping")
    at.answer("Change", "sk D1")
    at.see("'sk' is not one of your storefronts: at, cz, de, pl")
    at.answer("Change", "at")
    at.see("Type storefront, customer")
    at.answer("Change", "at yes")
    at.see("'yes' is not a number")
    at.answer("Change", "at D0010 - Austria")
    at.see("not a two-letter country code")
    at.answer("Change")
    at.see("Testing Business Central", "✗ sign-in")
    at.answer("Answer the Business Central questions again")
    for question in ("Log in with", "Address of Business Central", "User name", "Company"):
        at.answer(question)
    at.answer("Keep the secret of Business Central that was just tried")
    at.answer("Secret of Business Central", CLIENT_SECRET)
    at.see("✓ sign-in", "✗ company", "no company 'C'; there is: 'CRONUS DE'")
    at.answer("Answer the Business Central questions again", "y")
    for question in ("Log in with", "Address of Business Central", "User name"):
        at.answer(question)
    at.answer("Company", COMPANY)
    at.answer("Secret of Business Central")
    at.see("✓ sign-in", "✓ company", "! customer D1000: There is no customer D1000")
    at.answer("Log every request")
    at.answer("Use customer D1000 for all", "n")
    at.answer("Create sales orders without", "n")
    at.answer("Save this")
    later(at)
    assert at.end() == 0
    text = seller.config.read_text(encoding="utf-8")
    assert 'user_agent = "My shop 1.0"' in text
    assert "no-such-program" not in text


def test_sales_orders_in_business_central_and_again(seller: Machine, fake: BusinessCentralFake) -> None:
    """What is answered is kept, secrets apart; the summary says what is created; Enter alone changes nothing."""
    for customer in ("D1000", "D0010"):
        fake.add_customer(customer)
    fake.add_account("8420")
    at = Terminal(seller, columns=200)
    for question, answer in QUESTIONS[:11]:
        at.answer(question, answer)
    at.see("Never created: no customers, no items; nothing is released or posted")
    for question, answer in QUESTIONS[11:21]:
        at.answer(question, answer)
    at.see("Storefront  Country  Customer    Shipping", "at          AT       none: held  8400")
    for question, answer in QUESTIONS[21:23]:
        at.answer(question, answer)
    at.see("Testing Business Central", "✓ company", "✓ customer D1000", "✓ customer D0010", "✓ account 8400")
    at.answer("Log every")
    at.see("Summary", "Creates", "sales orders, for orders created from 20", "(Europe/Berlin) on")
    at.see("Where", f"Business Central, company CRONUS DE, {fake.base_url}")
    at.see(
        *("Customers", "D1000 for DE, D0010 for storefront at", "Shipping", "account 8400, 8420 for storefront cz"),
        *("Held", "orders of storefront cz, pl", "Never", "no customers, no items; nothing is released or posted"),
    )
    assert seller.files() == []
    for question, answer in QUESTIONS[24:]:
        at.answer(question, answer)
    later(at)
    assert at.end() == 0
    steps = ("Next: kaufland import", "Then: kaufland sales-orders check", "Then: kaufland sales-orders push --confirm")
    found = [at.seen.index(step) for step in (*steps, "  kaufland sales-orders push ORDER --confirm-first")]
    assert found == sorted(found)
    (warning,) = [line for line in at.seen.splitlines() if line.startswith("! storefronts.")]
    assert "orders of storefront cz shipped to CZ have no customer, so they are held" in warning
    assert CLIENT_SECRET not in at.seen
    (secret,) = seller.folder.rglob("secret_key.business_central")
    assert secret.read_text(encoding="utf-8").strip() == CLIENT_SECRET
    text = seller.config.read_text(encoding="utf-8")
    assert CLIENT_SECRET not in text
    data = tomllib.loads(text)
    assert data["storefronts"] == {"at": {"default_customer_no": "D0010"}, "cz": {"shipping_number": "8420"}}
    assert datetime.fromisoformat(data["sales_orders"].pop("start_at")) <= datetime.now(UTC)
    assert data["sales_orders"] == {"shipping_number": "8400", "target": "business_central"}
    assert data["business_central"] == {
        "tenant": TENANT,
        "client_id": CLIENT_ID,
        "company": COMPANY,
    }

    before = {path: path.read_bytes() for path in seller.files()}
    at = Terminal(seller)
    for question in dict(QUESTIONS):
        at.answer(question, "y" if question == "More settings" else "")
    later(at)
    assert at.end() == 0
    assert {path: path.read_bytes() for path in seller.files()} == before


def test_failing_answers_can_be_kept_anyway(seller: Machine, fake: BusinessCentralFake) -> None:
    """Whose Business Central does not answer today need not lose the answers; without a sandbox nothing is tried."""
    for sandbox in (False, True):
        if sandbox:
            del seller.more["KAUFLAND_BUSINESS_CENTRAL_BASE_URL"]
        at = Terminal(seller, columns=200)
        for question, answer in QUESTIONS[:21]:
            if question == "Secret of Business Central" and sandbox:
                at.answer("Sandbox", "-")
            at.answer(question, "Nope GmbH" if question == "Company" else answer)
        at.answer("Change")
        if not sandbox:
            at.see("✗ company", "no company 'Nope GmbH'")
            at.answer("Answer the Business Central questions again", "n")
        for question, answer in QUESTIONS[23:]:
            at.answer(question, answer)
        later(at)
        assert at.end() == 0
        assert 'company = "Nope GmbH"' in seller.config.read_text(encoding="utf-8")
    assert len(fake.asked_for("login", "POST")) == 1


def test_declining_another_try_writes_nothing(seller: Machine, real_simulator: Simulator) -> None:
    """A failing connection test offers another try; on no, nothing is written and the exit code says why."""
    at = Terminal(seller)
    type_keys(at, real_simulator, secret="0" * 64)
    at.see("✗ credentials", "→")
    at.answer("Enter the keys again", "n")
    at.answer("Save without a working test", "n")
    assert at.end() == 4
    assert "Nothing was saved" in at.seen
    assert seller.files() == []


def test_out_of_reach_the_keys_can_be_saved_untested(seller: Machine, real_simulator: Simulator) -> None:
    """No keeps every answer in brackets and asks for the connection too; yes saves and names the test for later."""
    seller.more["KAUFLAND_API_BASE_URL"] = "http://127.0.0.1:9/v2"
    at = Terminal(seller)
    at.answer("Client key", real_simulator.client_key)
    at.answer("Secret key", SECRET)
    at.see("✗ connection")
    at.answer("Save without a test", "n")
    at.answer("Use Kaufland's playground")
    assert at.answer("Base URL") == "http://127.0.0.1:9/v2"
    assert at.answer("Client key") == real_simulator.client_key
    at.answer("Secret key (not shown; Enter keeps the present one)")
    at.see("✗ connection")
    at.answer("Save without a test", "y")
    at.answer("More settings")
    at.answer("Save this")
    at.answer(SCHEDULE, "n")
    assert at.end() == 0
    assert "To test it: kaufland test-connection" in at.seen
    assert seller.config.with_name("secret_key").read_text(encoding="utf-8").strip() == SECRET


def test_declining_the_summary_writes_nothing(seller: Machine, real_simulator: Simulator) -> None:
    """What is read in the summary can still be refused."""
    at = Terminal(seller)
    type_keys(at, real_simulator)
    at.answer("Save this", "n")
    at.answer("Change the answers", "n")
    assert at.end() == 0
    assert seller.files() == []


def test_declining_the_summary_loses_no_answer(seller: Machine, real_simulator: Simulator) -> None:
    """Whoever wants to change the answers finds each in its brackets; Enter alone leads to the same settings."""
    wanted = {
        "Base URL": real_simulator.base_url,
        "User agent": "My shop 1.0",
        "Keep it in": "file",
        "Default storefront": "at",
        "Import orders on a schedule": "y",
        "Minutes between": "20",
        "Create sales orders from": "y",
        "Create them as": "file",
        "Folder": "orders",
        "Customer no.": "D7",
        "Ship-to country of": "AT",
        "Account for shipping": "8400",
        "Change": "cz D9 8410",
    }
    at = Terminal(seller, columns=200)
    type_keys(at, real_simulator, more="y")
    at.answer("Use Kaufland's playground")
    for question, answer in wanted.items():
        at.answer(question, answer)
    at.answer("Change")
    at.answer("Log every request", "y")
    at.answer("Use customer D7", "n")
    at.answer("Create sales orders without", "y")
    at.answer("Save this", "n")
    at.answer("Change the answers")
    assert at.answer("Client key") == real_simulator.client_key
    at.answer("Secret key (not shown; Enter keeps")
    assert at.answer("More settings") == "Y/n"
    at.answer("Use Kaufland's playground")
    for question, answer in wanted.items():
        if question == "Change":
            at.see("cz          CZ       D9          8410")
            at.answer(question)
        else:
            assert at.answer(question) == ("Y/n" if answer == "y" else answer)
    assert at.answer("Log every request") == "Y/n"
    assert at.answer("Use customer D7") == "y/N"
    assert at.answer("Create sales orders without") == "Y/n"
    assert at.answer("Save this") == "Y/n"
    later(at)
    assert at.end() == 0
    data = tomllib.loads(seller.config.read_text(encoding="utf-8"))
    assert data["storefronts"] == {"cz": {"default_customer_no": "D9", "shipping_number": "8410"}}
    assert (data["order_import"]["interval_minutes"], data["sales_orders"]["confirm_first"]) == (20, False)


def test_person_can_go_back(seller: Machine, real_simulator: Simulator) -> None:
    """`<` asks the question before again, its answer in brackets, across sections and tests, up to the first one."""
    at = Terminal(seller)
    at.see("< goes back one question")
    at.answer("Client key", "<")
    at.see("This is the first question")
    at.answer("Client key", "de30" * 7 + "0000")
    at.answer("Secret key", "<")
    assert at.answer("Client key") == "de30" * 7 + "0000"
    at.answer("Secret key", "<")
    at.answer("Client key", real_simulator.client_key)
    at.answer("Secret key", SECRET)
    at.see("The connection works")
    at.answer("More settings", "y")
    tests = len([one for one in real_simulator.requests if "/order-units" in one.target])
    at.answer("Use Kaufland's playground", "<")
    assert at.answer("More settings") == "Y/n"
    at.answer("Use Kaufland's playground")
    at.answer("Base URL")
    at.answer("User agent", "My shop")
    at.answer("Keep it in", "<")
    assert at.answer("User agent") == "My shop"
    at.answer("Keep it in")
    at.answer("Default storefront", "at")
    at.answer("Import orders on a schedule", "y")
    at.answer("Minutes between", "<")
    at.answer("Import orders on a schedule", "n")
    at.answer("Create sales orders from")
    at.answer("Log every request")
    at.answer("Save this", "<")
    at.answer("Log every request", "y")
    assert len([one for one in real_simulator.requests if "/order-units" in one.target]) == tests, "tested once"
    at.answer("Save this")
    at.answer("Import the orders", "n")
    assert at.end() == 0
    data = tomllib.loads(seller.config.read_text(encoding="utf-8"))
    assert data["api"] == {
        "client_key": real_simulator.client_key,
        "base_url": real_simulator.base_url,
        "user_agent": "My shop",
        "default_storefront": "at",
    }
    assert data.get("order_import", {}).get("auto_import_orders", False) is False
    assert data["debug"] == {"log_api_requests": True}


@pytest.mark.parametrize("typed", [SECRET, f' "{SECRET.upper()}"'])
def test_secret_at_a_visible_prompt_is_recognised(typed: str, seller: Machine, real_simulator: Simulator) -> None:
    """64 hexadecimal characters are no answer to any visible question: not repeated, and to be cleared away."""
    at = Terminal(seller, columns=120)
    at.answer("Client key", typed)
    at.see("secret key", "clear the scrollback")
    at.answer("Client key", real_simulator.client_key)
    at.answer("Secret key", SECRET)
    at.answer("More settings", typed)
    at.see("clear the scrollback")
    at.answer("More settings", "y")
    at.answer("Use Kaufland's playground")
    at.answer("Base URL", typed)
    at.see("clear the scrollback")
    at.child.send("\x04")
    assert at.end() == 130
    echoed = at.seen.replace("\r", "").replace("\n", "").lower()
    assert echoed.count(SECRET) == 3, "only what the terminal itself echoed"


def test_two_fields_of_the_setup_page_are_explained(seller: Machine, real_simulator: Simulator) -> None:
    """With sales orders and a customer alone, the summary says what is held and why, and offers both ways out."""
    at = Terminal(seller, "--create-sales-orders", "--default-customer-no", "D7", columns=120)
    type_keys(at, real_simulator)
    at.see("Summary", "Held", "orders of storefront at, cz, pl: no customer", "shipped anywhere but DE")
    at.see("orders with shipping cost: no account", "billed to a company", "until you have confirmed the first one")
    at.answer("Use customer D7 for all countries", "y")
    at.answer("Create sales orders without confirming the first one", "y")
    at.see("Held now")
    assert "confirmed the first" not in at.see("Save this")
    at.child.sendline("")
    later(at, schedule=SCHEDULE)
    assert at.end() == 0
    data = tomllib.loads(seller.config.read_text(encoding="utf-8"))["sales_orders"]
    assert (data["default_country"], data["confirm_first"]) == ("all", False)


@pytest.mark.long
def test_new_place_takes_the_secret_along(seller: Machine, real_simulator: Simulator) -> None:
    """Who chooses another place for the secret key need not type it again, and it is gone from the old one."""
    words = ("--client-key", real_simulator.client_key, "--base-url", real_simulator.base_url)
    seller.run("setup", "--no-input", *words, "--secret-store", "file", "--secret-stdin", stdin=SECRET)
    old = seller.config.with_name("secret_key")
    assert old.read_text(encoding="utf-8").strip() == SECRET
    seller.run("config", "set", "secret.file", "elsewhere/key")
    assert seller.run("secret", "status").code == 3
    seller.run("config", "unset", "secret.file")

    seller.more["PYTHON_KEYRING_BACKEND"] = "keyring_in_a_file.FileKeyring"
    seller.more["PYTHONPATH"] = str(Path(__file__).parent)
    seller.more["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    seller.more["TEST_KEYRING"] = str(seller.folder / "keyring.json")
    at = Terminal(seller, own_process=True)
    for question in ("Client key", "Secret key"):
        at.answer(question)
    at.see("The connection works")
    at.answer("More settings", "y")
    for question in ("Use Kauf", "Base", "User agent"):
        at.answer(question)
    at.answer("Keep it in", "keyring")
    for question in ("Default", "Import orders on", "Create sales", "Log every", "Save this"):
        at.answer(question)
    at.answer("Import the orders", "n")
    assert at.end() == 0
    assert "was deleted from" in at.seen
    assert not old.exists()
    assert SECRET in (seller.folder / "keyring.json").read_text(encoding="utf-8")
    assert seller.process("test-connection").code == 0
    back = seller.process("setup", "--no-input", "--secret-store", "file")
    assert back.code == 0, back
    assert old.read_text(encoding="utf-8").strip() == SECRET
    assert SECRET not in (seller.folder / "keyring.json").read_text(encoding="utf-8")


def test_command_with_quotes_survives_a_second_run(seller: Machine, real_simulator: Simulator) -> None:
    """The words of a secret command stay as they are when Enter keeps them."""
    program = f"print('{SECRET[:32]}' + '{SECRET[32:]}')  # two  blanks"
    words = [sys.executable, "-c", program]
    listed = ", ".join(f'"{word}"' for word in words)
    seller.write_config(
        f'[api]\nclient_key = "{real_simulator.client_key}"\nbase_url = "{real_simulator.base_url}"\n'
        f'default_storefront = "de"\n[secret]\nstore = "command"\ncommand = [{listed}]\n'
    )
    text = seller.config.read_text(encoding="utf-8")
    at = Terminal(seller)
    at.answer("Client key")
    at.answer("More settings", "y")
    for question in ("Use Kauf", "Base", "User", "Keep it in", "Command that", "Default"):
        at.answer(question)
    for question in ("Import orders on", "Create sales", "Log every", "Save this"):
        at.answer(question)
    at.answer("Import the orders", "n")
    assert at.end() == 0
    assert seller.config.read_text(encoding="utf-8") == text
