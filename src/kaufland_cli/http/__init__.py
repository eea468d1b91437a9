"""What every API on HTTP needs: bounds on time and size, a rate limit, retries, what is recorded, what broke."""
