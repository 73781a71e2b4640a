"""Runs on other machines: what a cluster is, what is submitted to it, how a run there is followed and ended."""
