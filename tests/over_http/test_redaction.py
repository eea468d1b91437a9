"""No secret comes back from a server, in whatever form, and nothing else is taken out."""

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kaufland_cli.http.redaction import CERTAIN_CHARACTERS, SECRETS, Redaction
from kaufland_cli.secrets import SecretKey
from support.echoes import SECRET, forms, traces
from support.seller_api import STEADY

SIGNS = "".join(chr(number) for number in range(ord("!"), ord("~") + 1))
LONG = st.text(SIGNS, min_size=CERTAIN_CHARACTERS, max_size=64).filter(lambda text: len(set(text)) > 6)


def redaction(*secrets: str) -> Redaction:
    """Return one that knows these."""
    found = Redaction()
    found.add(*secrets)
    return found


@pytest.mark.parametrize("number", range(len(forms(SECRET))))
def test_no_form_of_a_secret_is_left(number: int) -> None:
    """Plain, as JSON, in an address, in a web page, in hexadecimal digits, in base64: a body and a text lose it."""
    known, form = redaction(SECRET), forms(SECRET)[number]
    body = b'{"message": "before ' + form + b' behind"}'
    for found in (known.body(body), known.text(body.decode()).encode(), known.for_message(body.decode()).encode()):
        assert not [trace for trace in traces(SECRET) if trace in found], found
        assert found.startswith(b'{"message": "before ')
        assert b"***" in found
        assert b' behind"}' in found


@STEADY
@given(LONG, st.sampled_from(range(len(forms("x")))))
def test_no_form_of_any_secret_is_left(secret: str, number: int) -> None:
    """Whatever signs a secret is made of."""
    form = forms(secret)[number]
    found = redaction(secret).body(b"<p>" + form + b"</p>")
    assert b"***" in found
    assert form not in found


@STEADY
@given(st.text(max_size=60), LONG)
def test_other_texts_stay_as_they_are(text: str, secret: str) -> None:
    """What holds no secret comes out the same, also where it holds escapes of its own."""
    assume(secret not in text)
    known = redaction(secret)
    for one in (text, json.dumps({"message": text}), quote(text), f"&amp;{text}%41\\u0041"):
        assert known.text(one) == one
    assert known.body(text.encode("utf-8", "surrogatepass"), data=True) == text.encode("utf-8", "surrogatepass")


def test_data_keeps_a_short_secret_that_may_be_a_word() -> None:
    """A password that is a city goes from messages and the log; the city of a buyer stays where it is stored."""
    known = redaction("Hamburg", SECRET)
    assert known.text("Hamburg refused, Hamburger not") == "*** refused, Hamburger not"
    answer = b'{"city": "Hamburg", "title": "' + json.dumps(SECRET)[1:-1].encode() + b'"}'
    assert known.body(answer, data=True) == b'{"city": "Hamburg", "title": "***"}'
    assert known.body(answer) == b'{"city": "***", "title": "***"}'
    assert known.own_text("Hamburg is no valid storefront") == "Hamburg is no valid storefront"


def test_secret_key_makes_itself_known() -> None:
    """Nobody has to think of it: whatever holds a secret key has made it known."""
    SecretKey(SECRET)
    assert SECRETS.text(f"it is {SECRET}") == "it is ***"
    with pytest.raises(Exception, match="plain letters"):
        SecretKey("with a blank, so it is never sent")
    assert SECRETS.text("with a blank, so it is never sent") == "with a blank, so it is never sent"


def test_signature_that_was_sent_is_known() -> None:
    """Signatures, tokens and pairs of name and password in the headers of a request are secrets from then on."""
    known = Redaction()
    known.add_sent([("Shop-Signature", "5e" * 32), ("Authorization", "Bearer a.b.c" + "d" * 20), ("Accept", "all")])
    assert known.text("5E" * 32 + " a.b.c" + "d" * 20 + " all") == "*** *** all"


@pytest.mark.parametrize("mark", ["\x1b[2J", "\u202e", "\u200b", "\x07", "\x9b", "\ud800", "\u2066"])
def test_message_holds_nothing_that_a_terminal_acts_on(mark: str) -> None:
    """Controls and marks of writing direction go; a secret behind one of them, or cut in two by it, goes as well."""
    inside = SECRET[:20] + mark[-1] + SECRET[20:] if mark in "\u202e\u200b\u2066" else SECRET
    found = redaction(SECRET).for_message(f"one{mark}\r\n two {inside}")
    assert found.isprintable()
    assert found.endswith(" two ***")


def test_message_is_cut_behind_the_secret() -> None:
    """No beginning of a secret is left where a long message is cut."""
    for start in range(230, 305):
        found = redaction(SECRET).for_message("x " * (start // 2) + SECRET + " end")
        assert SECRET[:6] not in found


@pytest.mark.parametrize("secret", ["", "*", "***", "a", string.punctuation])
def test_odd_secrets_are_no_trouble(secret: str) -> None:
    """Whatever a seller chose as a password, every text comes out, and ends."""
    assert redaction(secret).text(f"a b {secret} * c ***")
