"""Referees: they replay recorded episodes and say whether a success was real. They share no code with the tasks."""
