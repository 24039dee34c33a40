"""Serializers: domain values as the JSON values of the HTTP contract.

Long responses are plain dictionaries, which orjson encodes without the cost of pydantic models. Their `TypedDict` types
have the fields of the models in `schemas`; a test compares both.
"""
