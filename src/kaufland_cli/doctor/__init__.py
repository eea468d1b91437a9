"""The checks of `kaufland doctor` and its report; a check that breaks never stops the others."""
