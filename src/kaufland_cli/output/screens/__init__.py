"""What rich draws on a terminal: cards, tables, progress and questions. See docs/decisions/0021."""
