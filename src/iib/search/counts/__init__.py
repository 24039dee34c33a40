"""Counts over sets of files: facets, timelines, the overview and visible totals."""
