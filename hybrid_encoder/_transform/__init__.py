"""A column's values to output columns: look-up, hashing and the CSR matrix. Imports ``_input`` alone."""
