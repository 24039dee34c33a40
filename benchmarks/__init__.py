"""Measurements of the running program: `make bench`."""
