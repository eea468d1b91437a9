"""The one way to every API on HTTP (`sending.py`): bounds on time and size, rate limit, retries, record, redaction."""
