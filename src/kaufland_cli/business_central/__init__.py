"""Business Central's API v2.0 as a target of sales orders."""
