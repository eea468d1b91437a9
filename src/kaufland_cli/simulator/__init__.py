"""A local Seller API v2 with its own signature check, its own orders, and faults on request.

It serves `kaufland demo` and the tests. Nothing here imports from the rest of the program.

    with Simulator(orders=seller_month(datetime.now(UTC))) as simulator:
        rule = simulator.misbehave(faults.status(503), times=2, path="/order-units")
        ...  # talk to simulator.base_url with simulator.client_key and simulator.secret_key
        simulator.marketplace.change_unit(314567898654242, status="sent")
"""

from kaufland_cli.simulator import faults
from kaufland_cli.simulator.exchange import Answer, Disconnect, Refusal, Request
from kaufland_cli.simulator.generated import generated_orders
from kaufland_cli.simulator.marketplace import Done, Marketplace
from kaufland_cli.simulator.orders import MISSING, SimulatedOrder, example_address, example_product, make_order, unit_id
from kaufland_cli.simulator.seller_month import seller_month
from kaufland_cli.simulator.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Rule, Simulator
from kaufland_cli.simulator.switches import Switches
from kaufland_cli.simulator.traffic import Asked

__all__ = [
    "DEMO_CLIENT_KEY",
    "DEMO_SECRET_KEY",
    "MISSING",
    "Answer",
    "Asked",
    "Disconnect",
    "Done",
    "Marketplace",
    "Refusal",
    "Request",
    "Rule",
    "SimulatedOrder",
    "Simulator",
    "Switches",
    "example_address",
    "example_product",
    "faults",
    "generated_orders",
    "make_order",
    "seller_month",
    "unit_id",
]
