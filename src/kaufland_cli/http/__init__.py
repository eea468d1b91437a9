"""The only way to any HTTP API (`sending.py`): limits on time and size, rate limit, retries, recording, redaction."""
