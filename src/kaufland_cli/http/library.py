"""httpx and httpcore, imported only here (docs/decisions/0001-httpx.md).

To switch to a fork with the same interface, change this file and pyproject.toml.
"""

import sys

import httpcore

# Where click is installed, httpx loads its own command line, and that loads rich: a pipe must not pay for it.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
import httpx  # noqa: E402

del sys.modules["httpx._main"]

__all__ = ["httpcore", "httpx"]
