"""The query engine: compiles a query tree into candidate sets and verifies candidates on their text."""
