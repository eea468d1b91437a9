"""Keeps the memory of a long import flat."""

import contextlib
import ctypes
import functools

MMAP_THRESHOLD = -3  # glibc's M_MMAP_THRESHOLD
LARGE_BYTES = 64 * 1024


@functools.cache
def hand_back_large_blocks() -> None:
    """Let the C library hand blocks of some size back to the system as soon as they are freed.

    By itself glibc learns to keep blocks like a page's body for the next one, in a heap of each thread, where they
    leave holes that grow with the length of a run. Elsewhere there is no such habit, and nothing is done.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE_BYTES)
