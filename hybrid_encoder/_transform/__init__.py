"""Encode values as output columns: look-up, hashing and the CSR matrix. Imports only ``_input``."""
