"""Kaufland's Seller API: signatures, endpoints, readers of responses into `domain`, and its errors."""
