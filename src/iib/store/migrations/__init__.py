"""Alembic environment and revisions; forward only."""
