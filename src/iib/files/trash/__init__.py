"""The trash: its totals, its recovery for a new database, and its retention period."""
