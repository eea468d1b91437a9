"""The secret key as a value."""

import copy
import hashlib
import pickle
import subprocess
import sys

import pytest

from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed
from kaufland_cli.secrets import SecretKey, SecretKind, length_warning
from kaufland_cli.settings.rules import client_key

TEXT = "0f1e2d3c4b5a6978" * 4


def test_only_reveal_shows_the_text() -> None:
    """No way of turning the key into text shows it, except the one that is meant to."""
    secret = SecretKey(TEXT)
    assert secret.reveal() == TEXT
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>80}", "%s" % secret, f"{[secret]}"]  # noqa: UP031
    assert {text.strip("[] ") for text in shown} == {"***"}
    assert not hasattr(secret, "__dict__")


def test_white_space_from_copying_is_dropped() -> None:
    """Line ends and spaces around the text do not become part of the key."""
    assert SecretKey(f" \t{TEXT}\r\n").reveal() == TEXT
    assert SecretKey(f"\u00a0{TEXT}\u2003").reveal() == TEXT


@pytest.mark.parametrize("around", ['"{}"', "'{}'", ' "{}" \r\n', "„{}“", "\ufeff'{}'\u200b", "` {} `"])
def test_quotes_from_copying_are_dropped(around: str) -> None:
    """Quotes, blanks and invisible characters around a key of Kaufland's go; a password keeps its own quotes."""
    assert SecretKey(around.format(TEXT)).reveal() == TEXT
    assert client_key(around.format("de30" * 8)) == "de30" * 8
    assert SecretKey("'quoted'", kind=SecretKind.MAIL).reveal() == "'quoted'"


@pytest.mark.parametrize("text", ["", " ", "\n", "\u00a0\r\n", '""'])
def test_empty_text_is_no_key(text: str) -> None:
    """Nothing, or nothing but white space, is a missing key."""
    with pytest.raises(SecretMissing, match=r"No secret key in the file x: it is empty\.") as caught:
        SecretKey(text, place="the file x", hint=Hint("do this"))
    assert str(caught.value.hint) == "do this"


@pytest.mark.parametrize("odd", [" ", "\t", "\n", "\0", "\x7f", "\u00a0", "ä", "\u200b", "\ufffd", "\U0001f511"])
def test_text_that_cannot_be_a_key_is_refused_without_showing_it(odd: str) -> None:
    """White space inside, control characters and anything beyond ASCII are refused; no part of the text is shown."""
    with pytest.raises(SecretSourceFailed) as caught:
        SecretKey(f"hidden{odd}words")
    assert "hidden" not in caught.value.message + str(caught.value.hint)
    assert "words" not in caught.value.message
    assert str(caught.value.hint) == "kaufland secret set"


def test_fingerprint_compares_keys_of_two_machines() -> None:
    """The fingerprint is the start of the SHA-256 of the text."""
    assert SecretKey(TEXT).fingerprint == f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()[:8]}"


@pytest.mark.parametrize(("length", "has_one"), [(1, False), (31, False), (32, True), (64, True)])
def test_short_key_has_no_fingerprint(length: int, has_one: bool) -> None:
    """What is short enough to be guessed gives nothing to confirm the guess with."""
    secret = SecretKey("k" * length)
    assert secret.length == length
    assert (secret.fingerprint is not None) is has_one


@pytest.mark.parametrize(("length", "warns"), [(63, True), (64, False), (65, True)])
def test_wrong_length_of_a_secret_key_warns(length: int, warns: bool) -> None:
    """A key that has not 64 characters is accepted with a warning that names both lengths."""
    warning = length_warning(SecretKey("k" * length))
    assert (warning is not None) is warns
    if warning is not None:
        assert str(length) in warning
        assert "64" in warning


def test_keys_are_compared_by_their_text() -> None:
    """Equal texts are equal keys; a key equals nothing that is not a key, its own text included."""
    assert SecretKey(TEXT) == SecretKey(f"{TEXT}\n")
    assert SecretKey(TEXT) != SecretKey(TEXT[:-1])
    assert SecretKey(TEXT) != TEXT
    with pytest.raises(TypeError):
        hash(SecretKey(TEXT))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_key_is_not_pickled(protocol: int) -> None:
    """Pickling, which writes the text, is refused whatever the protocol."""
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        pickle.dumps(SecretKey(TEXT), protocol)


def test_key_is_not_copied() -> None:
    """Copies are refused, deep ones too."""
    for copying in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            copying(SecretKey(TEXT))


def test_errors_are_errors_of_the_secret() -> None:
    """Both refusals end the program with the exit code for settings and secret."""
    for error in (SecretMissing, SecretSourceFailed):
        assert issubclass(error, KauflandError)
        assert error.exit_code == 3


def test_importing_the_room_does_not_load_the_keyring_library() -> None:
    """A command that keeps its key elsewhere does not pay for loading `keyring`."""
    code = "import sys, kaufland_cli.secrets; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
