"""A secret in a file that only its owner may read."""

import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Self

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed, reason_of
from kaufland_cli.files import (
    change_rights,
    clear_unfinished,
    fault_of,
    folder_open_to_all,
    open_file,
    refuse_unfit,
    use_as_owner,
    write_private_file,
)
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey

MAX_FILE = 16 * 1024  # a secret key has 64 characters
ANOTHER_PLACE = Hint("Choose another file (secret.file) or another secret store: ", command("setup"))


class FileSource:
    """One line in a file, which must be owned by the user with mode 0600; on Windows the ACL of the folder decides.

    A symbolic link is followed; its target has to pass the same checks.
    """

    name = "file"
    writable = True

    def __init__(self, path: Path, kind: SecretKind = SecretKind.SELLER) -> None:
        self._path = path
        self._kind = kind

    @property
    def place(self) -> str:
        return f"the file {self._path}"

    def probe(self) -> None:
        """Write a random value to a file in the same folder, read it back and delete it.

        Raises `SecretSourceFailed`.
        """
        self._refuse_foreign_files()
        trial = FileSource(self._path.with_name(f"{self._path.name}.probe-{secrets.token_hex(8)}"), self._kind)
        try:
            trial.save(SecretKey(secrets.token_hex(32)))
        finally:
            trial.delete()

    def fetch(self) -> SecretKey:
        """Read the file. Raises `SecretMissing` or `SecretSourceFailed`."""
        self._clear_unfinished()
        # No local variable holds the text: the traceback of an error must not contain it.
        return SecretKey(self._read(), place=self.place, kind=self._kind)

    def for_writing(self) -> Self:
        return self

    def save(self, secret: SecretKey) -> None:
        """Write the file completely or not at all. Raises `SecretSourceFailed`."""
        self._refuse_foreign_files()
        failure = ""
        try:
            write_private_file(self._path, f"{secret.reveal()}\n".encode(), follow_link=True)
        except OSError as error:
            failure = fault_of(error, "cannot be written")
        if failure:  # raised here, since the traceback of the error above contains the secret
            raise self._failed(failure)
        try:
            self.fetch()
        except KauflandError:  # a file system without modes: the secret must not stay readable by everyone
            self._target().unlink(missing_ok=True)
            raise

    def delete(self) -> bool:
        """Delete the file; of a symbolic link, its target. Raises `SecretSourceFailed`."""
        self._refuse_foreign_files()
        self._clear_unfinished()
        try:
            refuse_unfit(self._target())
            self._target().unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failed(fault_of(error, "cannot be deleted")) from None
        return True

    def _read(self) -> str:
        try:
            with os.fdopen(open_file(self._path, os.O_RDONLY, follow_link=True), "rb") as file:
                self._refuse_unfit(os.fstat(file.fileno()))
                content = file.read(MAX_FILE)
        except FileNotFoundError:
            raise SecretMissing(
                f"No {self._kind.words} in {self.place}: there is no such file.", hint=self._kind.set_command
            ) from None
        except PermissionError:
            raise self._failed(
                "may not be read by this user", change_rights("600", self._path, ANOTHER_PLACE)
            ) from None
        except OSError as error:
            raise self._failed(fault_of(error, "cannot be read")) from None
        return content.decode("utf-8-sig", errors="replace")

    def _refuse_unfit(self, status: os.stat_result) -> None:
        if status.st_size > MAX_FILE:
            raise self._failed("is far too large for one line with a key")
        if sys.platform == "win32":
            return
        self._refuse_foreign(status)
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(status.st_mode)
            raise self._failed(
                f"can be used by others than its owner (mode {mode:04o})",
                change_rights("600", self._path, ANOTHER_PLACE),
            )
        self._refuse_open_folders()

    def _refuse_foreign_files(self) -> None:
        """Before writing, refuse an existing file of another user, or a folder in which anyone can swap it."""
        if sys.platform == "win32":
            return
        self._refuse_open_folders()
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._failed(f"cannot be used: {reason_of(error)}") from None
        self._refuse_foreign(status)

    def _refuse_foreign(self, status: os.stat_result) -> None:
        if sys.platform != "win32" and status.st_uid != os.geteuid():
            raise self._failed("belongs to another user", use_as_owner(self._path, ANOTHER_PLACE))

    def _refuse_open_folders(self) -> None:
        """Refuse a file, or the target of a symbolic link, that anyone can swap."""
        for place in dict.fromkeys((self._path.absolute(), self._target())):
            if (folder := folder_open_to_all(place.parent)) is not None:
                raise self._failed(
                    f"can be replaced by anyone, because everyone may write to the folder {folder}",
                    change_rights("o-w", folder, ANOTHER_PLACE),
                )

    def _clear_unfinished(self) -> None:
        """Remove what a process left when it was killed while writing a secret."""
        clear_unfinished(self._target())

    def _target(self) -> Path:
        return Path(os.path.realpath(self._path))

    def _failed(self, what: str, hint: Hint = ANOTHER_PLACE) -> SecretSourceFailed:
        return SecretSourceFailed(f"The file of the {self._kind.words}, {self._path}, {what}.", hint=hint)
