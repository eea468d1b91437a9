"""`kaufland`: the command-line connector for sellers on Kaufland Global Marketplace."""

__version__ = "0.1.0"
