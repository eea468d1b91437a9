"""What a container runs: the script that imports until it is stopped, and the other commands."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.machine import Machine

if sys.platform == "win32":
    pytest.skip("containers run Linux", allow_module_level=True)

ENTRYPOINT = Path(__file__).parents[2] / "docker" / "entrypoint"


def environment(machine: Machine, simulator: Simulator) -> dict[str, str]:
    """Return what the image and a seller's file of variables set."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(machine.folder),
        "KAUFLAND_CONFIG": str(machine.config),
        "KAUFLAND_DATA_DIR": str(machine.folder / "data"),
        "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
        "KAUFLAND_API_BASE_URL": simulator.base_url,
        "KAUFLAND_SECRET_KEY": simulator.secret_key,
        "IMPORT_CHECK_SECONDS": "1",
    }


@pytest.mark.long
def test_container_imports_until_it_is_stopped(tmp_path: Path) -> None:
    """Variables alone are enough; orders arrive; the health check is green; a stop ends it at once and well."""
    machine = Machine(tmp_path / "machine")
    with Simulator(orders=[make_order("MCONTAIN")]) as simulator:
        environ = environment(machine, simulator)

        def command(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [str(ENTRYPOINT), *words], env=environ, capture_output=True, text=True, timeout=60, check=False
            )

        assert command("status", "--max-age", "1h").returncode == 8
        with subprocess.Popen([str(ENTRYPOINT), "run"], env=environ, stdout=subprocess.PIPE, stderr=-2) as running:
            deadline = time.monotonic() + 60
            while (healthy := command("status", "--max-age", "1h")).returncode and time.monotonic() < deadline:
                time.sleep(0.2)
            assert healthy.returncode == 0, healthy.stderr
            assert "MCONTAIN" in command("orders", "list", "--json").stdout
            assert running.poll() is None
            running.send_signal(signal.SIGTERM)
            said, _ = running.communicate(timeout=10)
        assert running.returncode == 0
        assert said == b"" or b"nothing is lost" in said  # a stop may interrupt an import
