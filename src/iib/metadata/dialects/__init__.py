"""Interprets the metadata entries of image generators; one module or folder per generator."""
