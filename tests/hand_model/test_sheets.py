import pytest

from hand_model.dynamometer import measure, winding_rise
from hand_model.motors import load_motor, motor_names
from hand_model.sheets import SHEETS, DatasheetError

FAULHABER = ["faulhaber-0816k003sr", "faulhaber-1331t006sr"]
FINE = 1e-4


@pytest.fixture(scope="module", params=FAULHABER)
def measured(request):
    motor = load_motor(request.param)
    return motor, measure(motor, FINE)


@pytest.mark.parametrize("figure", ["no_load_speed", "stall_torque", "mechanical_time_constant"])
def test_a_simulated_motor_does_what_its_sheet_says(measured, figure):
    motor, figures = measured
    assert getattr(figures, figure) == pytest.approx(getattr(motor, figure), rel=0.03)


def test_the_rated_current_brings_the_winding_where_the_sheet_says():
    motor = load_motor("faulhaber-0816k003sr")
    assert measure(motor, FINE).rated_winding == pytest.approx(motor.winding_limit, rel=0.03)


def test_a_burst_heats_the_winding_before_the_housing():
    assert winding_rise(load_motor("faulhaber-0816k003sr"), 0.556, 5.0, 1 / 18) == pytest.approx(
        24.95, rel=0.03
    )


@pytest.mark.parametrize("name", motor_names())
def test_every_sheet_that_ships_is_sound(name):
    motor = load_motor(name)
    assert motor.source
    assert motor.friction < 0.2 * motor.rated_torque
    # heat and ratings come from different lines of a sheet
    assert 0.6 < motor.continuous_current / motor.rated_current < 2.5


def edited(tmp_path, **changes):
    """A copy of the 0816's sheet with lines changed; none removes a line."""
    lines = []
    for line in (SHEETS / "motors" / "faulhaber-0816k003sr.yaml").read_text().splitlines():
        key = line.partition(":")[0]
        value = changes.pop(key, line.partition(":")[2])
        if value is not None:
            lines.append(f"{key}: {value}")
    lines += [f"{key}: {value}" for key, value in changes.items()]
    path = tmp_path / "motor.yaml"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resistance": "-5.4 ohm"}, "resistance: .*greater than 0"),
        ({"resistance": "5.4"}, "resistance: expected a quantity in ohm, .*unit is missing"),
        ({"resistance": "5.4 V"}, "resistance: .*another kind of quantity"),
        ({"resistance": "5.4 ohms per fortnight squared oh"}, "resistance: expected a quantity in ohm"),
        ({"resistance": "5.4 omh"}, "resistance: .*no unit is called 'omh'"),
        ({"resistance": "much"}, "resistance: expected a quantity in ohm"),
        ({"resistance": ".nan ohm"}, "resistance: expected a quantity in ohm"),
        ({"resistance": None}, "resistance: missing"),
        ({"stall_torque": "1.15 N*m"}, "stall_torque: expected about 0.001172 N.m, .*got 1.15 N.m"),
        ({"mechanical_time_constant": "6.1 s"}, "mechanical_time_constant: expected about"),
        ({"winding_limit": "85"}, "winding_limit: .*unit is missing"),
        ({"winding_limit": "900 degC"}, "winding_limit"),
        ({"resistence": "5.4 ohm"}, "resistence: unknown figure; nearest: resistance"),
        ({"mass": "[1, 2]"}, "mass: expected a quantity in kg"),
    ],
    ids=str,
)
def test_a_bad_sheet_is_one_clear_line(tmp_path, changes, message):
    path = edited(tmp_path, **changes)
    with pytest.raises(DatasheetError, match=message) as caught:
        load_motor(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_any_unit_of_the_same_kind_will_do(tmp_path):
    path = edited(tmp_path, resistance="5400 mohm", no_load_speed="220.83 turn/s", winding_limit="358.15 K")
    motor = load_motor(str(path))
    assert motor.resistance == pytest.approx(5.4)
    assert motor.winding_limit == pytest.approx(85)


def test_an_unknown_motor_names_the_nearest():
    with pytest.raises(DatasheetError, match="nearest: faulhaber-0816k003sr"):
        load_motor("faulhaber-0816")
