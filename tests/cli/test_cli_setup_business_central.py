"""Setup tries out Business Central with what it is about to write, and writes nothing that cannot work."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kaufland_cli.simulator import Simulator
from support.business_central_fake import CLIENT_SECRET, COMPANY, BusinessCentralFake, business_central_fake
from support.machine import Done, Machine


@dataclass
class Office:
    """A seller's machine, and the company of the bookkeeping."""

    machine: Machine
    fake: BusinessCentralFake
    words: tuple[str, ...]

    def set_up(self, *more: str, company: str = COMPANY, secret: str = CLIENT_SECRET) -> Done:
        """Set up sales orders in Business Central by options."""
        words = (*self.words, "--business-central-company", company, *more)
        return self.machine.run(*words, "--business-central-secret-stdin", stdin=f"{secret}\n")

    def untouched(self, before: dict[str, bytes]) -> bool:
        """Tell whether every file is as it was."""
        return self.written() == before

    def written(self) -> dict[str, bytes]:
        """Return every file."""
        return {str(path): path.read_bytes() for path in self.machine.files()}


@pytest.fixture
def office(connected: Machine) -> Iterator[Office]:
    """Give a machine that knows Kaufland, and where the company's API is."""
    with business_central_fake() as fake:
        del connected.more["KAUFLAND_SECRET_STORE"]
        connected.more |= {
            "KAUFLAND_BUSINESS_CENTRAL_BASE_URL": fake.base_url,
            "KAUFLAND_BUSINESS_CENTRAL_LOGIN_URL": fake.login_url,
        }
        values = fake.settings()
        words: tuple[str, ...] = (
            "setup",
            "--no-input",
            "--secret-store",
            "file",
            "--create-sales-orders",
            "--default-customer-no",
        )
        words += ("D00010", "--shipping-number", "8400", "--sales-order-target", "business_central")
        words += ("--business-central-tenant", values["tenant"], "--business-central-client-id", values["client_id"])
        yield Office(connected, fake, words)


def test_working_settings_are_shown_and_written(office: Office) -> None:
    """Token, company, customer and account are looked up with the new values before they are written."""
    done = office.set_up()
    assert done.code == 0, done
    for what in ("✓ sign-in", "✓ company", "✓ customer D00010", "✓ account 8400"):
        assert what in done.out
    assert [asked.path for asked in office.fake.asked if asked.method != "GET"] == ["login"]
    assert office.machine.good("config", "get", "business_central.company").out == f"{COMPANY}\n"


def test_wrong_company_overwrites_nothing(office: Office) -> None:
    """It ends with the error of the settings, names what to correct, and leaves the good ones as they were."""
    assert office.set_up().code == 0
    before = office.written()
    done = office.set_up(company="Nope GmbH")
    assert done.code == 3
    assert "✗ company" in done.out
    said = " ".join(done.err.split())
    assert "no company 'Nope GmbH'; there is: 'CRONUS DE', 'My Company'. Nothing was saved." in said
    assert "→ Correct --business-central-company" in said
    assert office.untouched(before)


def test_wrong_secret_overwrites_nothing(office: Office) -> None:
    """The new secret is tried, not the one that is kept; refused, it ends with the code of refused credentials."""
    assert office.set_up().code == 0
    before = office.written()
    done = office.set_up(secret="wrong~secret.0123456789abcdefghijklmnopqr")
    assert done.code == 4
    assert "→ Correct the secret (--business-central-secret-stdin)" in done.err
    assert "✗ sign-in" in done.out
    assert office.untouched(before)


def test_secret_that_is_kept_is_tried_where_no_other_is_given(office: Office) -> None:
    """A later setup that names another company alone is tried too."""
    assert office.set_up().code == 0
    before = office.written()
    done = office.machine.run("setup", "--no-input", "--business-central-company", "Nope GmbH")
    assert done.code == 3
    assert office.untouched(before)
    assert office.machine.run("setup", "--no-input", "--business-central-company", "my company").code == 0


def test_unreachable_business_central_is_reported_soon(office: Office) -> None:
    """Business Central that does not answer ends with 5 after one more try."""
    office.fake.fail("503", times=99)
    done = office.set_up()
    assert (done.code, office.machine.files()) == (5, [])
    assert "→ Try again later, with the same command." in done.err
    assert len(office.fake.asked) == 2


def test_problems_of_single_orders_only_warn(office: Office) -> None:
    """A customer or an account that is missing is said with what fixes it, and the settings are written."""
    done = office.set_up("--default-customer-no", "D99", "--shipping-number", "9999")
    assert done.code == 0
    assert "! customer D99: There is no customer D99 (country DE)." in done.out
    assert "! account 9999" in done.out
    assert "✗" not in done.out + done.err


def test_json_stays_one_document(office: Office) -> None:
    """With --json the connection is the one document, a warning is a line on stderr, and an error is one of JSON."""
    done = office.set_up("--default-customer-no", "D99", "--json")
    assert (done.code, done.json()["schema"]) == (0, "kaufland.connection/1")
    assert "! customer D99: There is no customer D99" in done.err
    refused = office.set_up("--json", company="Nope GmbH")
    assert (refused.code, refused.json()["success"]) == (3, True)
    assert refused.error()["error"] == "settings_error"


@pytest.mark.parametrize("more", [("--no-create-sales-orders",), ("--sales-order-target", "file")])
def test_without_sales_orders_there_nothing_is_asked(office: Office, more: tuple[str, ...]) -> None:
    """Where nothing is to be created in Business Central, it is left alone."""
    assert office.set_up(*more, company="Nope GmbH").code == 0
    assert office.fake.asked == []


def test_real_company_and_invented_orders(office: Office, simulator: Simulator) -> None:
    """Without a sandbox for orders that are no real ones nothing will be created, and nothing is asked."""
    del office.machine.more["KAUFLAND_BUSINESS_CENTRAL_BASE_URL"]
    done = office.set_up()
    assert done.code == 0
    assert "no sandbox is named" in done.err
    assert office.fake.asked == []
    assert simulator.requests
