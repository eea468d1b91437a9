"""An e-mail address is one or it is none: what a merchandise system would refuse is not sent to it."""

import pytest

from kaufland_cli.domain.email_address import is_email_address


@pytest.mark.parametrize(
    "address",
    [
        "mk-7f3a91@kunden.marktplatz.example",
        "Ada.Beispiel+x@example.com",
        "a_b@x.y-z.example",
        "1@2.de",
        "o'neill@a.ie",
    ],
)
def test_plain_addresses(address: str) -> None:
    """With all that stands in the addresses of people and marketplaces."""
    assert is_email_address(address)


@pytest.mark.parametrize(
    "text",
    [
        *("", "ada", "ada@", "@example.com", "ada@example", "a@b@c.de", "ada @example.com", "ada@example.com "),
        *("ada@example..com", ".ada@example.com", "ada.@example.com", "ada@.example.com", "ada@example.com."),
        *("ada@-x.de", "ada@x-.de", "a@x.de;b@x.de", "Ada <ada@example.com>", "jörg@example.com", "ada@exämple.com"),
        *("ada@example.com\n", "keine"),
    ],
)
def test_everything_else_is_none(text: str) -> None:
    """Half of one, two of them, one with a name, blanks, other scripts."""
    assert not is_email_address(text)
