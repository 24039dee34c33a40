"""The built-in embedding model: TF-IDF and truncated SVD over the prompts of the library."""
