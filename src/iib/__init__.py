"""Infinite Image Browsing: browse, search and organise pictures and videos made by AI tools."""

__version__ = "0.1.0"
