import json

from hand_model.sheets import SHEETS
from orchestrator.benchmarks.motors import RATES_HZ
from orchestrator.cli.main import main

MOTOR = "faulhaber-1331t006sr"


def test_errors_are_printed_for_every_rate(capsys):
    assert main(["benchmark", "motors", MOTOR, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["name"] == "motors"
    key = "Faulhaber 1331T006SR.no_load_speed_error_percent.{}_hz"
    assert all(abs(result["figures"][key.format(rate)]) < 3 for rate in RATES_HZ)


def test_a_table_has_a_row_for_each_figure(capsys):
    assert main(["benchmark", "motors", MOTOR]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| motor | figure | 10000 Hz | 360 Hz | 180 Hz | 108 Hz |"
    assert len(lines) == 5
    assert lines[4].startswith("| Faulhaber 1331T006SR | mechanical time constant | ")


def test_a_bad_sheet_is_wrong_input(tmp_path, capsys):
    sheet = tmp_path / "mine.yaml"
    sheet.write_text((SHEETS / "motors" / f"{MOTOR}.yaml").read_text().replace("2.83 ohm", "-2.83 ohm"))
    assert main(["benchmark", "motors", str(sheet)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["benchmark", "motors", "faulhaber-1331"]) == 2
    assert "nearest" in capsys.readouterr().err
