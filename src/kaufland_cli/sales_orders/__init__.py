"""Decides which orders become sales orders, with which lines and for which customer; a `target` creates them."""
