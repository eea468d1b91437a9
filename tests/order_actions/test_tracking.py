"""Which tracking numbers are refused before anything is sent to Kaufland."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.order_actions.tracking import MAX_LENGTH, MIN_LENGTH, implausible
from support.sampling import examples

GENUINE = [
    ("DHL", "201298452277"),
    ("DHL", "003404341606"),
    ("DHL", "4006381333931"),
    ("DHL", "1234567"),
    ("DHL", "1234-12345"),
    ("DHL", "3SBCC000123456"),
    ("DHL", "999999999999999998"),
    ("DHL", "00340433836442636597"),
    ("DHL", "00340434161094015902"),
    ("DHL", "JJD000390007882823441"),
    ("DHL", "jjd000390007882823441"),
    ("DHL", "JVGL06228823000012345678"),
    ("DHL", "RX123456785DE"),
    ("DHL", "LF000000005DE"),
    ("DHL", "1234567890"),
    ("DHL", "12345678901"),
    ("DHL", "GM60511234500000001"),
    ("DHL", "1ZABCDEFGH12345678"),
    ("Deutsche Post", "RX123456785DE"),
    ("Deutsche Post", "A0012B3C4D0000012345"),
    ("UPS", "1Z999AA10123456784"),
    ("UPS", "T1234567890"),
    ("UPS", "123456789"),
    ("DPD", "01505010123456"),
    ("DPD", "015050101234567U"),
    ("GLS", "XHAXQHDA"),
    ("GLS", "50101234567"),
    ("Hermes", "H1001234567890123456"),
    ("Yanwen", "UJ123456789YP"),
    ("Other", "2026/11-77"),
    ("", "ABCD"),
]
WRONG = [
    ("DHL", "0034043416109401590", "19 digits"),
    ("DHL", "003404341610940159021", "21 digits"),
    ("DHL", "00340434161094015920", "check digit"),
    ("DHL", "12345", "5 digits"),
    ("dhl ", "RX123456784DE", "check digit"),
    ("Deutsche Post", "RX132456785DE", "check digit"),
    ("DHL", "1Z999AA10123456784", "of UPS"),
    ("GLS", "1Z999AA10123456784", "of UPS"),
    ("DPD", "JJD000390007882823441", "of DHL"),
    ("UPS", "JVGL06228823000012345678", "of DHL"),
    ("UPS", "1Z999AA1012345678", "17 characters"),
    ("UPS", "1Z999AA101234567845", "19 characters"),
    ("Other", "lena.vogt@example.com", "e-mail address"),
    ("Other", "https://example.com/t/1234", "web address"),
    ("Other", "www.example.com/1234", "web address"),
    ("Other", "test", "not a tracking number"),
    ("Other", "N/A", "not a tracking number"),
    ("Other", "0", "not a tracking number"),
    ("Other", "-", "not a tracking number"),
    ("Other", "00000000", "not a tracking number"),
    ("Hermes", "HERMES", "not a tracking number"),
    ("Other", " ", "empty"),
    ("Other", "", "empty"),
    ("Other", "123", "3 characters"),
    ("Other", "12" * 26, "52 characters"),
    ("Other", "1234 5678", "a blank"),
    ("Other", "1234.5678", "“.”"),
    ("Other", "1234\x075678", "U+0007"),
    ("Other", "12345６78", "“６”"),  # noqa: RUF001 (a full width digit)
]


@pytest.mark.parametrize(("carrier", "number"), GENUINE)
def test_genuine_number_passes(carrier: str, number: str) -> None:
    """No form that a carrier is known to use is refused."""
    assert implausible(carrier, number) is None


@pytest.mark.parametrize(("carrier", "number", "reason"), WRONG)
def test_number_that_cannot_be_one_is_refused(carrier: str, number: str, reason: str) -> None:
    """What cannot be a number of the carrier is refused with the reason, as a sentence."""
    said = implausible(carrier, number)
    assert said
    assert reason in said
    assert said.endswith(".")


def test_personal_data_is_not_repeated() -> None:
    """An address in place of the number does not reach the screen or a result file through the reason."""
    for number in ("lena.vogt@example.com", "https://example.com/lena-vogt"):
        assert "vogt" not in str(implausible("DHL", number))


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(["DPD", "GLS", "Hermes", "Fedex", "Other"]), st.integers(MIN_LENGTH, MAX_LENGTH), st.data())
def test_digits_of_other_carriers_pass(carrier: str, length: int, data: st.DataObject) -> None:
    """Carriers without known lengths: any digits pass that are not all the same."""
    number = data.draw(st.text("0123456789", min_size=length, max_size=length).filter(lambda one: len(set(one)) > 1))
    assert implausible(carrier, number) is None
