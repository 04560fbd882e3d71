"""Fit: count values, rank them, share the budget, and make vocabularies and layout."""
