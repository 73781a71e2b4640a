"""Benchmarks: figures of this machine, each printed by `optimus benchmark NAME`."""
