"""Whole-database operations: import of legacy databases, safe replacement, and path relocation."""
