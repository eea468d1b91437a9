"""The states of a sales order, and the groups they form. The store builds its SQL from these groups too.

What each state means and how an order gets from one to the next: docs/decisions/0013.
"""

from typing import Final, Literal

State = Literal["none", "pending", "held", "sending", "created", "error", "conflict"]
STATES: Final[tuple[State, ...]] = ("none", "pending", "held", "sending", "created", "error", "conflict")

STOPPED: Final[frozenset[State]] = frozenset({"held", "error", "conflict"})
"""A person has to act before it goes on."""
NEXT_TO_PUSH: Final[frozenset[State]] = frozenset({"pending", "held", "sending"})
"""Every push looks at it again."""
WITHOUT_DOCUMENT: Final[frozenset[State]] = frozenset({"pending", "held", "error"})
"""The target certainly has no document."""
WITH_DOCUMENT: Final[frozenset[State]] = frozenset({"created", "conflict"})
"""There is a document, or was one."""
MAY_HAVE_DOCUMENT: Final[frozenset[State]] = WITH_DOCUMENT | {"sending"}
UNFINISHED: Final[frozenset[State]] = frozenset(STATES) - {"none", "created"}
"""The buyer's data are still needed."""
