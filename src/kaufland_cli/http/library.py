"""The library that speaks HTTP, and the one below it: the only place that names them (docs/decisions/0001-httpx.md).

A change to a fork with the same interface is made here and in pyproject.toml.
"""

import sys

import httpcore

# Where click is installed, httpx loads its own command line, and that loads rich: a pipe must not pay for it.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
import httpx  # noqa: E402

del sys.modules["httpx._main"]

__all__ = ["httpcore", "httpx"]
