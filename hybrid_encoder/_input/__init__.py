"""Read any table as columns of text or numbers."""
