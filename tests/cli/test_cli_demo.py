"""`kaufland demo`: the whole product in a minute, without an account."""

from support.machine import Machine


def test_the_demo_walks_through_the_real_commands(machine: Machine) -> None:
    """Every command of the walk works, a sales order is created, and nothing is left on the machine."""
    done = machine.process("demo")
    assert done.code == 0, done
    assert "✗" not in done.out + done.err
    for words in ("import-orders", "orders list", "orders show", "sales-orders push", "log show"):
        assert f"kaufland {words}" in done.out
    assert "created as" in done.out
    assert machine.files() == []
