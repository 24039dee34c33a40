"""The graph of clusters, their keywords, and groups of keywords."""
