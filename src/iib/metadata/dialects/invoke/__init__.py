"""Interprets InvokeAI: the three generations of its metadata, and its node graphs."""
