"""The commands, one file per group: options and help, one call into `app/`, and output of the result."""
