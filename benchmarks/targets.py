"""The promises in figures; the lines of the table are compared with them."""

MIN_THROUGHPUT = 8
"""Times the units per second of the plain script, at 100 ms per response."""
MAX_TIME = 1.1
"""Times the duration of the plain script, without latency and limit."""
MAX_REQUESTS_A_SECOND = 111
"""Requests in any one second, as they arrive at the server: what Kaufland allows."""
MAX_FOR_NOTHING_NEW = 3.0
"""Times the duration of `kaufland --version`."""
MAX_FOR_A_LIST = 1.15
"""Times the duration of a bare Typer program, as for `log show`."""
MAX_FOR_STATUS = 1.25
"""Times the duration of that bare program."""
MAX_MEMORY_GROWTH = 1.3
"""Times the peak memory of a small import."""
MAX_MEGABYTES = 80
MAX_BYTES_A_UNIT = {"usual": 600, "own buyers": 600, "own products": 700}
"""Of the store, by kind of shop."""
MAX_LIST_GROWTH = 1.3
"""Times the duration in a small store."""
MAX_EVERYDAY_SECONDS = 0.3
"""Processor time of an everyday command beyond `--version`, with a million units."""
MAX_FOR_A_SEARCH = 100
"""Milliseconds more than the plain list."""
MAX_REQUESTS_A_PAGE = {"own products": 1.07, "changing": 1.1}
"""Requests of a whole first import, for each page that its units fill, by kind of shop; 279, 287 for 12,000 orders."""
MAX_SHIPPING_TIME = 1.3
"""Times what as many requests take at the limit alone."""
MIN_SHARE_OF_LIMIT = 0.6
"""Requests a second of a whole first import, as a share of the limit."""
