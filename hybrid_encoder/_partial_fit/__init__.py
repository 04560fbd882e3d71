"""Add a batch to the counts, update the vocabularies, and transfer the weights of models."""
