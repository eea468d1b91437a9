"""Names that no file can have everywhere."""

import re

# Windows opens a device instead, whatever folder and ending the name has, and in capitals or not.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\..*)?", re.IGNORECASE)


def is_portable_name(name: str) -> bool:
    """Tell whether Windows too would make a file or folder of just this name: no device, no dot or blank at its end."""
    return _DEVICE.fullmatch(name) is None and not name.endswith((".", " "))
