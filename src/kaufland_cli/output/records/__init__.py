"""What goes to other programs, into pipes and files: full values, nothing cut, no terminal and no rich."""
