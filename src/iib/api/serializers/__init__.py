"""Serializers: domain values to JSON values of the HTTP contract."""
