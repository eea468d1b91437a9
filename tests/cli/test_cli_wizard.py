"""The wizard at a real terminal: a person types, sees, changes their mind, and nothing is written too early."""

import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

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
from support.crontab import OwnCrontab
from support.machine import ESCAPE, SECRET, Machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX's")

SHORT = 15  # seconds for one question to come


class Terminal:
    """A pseudo-terminal with the wizard on it."""

    def __init__(self, machine: Machine, *words: str, columns: int = 80) -> None:
        environ = machine.environ | {"NO_COLOR": "1", "LANG": "C.UTF-8", "TERM": "xterm"}
        arguments = ["-m", "kaufland_cli", "setup", *words]
        self.child = pexpect.spawn(
            sys.executable, arguments, env=environ, timeout=SHORT, encoding="utf-8", dimensions=(50, columns)
        )
        self.seen = ""
        self.child.delaybeforesend = 0.02

    def see(self, *texts: str) -> str:
        """Wait until all the texts were shown, one after the other; return what came before the last."""
        for text in texts:
            self.child.expect_exact(text)
            self.seen += f"{self.child.before}{self.child.after}"
        return str(self.child.before)

    def answer(self, question: str, text: str = "") -> None:
        """Wait for a question and answer it; with nothing, by Enter alone."""
        self.see(f"? {question}", ": ")
        self.child.sendline(text)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += str(self.child.before)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)


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
    machine = Machine(tmp_path / "machine", more=more)
    OwnCrontab(machine)
    return machine


def type_connection(at: Terminal, simulator: Simulator, *, secret: str = SECRET, place: str = "file") -> None:
    """Answer the first two sections."""
    at.answer("Use Kaufland's playground")
    at.answer("Base URL", simulator.base_url)
    at.answer("User agent")
    at.answer("Client key", simulator.client_key)
    at.answer("Keep it in", place)
    if place == "file":
        at.answer("Secret key", secret)


def type_import(at: Terminal) -> None:
    """Answer the sections after the test."""
    at.answer("Storefront for calls")
    at.answer("Import orders on a schedule", "y")
    at.answer("Minutes between", "30")
    at.answer("Create sales orders")
    at.answer("Log every request")


def later(at: Terminal) -> None:
    """Leave the scheduler of the machine that runs the tests alone."""
    at.answer("Run kaufland schedule install", "n")


QUESTIONS = (
    ("Use Kaufland's playground", ""),
    ("Base URL", ""),
    ("User agent", ""),
    ("Client key", "de30" * 8),
    ("Keep it in", "file"),
    ("Secret key", SECRET),
    ("Storefront for calls", ""),
    ("Import orders on a schedule", "y"),
    ("Minutes between", ""),
    ("Create sales orders", "y"),
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
    ("Set customers and shipping", "y"),
    ("Country of storefront at", ""),
    ("Customer no. for at, shipped to AT", "D0010"),
    ("Account for shipping cost of at", ""),
    ("Country of storefront cz", ""),
    ("Customer no. for cz, shipped to CZ", ""),
    ("Account for shipping cost of cz", "8420"),
    ("Country of storefront de", ""),
    ("Customer no. for de, shipped to DE", ""),
    ("Account for shipping cost of de", ""),
    ("Country of storefront pl", ""),
    ("Customer no. for pl, shipped to PL", ""),
    ("Account for shipping cost of pl", ""),
    ("Log every request", ""),
    ("Write this", ""),
)
# Both keys come through one place in the code: a sample of them, among them the first question, secrets, and the last.
EVERY_DAY = {"\x03": {0, 5, 34}, "\x04": {16}}


@pytest.mark.parametrize("columns", [80, 120])
def test_the_whole_run_and_again_with_every_default(columns: int, seller: Machine, real_simulator: Simulator) -> None:
    """All sections in order; the summary comes before writing; a second run by Enter alone loses nothing."""
    at = Terminal(seller, columns=columns)
    type_connection(at, real_simulator)
    at.see("Testing the connection", "✓ storefronts", "The connection works", "de, at, cz, pl")
    type_import(at)
    at.see("Summary", "Runs", "When", "Creates", "Buyers' data", "Settings")
    assert seller.files() == []
    at.answer("Write this")
    later(at)
    assert at.end() == 0
    assert "Next: kaufland import-orders" in at.seen
    assert "Later: kaufland schedule install" in at.seen
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
    for question in ("playground", "Base URL", "User agent", "Client key", "Keep it in", "Secret key"):
        at.see(question, ": ")
        at.child.sendline("")
    for question in ("Storefront", "on a schedule", "Minutes", "sales orders", "Log every", "Write this"):
        at.see(f"? {question}" if question[0].isupper() else question, ": ")
        at.child.sendline("")
    later(at)
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
    at = Terminal(seller)
    for question, answer in QUESTIONS[:stop_at]:
        at.answer(question, answer)
    at.see(f"? {QUESTIONS[stop_at][0]}", ": ")
    at.child.send(key)
    assert at.end() == 130
    assert "Nothing was written" in at.seen
    assert "Traceback" not in at.seen
    assert seller.files() == []


def test_wrong_answers_are_asked_again_with_the_reason(  # noqa: PLR0915 - one long talk
    seller: Machine, real_simulator: Simulator, fake: BusinessCentralFake
) -> None:
    """Each answer is checked at once, and a wrong one costs nothing but the reason."""
    at = Terminal(seller, columns=200)
    at.answer("Use Kaufland's playground", "perhaps")
    at.see("Please answer y or n")
    at.answer("Use Kaufland's playground", "nein")
    at.answer("Base URL", "http://example.com")
    at.see("!", "allowed")
    at.answer("Base URL", real_simulator.base_url)
    at.answer("User agent", "\x01\x02")
    at.see("!")
    at.answer("User agent", "My shop 1.0")
    at.answer("Client key", "")
    at.see("is needed")
    at.answer("Client key", "two words")
    at.see("!")
    at.answer("Client key", "short")
    at.see("5 characters")
    at.answer("Keep it anyway", "n")
    at.answer("Client key", "short")
    at.answer("Keep it anyway", "y")
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
    at.answer("Secret key", "")
    at.see("Nothing came in")
    at.answer("Secret key", "with spaces in it")
    at.see("!")
    at.answer("Secret key", "c0ffee")
    at.see("6 characters")
    at.see("✗ credentials")
    at.answer("Enter the keys again", "")
    at.answer("Client key", real_simulator.client_key)
    at.answer("Keep it in")
    at.answer("Keep the secret key that was just tried")
    at.answer("Secret key", SECRET)
    at.see("The connection works")
    at.answer("Storefront for calls", "Deutschland!")
    at.see("!")
    at.answer("Storefront for calls", "sk")
    at.see("it has de, at, cz, pl")
    at.answer("Storefront for calls", "-")
    at.answer("Import orders on a schedule", "y")
    at.answer("Minutes between", "0")
    at.see("from 1 to 1440")
    at.answer("Minutes between", "soon")
    at.see("!")
    at.answer("Minutes between", "20")
    at.answer("Create sales orders", "y")
    at.answer("Create them as", "odoo")
    at.see("Please answer file or business_central")
    at.answer("Create them as", "b")
    at.answer("Log in with", "basic")
    at.answer("Base URL (up to", "http://bc.example/api/v2.0")
    at.see("this machine only")
    at.answer("Base URL (up to", fake.base_url)
    at.answer("User name", "")
    at.see("not reached without it")
    at.answer("User name", USER_NAME)
    at.answer("Company", "C")
    at.answer("Secret of Business Central", "two words")
    at.see("No secret of Business Central in the text given")
    at.answer("Secret of Business Central", "short")
    at.answer("Customer no.", "")
    at.see("need a customer number")
    at.answer("Customer no.", "D1000")
    at.answer("Ship-to country of", "Germany")
    at.see("not a two-letter country code")
    at.answer("Ship-to country of", "de")
    at.answer("Account for shipping", "9" * 21)
    at.see("longer than 20 characters")
    at.answer("Account for shipping")
    at.answer("Set customers and shipping", "n")
    at.see("Testing Business Central", "✗ sign-in")
    at.answer("Answer the Business Central questions again")
    for question in ("Log in with", "Base URL (up to", "User name", "Company"):
        at.answer(question)
    at.answer("Keep the secret of Business Central that was just tried")
    at.answer("Secret of Business Central", CLIENT_SECRET)
    at.see("✓ sign-in", "✗ company", "no company 'C'; there is: 'CRONUS DE'")
    at.answer("Answer the Business Central questions again", "y")
    for question in ("Log in with", "Base URL (up to", "User name"):
        at.answer(question)
    at.answer("Company", COMPANY)
    at.answer("Secret of Business Central")
    at.see("✓ sign-in", "✓ company", "! customer D1000: There is no customer D1000")
    at.answer("Log every request")
    at.answer("Write this")
    later(at)
    assert at.end() == 0
    text = seller.config.read_text(encoding="utf-8")
    assert 'user_agent = "My shop 1.0"' in text
    assert "no-such-program" not in text


def test_sales_orders_in_business_central_and_again(
    seller: Machine, real_simulator: Simulator, fake: BusinessCentralFake
) -> None:
    """What is answered is kept, secrets apart; the summary tells what is created; Enter alone changes nothing."""
    for customer in ("D1000", "D0010"):
        fake.add_customer(customer)
    fake.add_account("8420")
    at = Terminal(seller, columns=200)
    for question, answer in QUESTIONS[:3]:
        at.answer(question, answer)
    at.answer("Client key", real_simulator.client_key)
    for question, answer in QUESTIONS[4:8]:
        at.answer(question, answer)
    at.answer("Minutes between")
    at.answer("Create sales orders", "y")
    at.see("Never created: no customers, no items; nothing is released or posted")
    for question, answer in QUESTIONS[10:17]:
        at.answer(question, answer)
    at.answer("Customer no.", "D1000")
    at.answer("Ship-to country of")
    at.answer("Account for shipping", "8400")
    at.see("No customer yet for at, cz, pl")
    for question, answer in QUESTIONS[20:-2]:
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
    at.answer("Write this")
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
    for question, _ in QUESTIONS:
        at.answer(question)
    later(at)
    assert at.end() == 0
    assert {path: path.read_bytes() for path in seller.files()} == before


def test_what_does_not_work_can_be_kept_all_the_same(seller: Machine, fake: BusinessCentralFake) -> None:
    """Whose Business Central does not answer today need not lose the answers; without a sandbox nothing is tried."""
    for sandbox in (False, True):
        if sandbox:
            del seller.more["KAUFLAND_BUSINESS_CENTRAL_BASE_URL"]
        at = Terminal(seller, columns=200)
        for question, answer in QUESTIONS[:20]:
            if question == "Secret of Business Central" and sandbox:
                at.answer("Sandbox", "-")
            at.answer(question, "Nope GmbH" if question == "Company" else answer)
        at.answer("Set customers and shipping", "n")
        if not sandbox:
            at.see("✗ company", "no company 'Nope GmbH'")
            at.answer("Answer the Business Central questions again", "n")
        at.answer("Log every")
        at.answer("Write this")
        later(at)
        assert at.end() == 0
        assert 'company = "Nope GmbH"' in seller.config.read_text(encoding="utf-8")
    assert len(fake.asked_for("login", "POST")) == 1


def test_no_to_another_try_writes_nothing(seller: Machine, real_simulator: Simulator) -> None:
    """A failing connection test offers another try; on no, nothing is written and the exit code says why."""
    at = Terminal(seller)
    type_connection(at, real_simulator, secret="0" * 64)
    at.see("✗ credentials", "→")
    at.answer("Enter the keys again", "n")
    assert at.end() == 4
    assert "Nothing was written" in at.seen
    assert seller.files() == []


def test_no_to_the_summary_writes_nothing(seller: Machine, real_simulator: Simulator) -> None:
    """What is read in the summary can still be refused."""
    at = Terminal(seller)
    type_connection(at, real_simulator)
    type_import(at)
    at.answer("Write this", "n")
    assert at.end() == 0
    assert seller.files() == []


def test_another_store_takes_the_secret_along(seller: Machine, real_simulator: Simulator) -> None:
    """Who chooses another place for the secret key need not type it again, and it is gone from the old one."""
    words = ("--client-key", real_simulator.client_key, "--base-url", real_simulator.base_url)
    seller.process("setup", "--no-input", *words, "--secret-store", "file", "--secret-stdin", stdin=SECRET.encode())
    old = seller.config.with_name("secret_key")
    assert old.read_text(encoding="utf-8").strip() == SECRET
    seller.process("config", "set", "secret.file", "elsewhere/key")
    assert seller.process("secret", "status").code == 3
    seller.process("config", "unset", "secret.file")

    seller.more["PYTHON_KEYRING_BACKEND"] = "keyring_in_a_file.FileKeyring"
    seller.more["PYTHONPATH"] = str(Path(__file__).parent)
    seller.more["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
    seller.more["TEST_KEYRING"] = str(seller.folder / "keyring.json")
    at = Terminal(seller)
    for question, answer in QUESTIONS[:4]:
        at.answer(question, "" if answer else answer)
    at.answer("Keep it in", "keyring")
    at.answer("Secret key")
    at.see("The connection works")
    for question in ("Storefront", "Import orders", "Create sales", "Log every", "Write this"):
        at.answer(question)
    assert at.end() == 0
    assert "was deleted from" in at.seen
    assert not old.exists()
    assert SECRET in (seller.folder / "keyring.json").read_text(encoding="utf-8")
    assert seller.process("test-connection").code == 0
    back = seller.process("setup", "--no-input", "--secret-store", "file")
    assert back.code == 0, back
    assert old.read_text(encoding="utf-8").strip() == SECRET
    assert SECRET not in (seller.folder / "keyring.json").read_text(encoding="utf-8")


def test_a_command_with_quotes_survives_a_second_run(seller: Machine, real_simulator: Simulator) -> None:
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
    for question in ("Use Kauf", "Base", "User", "Client", "Keep it in", "Command that", "Storefront"):
        at.answer(question)
    for question in ("Import orders", "Create sales", "Log every", "Write this"):
        at.answer(question)
    assert at.end() == 0
    assert seller.config.read_text(encoding="utf-8") == text
