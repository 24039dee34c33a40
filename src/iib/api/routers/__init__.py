"""Routers, one per resource. Routers do not import each other."""
