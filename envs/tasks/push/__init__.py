"""`hand-push`: objects on a table, pushed by a carried hand."""
