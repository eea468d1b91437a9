"""The secret key as a value that shows itself to nobody who does not ask for it by name."""

import hashlib
import hmac
from typing import NoReturn, SupportsIndex

from kaufland_cli.domain.masking import MASK
from kaufland_cli.errors import KauflandError, SecretMissing, SecretStoreFailed
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.secrets.kind import SecretKind

EXPECTED_LENGTH = 64
SHORTEST_WITH_FINGERPRINT = 32


class SecretKey:
    """A secret key; `reveal()` is the only way to its text, everything else shows `***`.

    White space around the text is dropped, since it comes from copying and from line ends. `place` and `hint` complete
    the error that refuses a text: `SecretMissing` when nothing is left of it, `SecretStoreFailed` when it cannot be a
    secret key. Neither holds a character of the text. `whose` chooses their words. From then on no server can bring the
    text into a message or a record (`SECRETS`).
    """

    __slots__ = ("_text",)

    def __init__(
        self, text: str, *, place: str = "the text given", hint: str = "", kind: SecretKind = SecretKind.SELLER
    ) -> None:
        stripped = text.strip()
        fault = _fault(stripped, f"No {kind.words} in {place}", hint or kind.set_command)
        if fault is not None:
            del text, stripped  # a traceback that shows local variables must not find them
            raise fault
        self._text = stripped
        SECRETS.add(stripped)

    def reveal(self) -> str:
        """Return the text itself, for signing and for keeping it."""
        return self._text

    @property
    def length(self) -> int:
        """How many characters it has."""
        return len(self._text)

    @property
    def fingerprint(self) -> str | None:
        """A few digits by which the keys of two machines can be compared, for example `sha256:ab12cd34`.

        A key of Kaufland has 256 random bits, so 32 bits of its hash help nobody. What is shorter than 32 characters
        may be a word or a mistyped password that could be guessed and confirmed by its hash: it has no fingerprint.
        """
        if self.length < SHORTEST_WITH_FINGERPRINT:
            return None
        return f"sha256:{hashlib.sha256(self._text.encode()).hexdigest()[:8]}"

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        if not isinstance(other, SecretKey):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would compare keys by other means than constant time

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be pickled or copied: a copy would lie where nobody looks after it."""
        raise TypeError("A secret key is neither pickled nor copied.")


def length_warning(secret: SecretKey, kind: SecretKind = SecretKind.SELLER) -> str | None:
    """Return a sentence when the key has not the length that Kaufland's keys have, else None; others have any."""
    if secret.length == EXPECTED_LENGTH or not kind.is_key_of_kaufland:
        return None
    return f"This secret key has {secret.length} characters; Kaufland's have {EXPECTED_LENGTH}. Was it copied whole?"


def _fault(text: str, nothing: str, hint: str) -> KauflandError | None:
    if not text:
        return SecretMissing(f"{nothing}: it is empty.", hint=hint)
    if not all("!" <= character <= "~" for character in text):
        return SecretStoreFailed(
            f"{nothing}: what is there is not one line of plain letters, digits and signs without spaces.", hint=hint
        )
    return None
