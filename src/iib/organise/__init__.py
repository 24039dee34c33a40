"""Sorting files into folders by topic: cluster, plan, preview, confirm, apply, undo."""
