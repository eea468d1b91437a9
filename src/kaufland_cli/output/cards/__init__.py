"""What each stream says, as blocks: of a record, in the seller's words; no terminal and no rich."""
