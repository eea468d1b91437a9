"""What keeps the store small, and buyers' data no longer than is allowed: with each import and on a buyer's request."""
