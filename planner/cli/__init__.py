"""The same job from a terminal: one small file per subcommand."""
