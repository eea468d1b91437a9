"""The Seller API of Kaufland: signing, sending, retrying, and reading what comes back."""
