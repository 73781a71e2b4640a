"""The comparison as a table: our hand, others, people."""

from collections.abc import Callable

from orchestrator.dexterity.records import HandResult, Measured

Row = tuple[str, ...]


def comparison(result: HandResult) -> tuple[Row, list[Row]]:
    """Head and rows: a measure, our hand's figure, each other hand's, people's."""
    hands: list[Measured] = [result, *result.beside.values()]
    people = {row.measure: f"{row.person:g} {row.unit}" for row in result.people}
    head = ("measure", *(hand.name for hand in hands), "people")
    rows = [
        (label, *(figure(hand) for hand in hands), people.get(person, "-"))
        for label, person, figure in _FIGURES
    ]
    return head, rows


def beside_table(result: HandResult) -> list[str]:
    """The comparison in lines of text."""
    head, rows = comparison(result)
    held = f"{sum(result.feix.values())} of {len(result.feix)}" if result.feix else "not tried"
    both = ", ".join(f"{side} {score}/10" for side, score in result.kapandji_by_side.items())
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    lines += [f"Kapandji on both sides: {both}", f"Feix's grasps: {held}"]
    for row in result.people:
        text = f"{row.measure}: {row.share:.0%} of people's for a moment, limited by {row.limit}"
        if row.lasting is not None:
            text += f"; {row.lasting / row.person:.0%} for ever, limited by {row.lasting_limit}"
        lines.append(text)
    return lines


def _mean_force(hand: Measured, kind: str) -> float:
    forces = [getattr(force, kind) for force in hand.fingertip_force_n.values()]
    return sum(forces) / len(forces)


_FIGURES: tuple[tuple[str, str, Callable[[Measured], str]], ...] = (
    ("joints / actuators", "", lambda hand: f"{hand.joints} / {hand.actuators}"),
    ("mass with forearm, kg", "", lambda hand: f"{hand.mass_kg:.2f}"),
    ("mass without forearm, kg", "", lambda hand: f"{hand.mass_budget_kg['moving']:.2f}"),
    ("Kapandji opposition", "", lambda hand: f"{hand.kapandji}/10"),
    ("opposition volume, mm³", "", lambda hand: f"{hand.opposition_volume_mm3:,.0f}"),
    ("fingertip force, lasting, N", "", lambda hand: f"{_mean_force(hand, 'continuous'):.1f}"),
    ("  per kg with forearm, N/kg", "", lambda hand: f"{hand.force_per_kg[0]:.2f}"),
    ("  per kg without forearm, N/kg", "", lambda hand: f"{hand.force_per_kg[1]:.2f}"),
    ("fingertip force, burst, N", "", lambda hand: f"{_mean_force(hand, 'burst'):.1f}"),
    ("pinch, lasting, N", "", lambda hand: f"{hand.pinch.continuous:.1f}"),
    ("pinch, burst, N", "tip pinch", lambda hand: f"{hand.pinch.burst:.1f}"),
    ("grip, lasting, N", "", lambda hand: f"{hand.grip.continuous:.0f}"),
    ("grip, burst, N", "grip", lambda hand: f"{hand.grip.burst:.0f}"),
    ("tapping through 30°, Hz", "tapping", lambda hand: f"{hand.tapping_hz:.2f}"),
    ("  at full force, past limits of control, Hz", "", lambda hand: f"{hand.tapping_full_force_hz:.2f}"),
    (
        "power at standstill, lasting / burst, W",
        "",
        lambda hand: (
            "-" if hand.power_w is None else f"{hand.power_w['continuous']:.0f} / {hand.power_w['burst']:.0f}"
        ),
    ),
)
"""Label, people's measure beside it, and how to print it."""
