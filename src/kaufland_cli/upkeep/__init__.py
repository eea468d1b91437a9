"""Keeps the store small and buyers' data no longer than allowed: with each import and at a buyer's request."""
