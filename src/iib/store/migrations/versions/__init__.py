"""The numbered revisions of the schema, applied in order."""
