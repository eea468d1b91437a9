"""Completion as a shell asks for it: by variables of the environment."""

import io
from contextlib import redirect_stderr, redirect_stdout, suppress

import pytest

from support.machine import Machine


def completion(machine: Machine, **asked: str) -> str:
    """Return what the program prints for a shell that sets these variables; nothing may be said next to it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
        suppress(SystemExit),
    ):
        for name, value in asked.items():
            patch.setenv(name, value)
        done = machine.run()
        pytest.fail(f"nothing was completed: {done}")
    assert err.getvalue() == ""
    return out.getvalue()
