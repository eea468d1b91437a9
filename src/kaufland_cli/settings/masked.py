"""A client key as it is shown: enough to recognise it."""

SHORTEST_SHOWN = 13  # of a shorter one hardly anything would be left out


def masked(client_key: str) -> str:
    """Return the first and last four characters of a client key."""
    if len(client_key) < SHORTEST_SHOWN:
        return "…" if client_key else ""
    return f"{client_key[:4]}…{client_key[-4:]}"
