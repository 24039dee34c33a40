"""Groups of files that are equal or look alike, each with a suggestion which file to keep."""
