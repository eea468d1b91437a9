"""Opens and writes every file of this program, and lets no other user of the machine decide what that means.

Who may write to a folder can put there, under a name that this program uses, a link to somebody's file, a named pipe
that never ends, a device, or a file of endless size. So only regular files are read and replaced, never more of them
than expected; a link is followed only where the caller says so (the settings file and the secret file); and in a folder
that everybody may write to nothing counts that another user put there.
"""

from kaufland_cli.files.fitness import (
    UnfitFile,
    folder_open_to_all,
    is_portable_name,
    is_same_file,
    others_may_read,
    refuse_unfit,
)
from kaufland_cli.files.locking import LockHeld, folder_lock
from kaufland_cli.files.reading import open_file, read_file
from kaufland_cli.files.writing import (
    clear_unfinished,
    create_private_file,
    make_private_folder,
    overwrite_in_place,
    read_written_file,
    remove_written_file,
    restrict_to_owner,
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
    "clear_unfinished",
    "create_private_file",
    "folder_lock",
    "folder_open_to_all",
    "is_portable_name",
    "is_same_file",
    "make_private_folder",
    "open_file",
    "others_may_read",
    "overwrite_in_place",
    "read_file",
    "read_written_file",
    "refuse_unfit",
    "remove_written_file",
    "restrict_to_owner",
    "sync_file",
    "sync_folder",
    "unfinished",
    "write_new_private_file",
    "write_private_file",
    "write_public_file",
]
