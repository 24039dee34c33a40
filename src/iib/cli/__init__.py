"""The iib command, one module per subcommand."""
