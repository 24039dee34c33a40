"""The search language: parsing and plain-Python evaluation."""
