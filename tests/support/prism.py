"""Prism serves an OpenAPI file and refuses every request that does not fit it; it remembers nothing."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PRISM = os.environ.get("PRISM") or shutil.which("prism") or ""


@contextmanager
def served_by_prism(contract: Path) -> Iterator[str]:
    """Serve a contract and yield its address; skip the test where there is no Prism."""
    if not PRISM:
        pytest.skip("Prism is not there: npm install --global @stoplight/prism-cli, or PRISM=path of it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PRISM, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(contract)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"Prism did not start: {process.poll()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
