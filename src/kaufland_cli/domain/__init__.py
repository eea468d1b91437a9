"""Orders, sales orders and the rules of the trade. No I/O, and no imports from the rest of the program."""
