"""What is promised, as figures: the lines of the table are judged by them."""

MIN_THROUGHPUT = 8
"""Times as many units a second as the plain script, at 100 ms an answer."""
MAX_TIME = 1.5
"""Times as long as the plain script, without latency and limit."""
MAX_REQUESTS_A_SECOND = 111
"""In any one second, as they arrive at the server: what Kaufland allows."""
MAX_FOR_NOTHING_NEW = 2.5
"""Times as long as `kaufland --version`."""
MAX_FOR_A_LIST = 1.5
"""Times as long as a bare Typer program."""
MAX_MEMORY_GROWTH = 1.3
"""Times the peak of a small import."""
MAX_MEGABYTES = 120
MAX_BYTES_A_UNIT = 700
MAX_LIST_GROWTH = 1.3
"""Times as long as in a small store."""
MAX_FOR_A_SEARCH = 100
"""Milliseconds more than the plain list."""
