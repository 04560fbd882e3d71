"""Any table, read as columns of text or numbers."""
