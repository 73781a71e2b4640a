"""Simulated motors held against their data sheets, at a fine physics step and at those that training takes."""

from collections.abc import Sequence

from hand_model.dynamometer import MotorFigures, measure
from hand_model.motors import Motor, load_motor
from hand_model.sheets import DatasheetError
from orchestrator.errors import InputError
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult

RATES_HZ = (10_000, 360, 180, 108)
"""Physics rates: the first is fine enough for the motors' time constants, the others are training's."""

_COMPARED = ("no_load_speed", "stall_torque", "mechanical_time_constant")


def motor_benchmark(names: Sequence[str], rates_hz: Sequence[int] = RATES_HZ) -> BenchmarkResult:
    """Put motors on the bench.

    Args:
        names: data sheets under `configs/motors/`, or YAML files.
        rates_hz: physics rates to measure at.

    Returns:
        `MOTOR.FIGURE.RATE`: relative error against the sheet, in percent, and `MOTOR.rated_winding_celsius`.

    Raises:
        InputError: a data sheet cannot be.
    """
    figures: dict[str, float] = {}
    for name in names:
        try:
            motor = load_motor(name)
        except DatasheetError as error:
            where, _, message = str(error).partition(": ")
            raise InputError(where, message) from error
        for rate in rates_hz:
            measured = measure(motor, 1 / rate)
            for figure in _COMPARED:
                figures[f"{motor.name}.{figure}_error_percent.{rate}_hz"] = _error(motor, measured, figure)
            figures[f"{motor.name}.rated_winding_celsius"] = measured.rated_winding
    return BenchmarkResult(name="motors", machine=this_machine(), command=command_line(), figures=figures)


def _error(motor: Motor, measured: MotorFigures, figure: str) -> float:
    """Relative error in percent; a sheet without a time constant is held against its own R J / K²."""
    expected = getattr(motor, figure)
    if expected is None:
        expected = motor.resistance * motor.rotor_inertia / motor.torque_constant**2
    return 100 * (getattr(measured, figure) / expected - 1)


def markdown(result: BenchmarkResult) -> str:
    """The errors as a table: a row for each motor and figure, a column for each physics rate."""
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for key, value in result.figures.items():
        motor, figure, *rate = key.split(".")
        if rate:
            rows.setdefault((motor, figure.removesuffix("_error_percent")), {})[rate[0]] = value
    rates = list(next(iter(rows.values())))
    head = ["motor", "figure", *(f"{rate.removesuffix('_hz')} Hz" for rate in rates)]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for (motor, figure), errors in rows.items():
        cells = [motor, figure.replace("_", " "), *(f"{errors[rate]:+.1f}%" for rate in rates)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
