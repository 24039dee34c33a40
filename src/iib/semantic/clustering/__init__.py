"""Clustering of prompts: linkage, cuts, keywords, titles, and the job that runs them."""
