"""Columns to counts, ranking, budget, vocabulary and layout."""
