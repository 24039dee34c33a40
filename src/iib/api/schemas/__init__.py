"""Pydantic models of requests and responses. Class names are component names of the OpenAPI document."""
