"""Save and load a fitted encoder: the state of a pickle, and the JSON document."""
