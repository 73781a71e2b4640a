"""Matches: several robots, or several roles, in one world."""
