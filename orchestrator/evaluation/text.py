"""Numbers as people read them."""


def count(number: float) -> str:
    """`4.30 M`, `7,800`: large numbers to three digits."""
    for limit, letter in ((1e9, "G"), (1e6, "M")):
        if abs(number) >= limit:
            return f"{number / limit:.3g} {letter}"
    return f"{number:,.0f}"


def length(metres: float) -> str:
    """`5.8 mm`, `1.24 m`."""
    return f"{1000 * metres:.1f} mm" if abs(metres) < 1 else f"{metres:.2f} m"


def duration(seconds: float) -> str:
    """`2.1 s`, `9 min 16 s`, `3 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def percent(share: float) -> str:
    """`87.3%`."""
    return f"{100 * share:.1f}%"


def percent_range(interval: tuple[float, float]) -> str:
    """`85.1–89.2%`."""
    low, high = interval
    return f"{100 * low:.1f}\N{EN DASH}{100 * high:.1f}%"


def data_rate(bits_per_second: float) -> str:
    """`1.33 MB/s`, `756 B/s`."""
    size = bits_per_second / 8
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= limit:
            return f"{size / limit:.3g} {unit}/s"
    return f"{size:.3g} B/s"


def ratio(times: float) -> str:
    """`1,170 to 1`, `3.4 to 1`."""
    return f"{times:,.0f} to 1" if times >= 10 else f"{times:.1f} to 1"
