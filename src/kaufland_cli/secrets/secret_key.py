"""The secret as a value that prints as `***`: only `reveal()` gives its text."""

import hashlib
import hmac
from typing import NoReturn, SupportsIndex

from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.domain.key_text import bare_key
from kaufland_cli.domain.masking import MASK
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.secrets.kind import SecretKind

EXPECTED_LENGTH = 64
COPY_WHOLE = Hint("Copy it whole from the seller portal, under Settings > Shop settings > API.")
MIN_LENGTH_FOR_FINGERPRINT = 32


class SecretKey:
    """A secret; `reveal()` is the only way to its text, everything else shows `***`.

    White space around the text is dropped: it comes from copying and from line ends. So are quotes around a key of
    Kaufland's, which come from environment files; a password may have some of its own. Raises `SecretMissing` if
    nothing is left, and `SecretSourceFailed` if the text cannot be a secret; `place`, `hint` and `kind` word the
    message, which contains no character of the text. The text is added to `SECRETS`, so that it is masked in messages
    and records even if a server sends it back.
    """

    __slots__ = ("_text",)

    def __init__(
        self, text: str, *, place: str = "the text given", hint: Hint = NO_HINT, kind: SecretKind = SecretKind.SELLER
    ) -> None:
        stripped = bare_key(text) if kind.is_key_of_kaufland else text.strip()
        fault = _fault(stripped, f"No {kind.words} in {place}", hint or kind.set_command)
        if fault is not None:
            del text, stripped  # a traceback that shows local variables must not find them
            raise fault
        self._text = stripped
        SECRETS.add(stripped)

    def reveal(self) -> str:
        """Return the text, for signing and saving."""
        return self._text

    @property
    def length(self) -> int:
        return len(self._text)

    @property
    def fingerprint(self) -> str | None:
        """A few digits for comparing the keys of two machines, for example `sha256:ab12cd34`.

        Kaufland's keys have 256 random bits, so 32 bits of the hash reveal nothing. A text of less than 32 characters
        may be a word or a mistyped password, which could be guessed and confirmed by its hash: no fingerprint.
        """
        if self.length < MIN_LENGTH_FOR_FINGERPRINT:
            return None
        return f"sha256:{hashlib.sha256(self._text.encode()).hexdigest()[:8]}"

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        if not isinstance(other, SecretKey):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # comparing hashes would not take constant time

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse to be pickled or copied: nobody would look after the copy."""
        raise TypeError("A secret key is neither pickled nor copied.")


def length_warning(secret: SecretKey, kind: SecretKind = SecretKind.SELLER) -> str | None:
    """Return a warning if a Kaufland key does not have the usual length, else None."""
    if secret.length == EXPECTED_LENGTH or not kind.is_key_of_kaufland:
        return None
    return f"This secret has {counted(secret.length, 'character')}; Kaufland's have {EXPECTED_LENGTH}."


def _fault(text: str, nothing: str, hint: Hint) -> KauflandError | None:
    if not text:
        return SecretMissing(f"{nothing}: it is empty.", hint=hint)
    if not all("!" <= character <= "~" for character in text):
        return SecretSourceFailed(
            f"{nothing}: it must be one line of plain letters, digits and signs, without spaces.", hint=hint
        )
    return None
