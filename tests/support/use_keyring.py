"""Use the keyring store in a process of its own and print what came of it.

use_keyring.py CLIENT_KEY SECONDS STEP ...; the secret key is the text of TEST_SECRET; with
TEST_NOBODY_THERE nobody is asked to unlock the keyring.
"""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

from kaufland_cli.app.secret import reach_session_bus
from kaufland_cli.errors import KauflandError
from kaufland_cli.secrets import SecretKey, open_secret_source


def main() -> None:
    """Do the steps in turn: `probe`, `save`, `fetch` (and compare), `delete` or `entries` (count them)."""
    client_key, seconds, *steps = sys.argv[1:]
    store = open_secret_source(
        "keyring",
        account=client_key,
        environ=os.environ,
        file=Path(),
        command=(),
        time_limit=float(seconds),
        may_ask="TEST_NOBODY_THERE" not in os.environ,
        reach_bus=partial(reach_session_bus, os.environ),
    ).for_writing()
    expected = SecretKey(os.environ["TEST_SECRET"])
    for step in steps:
        started = time.monotonic()
        outcome: object = None
        try:
            match step:
                case "probe":
                    store.probe()
                case "save":
                    store.save(expected)
                case "fetch":
                    outcome = store.fetch() == expected
                case "delete":
                    outcome = store.delete()
                case _:
                    outcome = count_entries()
            told = {"outcome": outcome}
        except KauflandError as error:
            told = {"error": type(error).__name__, "message": error.message, "hint": str(error.hint)}
        sys.stdout.write(json.dumps({"step": step, **told, "seconds": time.monotonic() - started}) + "\n")
        sys.stdout.flush()


def count_entries() -> int:
    """Count everything that lies in the keyring, whosever it is."""
    count = 0
    if sys.platform == "linux":
        import secretstorage  # noqa: PLC0415

        with secretstorage.dbus_init() as bus:
            count = len(list(secretstorage.get_default_collection(bus).get_all_items()))
    return count


main()
