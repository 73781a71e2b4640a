"""Training: configs, run directories and the loop."""
