"""Files that are the same, or look the same, in groups with a suggestion which to keep."""
