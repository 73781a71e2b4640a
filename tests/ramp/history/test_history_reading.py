"""Reading a production series: what is accepted, and the one line that each mistake gets."""

import numpy as np
import pytest

from orchestrator.errors import InputError
from orchestrator.ramp.history.reading import ReadOptions, read_series

GOOD = "period,units\n2019Q3,10\n2019Q4,12\n2020Q1,15\n2020Q2,19\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="plant.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("labels", "then"),
    [
        (("2019Q3", "2019Q4", "2020Q1"), "2020Q2"),
        (("2019-Q3", "2019-Q4", "2020-Q1"), "2020-Q2"),
        (("2019", "2020", "2021"), "2022"),
        (("2019-11", "2019-12", "2020-01"), "2020-02"),
        (("2019-03-31", "2019-06-30", "2019-09-30"), "2019-Q4"),
        (("2019-12-31", "2020-12-31", "2021-12-31"), "2022"),
        (("2019-03", "2019-06", "2019-09"), "2019-Q4"),
    ],
)
def test_periods_are_understood_and_go_on_in_the_same_style(written, labels, then):
    series = read_series(
        written("period,units\n" + "".join(f"{label},{n + 1}\n" for n, label in enumerate(labels)))
    )
    assert series.labels(len(series), 1) == [then]
    np.testing.assert_array_equal(series.units, [1, 2, 3])


def test_a_byte_order_mark_blank_lines_and_other_columns_do_no_harm(written):
    series = read_series(written("\ufeffperiod,plant,units\n2019,a,1\n\n2020,b,2\n"))
    np.testing.assert_array_equal(series.units, [1, 2])


def test_a_cumulative_count_becomes_units_per_period(written):
    path = written("period,units\n2019,10\n2020,30\n2021,60\n")
    series = read_series(path, ReadOptions(cumulative=True))
    np.testing.assert_array_equal(series.units, [20, 30])
    assert series.first.label() == "2020"


def test_a_column_that_says_cumulative_is_one_and_is_found_among_others(written):
    series = read_series(written("period,cumulative_mw,cost\n2019,10,5\n2020,30,4\n2021,60,3\n"))
    np.testing.assert_array_equal(series.units, [20, 30])
    assert "cumulative" in series.notes[0]


def test_start_leaves_out_what_was_before(written):
    assert len(read_series(written(GOOD), ReadOptions(start="2020Q1"))) == 2
    assert len(read_series(written(GOOD), ReadOptions(start="2020"))) == 2


def test_periods_before_the_first_unit_are_left_out(written):
    series = read_series(written("period,units\n2018,0\n2019,0\n2020,3\n2021,0\n2022,5\n"))
    np.testing.assert_array_equal(series.units, [3, 0, 5])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,units\n2019,10\n2021,12\n", "line 3: 2020 is missing between 2019 and 2021"),
        ("period,units\n2019Q4,10\n2020Q2,12\n", "line 3: 2020Q1 is missing"),
        ("period,units\n2019,10\n2020,11\n2019,12\n", "line 4: 2019 is given twice (first on line 2)"),
        ("period,units\n2020,10\n2019,11\n2021,12\n", "line 3: 2019 comes after 2020: out of order"),
        ("period,units\n2019,10\n2020Q1,12\n", "line 3: 2020Q1 and 2019 are periods of different lengths"),
        ("period,units\n2019,10\n2020,ten\n", "line 3: expected a number in the column 'units', got 'ten'"),
        ("period,units\n2019,10\n2020,1.2k\n", "got '1.2k'"),
        ("period,units\n2019,10\n2020,nan\n", "got 'nan'"),
        ("period,units\n2019,10\n2020,\n", "line 3: expected a number in the column 'units', got ''"),
        ("period,units\n2019,10\n2020,-3\n", "line 3: expected units of zero or more, got -3"),
        (
            "period,units\n2019,10\nsoon,12\n",
            "line 3: expected a period such as 2019, 2019Q3 or 2019-07, got 'soon'",
        ),
        ("period,units\n2019Q5,10\n", "got '2019Q5'"),
        ("period,units\n2019,0\n2020,0\n", "at least one period with output above zero"),
        ("period,units\n", "expected a header such as period,units and a line for each period"),
        ("", "expected a header"),
        ("when,units\n2019,10\n", "line 1: expected a column 'period'"),
        ("period,made,sold\n2019,10,9\n", "line 1: expected a column 'units', or --column with one of"),
        ("period;units\n2019;10\n", "line 1: expected columns separated by commas"),
        (
            "period,units\n2019,10\n2020,12\n2021,15000\n2022,17000\n",
            "line 4: units look mixed, from 12 in 2020",
        ),
        ("period,units\n2019,10\n2020,12\n2021,15000\n2022,17\n2023,20\n", "units look mixed"),
    ],
)
def test_a_mistake_gets_one_line_with_its_place(written, text, said):
    path = written(text)
    with pytest.raises(InputError) as raised:
        read_series(path)
    assert said in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_cumulative_count_cannot_fall(written):
    with pytest.raises(InputError, match="line 3: a cumulative count cannot fall, from 10 to 8"):
        read_series(written("period,units\n2019,10\n2020,8\n"), ReadOptions(cumulative=True))


def test_a_real_jump_can_be_let_through(written):
    path = written("period,units\n2019,10\n2020,12\n2021,15000\n2022,17000\n")
    assert len(read_series(path, ReadOptions(allow_jumps=True))) == 4


def test_an_early_ramp_is_no_change_of_unit(written):
    text = "period,units\n2017-Q3,26\n2017-Q4,2425\n2018-Q1,9766\n2018-Q2,28578\n2018-Q3,53239\n"
    assert len(read_series(written(text))) == 5


def test_an_unknown_column_names_the_nearest(written):
    with pytest.raises(InputError, match="no such column; nearest: 'units'"):
        read_series(written(GOOD), ReadOptions(column="unit"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read"):
        read_series(tmp_path / "nowhere.csv")
