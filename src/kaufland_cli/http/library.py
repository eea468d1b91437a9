"""The library that speaks HTTP, and the one below it: the only place that names them (docs/decisions/0001-httpx.md).

A change to a fork with the same interface is made here and in pyproject.toml.
"""

import httpcore
import httpx

__all__ = ["httpcore", "httpx"]
