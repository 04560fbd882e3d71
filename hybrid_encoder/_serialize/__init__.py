"""What is saved and loaded: the state of a pickle and the JSON document."""
