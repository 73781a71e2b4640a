"""Tasks of a humanoid on its feet."""
