"""By what a unit is known in the store: its id, in the form that it came in first, or a hash of what came."""

import re
from hashlib import blake2b

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit

_NUMBER_AS_TEXT = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_STOREFRONT = re.compile(r'"storefront": "[A-Z]+"')


def unit_key(unit: OrderUnit | UnreadableUnit) -> int | str:
    """Return the unit's id; for a unit without one, a hash of it, in which `DE` and `de` are one storefront."""
    if isinstance(unit, OrderUnit):
        return unit.id_order_unit
    if unit.id_order_unit is not None:
        return unit.id_order_unit
    same = _STOREFRONT.sub(lambda found: found[0].lower(), unit.raw)
    return blake2b(same.encode(), digest_size=16).hexdigest()


def other_form(id_order_unit: int | str) -> int | str:
    """Return a number as text, and a text that is a number as one."""
    if isinstance(id_order_unit, int):
        return str(id_order_unit)
    return int(id_order_unit) if _NUMBER_AS_TEXT.fullmatch(id_order_unit) else id_order_unit
