"""What the C library does with the memory of tensors on the CPU that are no longer needed."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""`M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` of glibc's malloc.h."""
_LARGEST = 2**31 - 1


def keep_freed_memory() -> None:
    """Let this process keep the memory that tensors leave behind, for those that come next.

    glibc returns that of large ones to the system at once, and each page of the next one is fetched, and cleared, anew:
    half of the time that PPO from pixels took on a CPU. What a process holds grows to the most that it has needed.
    Other C libraries are left as they are.

    Source: mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST)
        mallopt(_TRIM_THRESHOLD, _LARGEST)
