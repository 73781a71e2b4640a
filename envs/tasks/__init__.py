"""Tasks that robots learn."""
