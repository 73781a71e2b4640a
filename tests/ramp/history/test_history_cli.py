"""`optimus ramp fit`, `forecast` and `backtest` on the command line."""

import json

import numpy as np
import pytest

from orchestrator.cli import main as main_module
from orchestrator.cli.commands import command_group
from orchestrator.cli.ramp_history import backtest, fit, forecast


@pytest.fixture
def optimus(monkeypatch):
    """The command line with these commands under `ramp`, wherever they are registered."""
    app, ramp = command_group("optimus", "x"), command_group("ramp", "y")
    for command in (fit, forecast, backtest):
        ramp.command()(command)
    app.add_typer(ramp)
    monkeypatch.setattr(main_module, "app", app)
    return lambda *words: main_module.main(["ramp", *map(str, words)])


@pytest.fixture
def plant(tmp_path):
    units = 1e5 / (1 + np.exp(-0.5 * (np.arange(14) - 7.0)))
    path = tmp_path / "plant.csv"
    path.write_text(
        "period,units,cost\n" + "".join(f"{2005 + i},{u:.1f},{9 - i / 2}\n" for i, u in enumerate(units))
    )
    return path


def test_forecast(optimus, plant, capsys):
    assert optimus("forecast", plant, "--horizon", 3, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["period"] == ["2019", "2020", "2021"]
    assert len(found["p10"]) == len(found["p50"]) == len(found["p90"]) == 3
    assert "ford-model-t" in found["prior_series"]


def test_forecast_for_people(optimus, plant, capsys):
    assert optimus("forecast", plant) == 0
    out = capsys.readouterr().out
    assert "p10" in out
    assert "2019" in out


def test_fit_with_costs(optimus, plant, capsys):
    assert optimus("fit", plant, "--cost", "cost", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["asymptote"]["p10"] <= 1e5 <= found["asymptote"]["p90"]
    assert 0 < found["learning_rate"] < 1


def test_backtest(optimus, plant, capsys):
    assert optimus("backtest", plant, "--horizon", 3, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["series"]["plant"]["origins"] == 6
    assert {"mase", "smape", "coverage80"} <= set(found["baselines"]["drift"])


def test_backtest_by_the_length_of_periods(optimus, plant, capsys):
    assert optimus("backtest", plant, "--horizon", "4q,2y", "--json") == 0
    assert json.loads(capsys.readouterr().out)["series"]["plant"]["horizon"] == 2


def test_a_short_series_is_warned_about_on_stderr(optimus, tmp_path, capsys):
    path = tmp_path / "young.csv"
    path.write_text("period,units\n2024Q1,10\n2024Q2,50\n")
    assert optimus("forecast", path, "--json") == 0
    captured = capsys.readouterr()
    assert "warning: only 2 periods seen" in captured.err
    assert json.loads(captured.out)["warnings"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("forecast", "{plant}", "--leave-out", "ipone"), "nearest: 'iphone'"),
        (("forecast", "{plant}", "--start", "soon"), "--start soon: expected a period"),
        (("forecast", "{plant}", "--start", "2030"), "ends with 2018"),
        (("forecast", "{plant}", "--column", "unit"), "nearest: 'units'"),
        (("forecast", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("forecast", "{plant}", "--horizon", "0"), "horizon"),
        (("fit", "{plant}", "--cost", "price"), "price: no such column"),
        (("backtest", "{plant}", "--horizon", "4x"), "--horizon 4x: expected periods such as 4"),
        (("backtest", "{plant}", "--horizon", "4q"), "says nothing about plant, whose periods are years"),
        (("backtest", "{plant}", "--horizon", "12"), "expected at least 18 periods"),
        (("backtest", "{plant}", "{plant}"), "expected files of different names"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(optimus, plant, capsys, words, said):
    assert optimus(*(word.format(plant=plant) for word in words)) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.out == ""
