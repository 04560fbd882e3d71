"""A batch added to the counts, the vocabulary updated, weights transferred."""
