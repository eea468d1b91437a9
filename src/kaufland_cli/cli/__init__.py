"""The commands: one file a group, each turning options into one call of the core and its result into output."""
