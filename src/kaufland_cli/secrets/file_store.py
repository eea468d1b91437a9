"""The secret key in a file that only its owner may read."""

import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from kaufland_cli.errors import KauflandError, SecretMissing, SecretStoreFailed, shell_command
from kaufland_cli.files import (
    UnfitFile,
    clear_unfinished,
    folder_open_to_all,
    open_file,
    refuse_unfit,
    write_private_file,
)
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey

MAX_FILE = 16 * 1024  # a secret key has 64 characters


class FileStore:
    """One line in a file: mode 0600 and owned by the user, or refused; on Windows the folder's ACL decides.

    A symbolic link is followed; what it points to has to pass the same checks.
    """

    name = "file"
    writable = True

    def __init__(self, path: Path, kind: SecretKind = SecretKind.SELLER) -> None:
        self._path = path
        self._kind = kind

    @property
    def place(self) -> str:
        """The file with its path."""
        return f"the file {self._path}"

    def probe(self) -> None:
        """Write a random value to a file beside it, read it back and delete it. Raises `SecretStoreFailed`."""
        self._refuse_what_others_own()
        beside = FileStore(self._path.with_name(f"{self._path.name}.probe-{secrets.token_hex(8)}"), self._kind)
        try:
            beside.save(SecretKey(secrets.token_hex(32)))
        finally:
            beside.delete()

    def fetch(self) -> SecretKey:
        """Return what the file holds. Raises `SecretMissing` or `SecretStoreFailed`."""
        self._clear_unfinished()
        # No variable here holds the text: an error that passes through must not carry it along in its traceback.
        return SecretKey(self._read(), place=self.place, kind=self._kind)

    def save(self, secret: SecretKey) -> None:
        """Write the file whole or not at all. Raises `SecretStoreFailed`."""
        self._refuse_what_others_own()
        failure = ""
        try:
            write_private_file(self._path, f"{secret.reveal()}\n".encode(), follow_link=True)
        except UnfitFile as error:
            failure = error.reason
        except (OSError, subprocess.SubprocessError) as error:
            failure = f"cannot be written: {reason_of(error)}"
        if failure:  # raised here, since the error above holds the content in the frames of its traceback
            raise self._failed(failure)
        try:
            self.fetch()
        except KauflandError:  # a file system without modes: then the key must not stay readable for all
            self._target().unlink(missing_ok=True)
            raise

    def delete(self) -> bool:
        """Delete the file; a symbolic link stays and what it points to goes. Raises `SecretStoreFailed`."""
        self._refuse_what_others_own()
        self._clear_unfinished()
        try:
            refuse_unfit(self._target())
            self._target().unlink()
        except FileNotFoundError:
            return False
        except UnfitFile as error:
            raise self._failed(error.reason) from None
        except OSError as error:
            raise self._failed(f"cannot be deleted: {reason_of(error)}") from None
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
        except UnfitFile as error:
            raise self._failed(error.reason) from None
        except PermissionError:
            raise self._failed("may not be read by this user", _chown_and_chmod(self._path)) from None
        except OSError as error:
            raise self._failed(f"cannot be read: {reason_of(error)}") from None
        return content.decode("utf-8-sig", errors="replace")

    def _refuse_unfit(self, status: os.stat_result) -> None:
        if status.st_size > MAX_FILE:
            raise self._failed("is far too large for one line with a key")
        if sys.platform == "win32":
            return
        self._refuse_foreign(status)
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(status.st_mode)
            raise self._failed(f"may be used by others besides its owner (mode {mode:04o})", [_chmod(self._path)])
        self._refuse_open_folders()

    def _refuse_what_others_own(self) -> None:
        """Before writing: what is there already must be the user's own, and nobody may swap it."""
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
            raise self._failed("belongs to another user", _chown_and_chmod(self._path))

    def _refuse_open_folders(self) -> None:
        """Refuse a file that anyone can swap, or what it points to if it is a symbolic link."""
        for place in dict.fromkeys((self._path.absolute(), self._target())):
            if (folder := folder_open_to_all(place.parent)) is not None:
                raise self._failed(
                    f"can be replaced by anyone, because everybody may write to the folder {folder}",
                    [shell_command("chmod", "o-w", str(folder))],
                )

    def _clear_unfinished(self) -> None:
        """Remove what a process left that was killed while it wrote a secret."""
        clear_unfinished(self._target())

    def _target(self) -> Path:
        return Path(os.path.realpath(self._path))

    def _failed(self, what: str, commands: Iterable[str] = ()) -> SecretStoreFailed:
        hint = " && ".join(commands) or "Choose another file (secret.file) or another secret store: kaufland setup"
        return SecretStoreFailed(f"The file of the {self._kind.words}, {self._path}, {what}.", hint=hint)


def _chmod(path: Path) -> str:
    return shell_command("chmod", "600", str(path))


def _chown_and_chmod(path: Path) -> list[str]:
    if sys.platform == "win32":
        return []
    return [shell_command("sudo", "chown", str(os.geteuid()), str(path)), _chmod(path)]


def reason_of(error: Exception) -> str:
    """Say what went wrong without what the error was about."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
