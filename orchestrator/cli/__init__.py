"""The `optimus` command: parse, call, print."""
