"""The layered graph of clusters, their keywords and groups of keywords."""
