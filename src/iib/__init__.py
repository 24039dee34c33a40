"""Infinite Image Browsing: browse, search and organise the pictures AI tools make."""

__version__ = "0.1.0"
