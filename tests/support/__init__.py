"""Builders that all tests share: pictures, libraries and services."""
