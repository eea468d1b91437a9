"""What is promised, as figures: the lines of the table are judged by them."""

LEAST_THROUGHPUT = 8
"""Times as many units a second as the plain script, at 100 ms an answer."""
MOST_TIME = 1.5
"""Times as long as the plain script, without latency and limit."""
MOST_REQUESTS_A_SECOND = 111
"""In any one second, as they arrive at the server: what Kaufland allows."""
MOST_FOR_NOTHING_NEW = 2.5
"""Times as long as `kaufland --version`."""
MOST_FOR_A_LIST = 1.5
"""Times as long as a bare Typer program."""
MOST_MEMORY_GROWTH = 1.3
"""Times the peak of a small import."""
MOST_MEGABYTES = 120
MOST_BYTES_A_UNIT = 700
MOST_LIST_GROWTH = 1.3
"""Times as long as in a small store."""
MOST_FOR_A_SEARCH = 100
"""Milliseconds more than the plain list."""
