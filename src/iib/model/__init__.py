"""Frozen values and identifiers shared by every room; no input or output."""
