"""Measures what the program promises about speed, memory and size: `make bench`."""
