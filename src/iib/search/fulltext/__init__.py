"""Access to the trigram index: which files may contain a text, and how selective a trigram is."""
