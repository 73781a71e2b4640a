"""The planner: from a goal to a checked schedule that robots can carry out."""
