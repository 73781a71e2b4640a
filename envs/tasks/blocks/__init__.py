"""Flat blocks on a table and a hand that pushes them to goals: what `hand-push` and `humanoid-rearrange` share."""
