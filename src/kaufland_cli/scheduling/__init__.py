"""The system's own scheduler, which starts the import at its interval: one backend per file.

`plan` describes the job, `backend` says what a scheduler can do, `schedulers` picks one. What is installed is read back
from the scheduler itself. Why a test run: docs/decisions/0015-test-run-of-a-schedule.md.
"""
