"""The CPUs that this process may use."""

import os


def available_cpus() -> int:
    """Count the CPUs that this process may use; a job scheduler may have given the others away."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
