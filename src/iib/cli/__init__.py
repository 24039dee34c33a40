"""The commands of the program: `iib` (`main`), `app.py` (`serve`) and `migrate.py` (`relocate`).

Each of these modules is an entry point. They are not imported here, so that one command does not load the others.
"""

__all__ = ["main", "relocate", "serve"]
