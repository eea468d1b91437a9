"""Opens and writes every file of this program, and protects it from other users of the machine.

Anyone who may write to a folder can put a link to another file, a named pipe, a device or an endless file there under a
name that this program uses. So only regular files are read and replaced, and only up to an expected size; a link is
followed only if the caller says so (the settings file and the secret file); and in a folder that everyone may write to,
files of another user are refused (docs/decisions/0020-files-of-others.md).
"""

from kaufland_cli.files.fitness import (
    UnfitFile,
    fault_of,
    folder_open_to_all,
    is_portable_name,
    is_same_file,
    others_may_read,
    refuse_unfit,
)
from kaufland_cli.files.locking import LockHeld, folder_lock
from kaufland_cli.files.reading import open_file, read_file
from kaufland_cli.files.rights import change_rights, use_as_owner
from kaufland_cli.files.writing import (
    clear_unfinished,
    create_private_file,
    make_private_folder,
    move_into,
    overwrite_in_place,
    read_written_file,
    remove_written_file,
    restrict_to_owner,
    scratch_folder,
    sync_file,
    sync_folder,
    unfinished,
    write_new_private_file,
    write_private_file,
    write_public_file,
)

__all__ = [
    "LockHeld",
    "UnfitFile",
    "change_rights",
    "clear_unfinished",
    "create_private_file",
    "fault_of",
    "folder_lock",
    "folder_open_to_all",
    "is_portable_name",
    "is_same_file",
    "make_private_folder",
    "move_into",
    "open_file",
    "others_may_read",
    "overwrite_in_place",
    "read_file",
    "read_written_file",
    "refuse_unfit",
    "remove_written_file",
    "restrict_to_owner",
    "scratch_folder",
    "sync_file",
    "sync_folder",
    "unfinished",
    "use_as_owner",
    "write_new_private_file",
    "write_private_file",
    "write_public_file",
]
