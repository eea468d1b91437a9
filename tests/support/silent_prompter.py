"""A window that nobody sees: take the name of the desktop's unlock window on the session bus and never answer."""

import sys
from contextlib import suppress

if sys.platform == "linux":
    from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
    from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

    with open_dbus_connection() as connection, suppress(ConnectionError):  # the bus goes when the session ends
        connection.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"))
        while True:
            connection.receive()
