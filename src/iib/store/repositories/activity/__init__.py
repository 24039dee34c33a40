"""Repositories of jobs, file operations, trash and preferences."""
