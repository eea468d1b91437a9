"""A secret as an encrypted systemd credential, which only this machine can decrypt.

`LoadCredentialEncrypted=` passes it to a unit decrypted, in a folder that only the unit sees. Outside of a unit,
`systemd-creds` decrypts it for root, and from systemd 256 on for the user who encrypted it.
"""

import secrets
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Self

from kaufland_cli.domain.hint import AS_ROOT_AT_HOME, Hint, command
from kaufland_cli.errors import SecretMissing, SecretSourceFailed, reason_of
from kaufland_cli.files import read_file, read_written_file, remove_written_file, write_private_file
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.program import run_program
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials

TIME_LIMIT = 30.0  # a security chip takes seconds
ANOTHER_SOURCE = command("setup", "--secret-store", "file")
MAX_CREDENTIAL = 16 * 1024


def credential_file(secret_file: Path, kind: SecretKind = SecretKind.SELLER) -> Path:
    """Return the path of the encrypted credential; `secret_file` is the secret file in the settings."""
    return secret_file.with_name(f"{secret_file.name}{kind.file_suffix}.cred")


class SystemdSource:
    """One encrypted file, private to its owner; the name of the credential is part of what is encrypted.

    `given` is the folder of the credentials that systemd passed to this process ($CREDENTIALS_DIRECTORY), or None.
    `find` returns what systemd-creds can do here.
    """

    name = "systemd"
    writable = True

    def __init__(
        self,
        path: Path,
        kind: SecretKind = SecretKind.SELLER,
        *,
        given: Path | None,
        find: Callable[[], SystemdCredentials],
    ) -> None:
        self._path = path
        self._kind = kind
        self._given = given
        self._find = find

    @property
    def place(self) -> str:
        """The credential that this unit was passed, or the encrypted file."""
        if self._given is not None and (self._given / self._kind.credential).exists():
            return f"the credential {self._kind.credential} that systemd passes to this unit"
        return f"the encrypted credential {self._path}"

    def probe(self) -> None:
        """Encrypt a random value and decrypt it again, without writing to disk. Raises `SecretSourceFailed`."""
        value = SecretKey(secrets.token_hex(32))
        if self._decrypted(self._encrypted(value)) != value:
            raise self._failed("systemd-creds did not decrypt what it encrypted")

    def fetch(self) -> SecretKey:
        """Return the credential that systemd passed to this process, or decrypt the file.

        Raises `SecretMissing` or `SecretSourceFailed`.
        """
        passed = self._passed_to_unit()
        return self._decrypted(self._read()) if passed is None else passed

    def for_writing(self) -> Self:
        return self

    def save(self, secret: SecretKey) -> None:
        """Encrypt it, decrypt it again, and write the file completely or not at all. Raises `SecretSourceFailed`."""
        encrypted = self._encrypted(secret)
        if self._decrypted(encrypted) != secret:
            raise self._failed("systemd-creds did not decrypt what it encrypted")
        try:
            write_private_file(self._path, encrypted, follow_link=True)
        except OSError as error:
            raise self._failed(f"it cannot be written: {reason_of(error)}") from None

    def delete(self) -> bool:
        """Delete the file. Raises `SecretSourceFailed`."""
        try:
            return remove_written_file(self._path)
        except OSError as error:
            raise self._failed(f"it cannot be deleted: {reason_of(error)}") from None

    def _passed_to_unit(self) -> SecretKey | None:
        """Return the secret that systemd passed to the unit; None if it passed none."""
        if self._given is None:
            return None
        path = self._given / self._kind.credential
        # No local variable holds the text: the traceback of an error must not contain it.
        try:
            return SecretKey(_text_of(path), place=self.place, kind=self._kind)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(f"systemd passed it to this process, which cannot read it: {reason_of(error)}") from None

    def _read(self) -> bytes:
        try:
            return read_written_file(self._path, MAX_CREDENTIAL, follow_link=True)
        except FileNotFoundError:
            raise SecretMissing(
                f"No {self._kind.words} in {self.place}: there is no such file.", hint=self._kind.set_command
            ) from None
        except PermissionError:
            raise self._only_for_root("this user may not read it") from None
        except OSError as error:
            raise self._failed(f"it cannot be read: {reason_of(error)}") from None

    def _encrypted(self, secret: SecretKey) -> bytes:
        found = self._usable()
        # Bound to the security chip if there is one, but not to the state of its firmware: an update would lock us out.
        chip = ("--tpm2-pcrs=",) if found.is_root else ()
        words = [found.program, "encrypt", *found.scope, *chip, f"--name={self._kind.credential}", "-", "-"]
        output, failure = run_program(words, TIME_LIMIT, secret.reveal().encode(), environ=found.environ)
        del secret  # a traceback that shows local variables must not find it
        if failure or not output.strip():
            raise self._failed(f"systemd-creds encrypt {failure or 'printed nothing'}")
        return output

    def _decrypted(self, encrypted: bytes) -> SecretKey:
        found = self._usable()
        words = [found.program, "decrypt", *found.scope, f"--name={self._kind.credential}", "-", "-"]
        return SecretKey(self._text(found, words, encrypted), place=self.place, kind=self._kind)

    def _text(self, found: SystemdCredentials, words: list[str], encrypted: bytes) -> str:
        output, failure = run_program(words, TIME_LIMIT, encrypted, environ=found.environ)
        if failure:
            see = shlex.join([*words[:-2], str(self._path), "/dev/null"])
            raise self._failed(
                f"systemd-creds decrypt {failure}; it opens only what was encrypted on this machine under this name",
                hint=Hint("Keep it again: ", self._kind.set_command, f" (what systemd-creds says: {see})"),
            )
        return output.decode(errors="replace")

    def _usable(self) -> SystemdCredentials:
        """Return what systemd-creds can do here. Raises `SecretSourceFailed` if this user cannot use it."""
        found = self._find()
        if found.needs_root:
            raise self._only_for_root(found.why_not)
        if found.why_not:
            raise self._failed(found.why_not)
        return found

    def _only_for_root(self, why: str) -> SecretSourceFailed:
        """Return the error that says who could decrypt it; a unit that runs this was not passed it."""
        who = (
            "root or a system unit that systemd passes it to"
            if self._given is None
            else "root; it was not passed to this unit"
        )
        return self._failed(
            f"{why}. It can be decrypted by {who}",
            # Root with the home of the user finds this user's settings and store; with its own it would begin again.
            hint=Hint(
                f"Use it as root ({AS_ROOT_AT_HOME} …) or by a schedule of the system (",
                command("schedule", "install", "--with", "systemd", "--system").as_root(),
                "), or: ",
                ANOTHER_SOURCE,
            ),
        )

    def _failed(self, what: str, hint: Hint = ANOTHER_SOURCE) -> SecretSourceFailed:
        return SecretSourceFailed(f"The {self._kind.words} in {self.place}: {what}.", hint=hint)


def _text_of(credential: Path) -> str:
    return read_file(credential, MAX_CREDENTIAL, follow_link=True).decode(errors="replace")
