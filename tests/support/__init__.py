"""Builders shared by all tests: pictures, libraries, services."""
