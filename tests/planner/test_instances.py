"""Published formats: what they say is read, and what is not one of them is refused in one line."""

import json

import pytest

from orchestrator.benchmarks.schedule import schedule_benchmark, set_of
from orchestrator.cli.main import main
from orchestrator.errors import InputError
from orchestrator.planner.scheduling.instances import find_instances, read_best_known, read_instance
from orchestrator.planner.scheduling.problem import Arc, Mode

PATTERSON = """
5 2
4 3
0 0 0 2 2 3
3 2 1 1 4
4 3 0 1 4
2 1 3 1 5
0 0 0 0
"""

PSPLIB = """
jobs  (incl. supersource/sink ):	4
RESOURCES
- renewable                 : 1 R
- nonrenewable              : 1 N
- doubly constrained        : 0 D
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
1	1	2		2 3
2	2	1		4
3	1	1		4
4	1	0
************************************************************************
REQUESTS/DURATIONS
jobnr.	mode	dur	R1	N1
------------------------------------------------------------------------
1	1	0	0	0
2	1	2	2	5
	2	4	1	1
3	1	3	2	2
4	1	0	0	0
************************************************************************
 RESOURCE AVAILABILITIES
	R 1	N 1
	3	4
************************************************************************
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "J5_1.txt").write_text(PATTERSON)
    (tmp_path / "several").mkdir()
    (tmp_path / "several" / "J504_2.mm").write_text(PSPLIB)
    (tmp_path / "best_known.csv").write_text("instance,best_known_makespan\nJ5_1.txt,9\n")
    return tmp_path


def test_pattersons_format(folder):
    problem = read_instance(folder / "J5_1.txt")
    assert problem.capacity == (4, 3)
    assert problem.modes[1] == (Mode(3, (2, 1)),)
    assert problem.arcs == (Arc(0, 1), Arc(0, 2), Arc(1, 3), Arc(2, 3), Arc(3, 4))


def test_psplibs_format(folder):
    problem = read_instance(folder / "several" / "J504_2.mm")
    assert (problem.capacity, problem.stock) == ((3,), (4,))
    assert problem.modes[1] == (Mode(2, (2,), (5,)), Mode(4, (1,), (1,)))
    assert problem.arcs == (Arc(0, 1), Arc(0, 2), Arc(1, 3), Arc(2, 3))


def test_the_benchmark_finds_the_shortest_and_gives_every_start(folder):
    result = schedule_benchmark(folder, 2.0, threads=1)
    single, several = result.instances["J5_1.txt"], result.instances["several/J504_2.mm"]
    # Jobs 2 and 3 demand 5 of 4 together: 3 + 4, then 2.
    assert (single.makespan, single.bound, single.best_known, single.gap_percent) == (9, 9, 9, 0.0)
    assert len(single.start) == 5
    # The first mode of job 2 uses more stock than there is.
    assert (several.makespan, several.mode[1], several.best_known) == (4, 2, None)
    assert (single.plain_cp_sat, several.plain_cp_sat) == (9, 4)
    assert result.mean_gap_percent == 0.0
    assert result.figures["J5_mean_gap_percent"] == 0.0


def test_the_command_prints_one_object(folder, capfd):
    arguments = ["benchmark", "schedule", "--instances", str(folder), "--seconds", "1", "--no-plain"]
    assert main([*arguments, "--threads", "1", "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert {"name", "machine", "command", "figures", "instances", "mean_gap_percent"} <= printed.keys()
    assert {"makespan", "bound", "best_known", "start"} <= printed["instances"]["J5_1.txt"].keys()
    assert main([*arguments, "--threads", "1"]) == 0
    assert "J5_1.txt" in capfd.readouterr().out


def test_sets_are_told_by_names():
    assert [set_of(f) for f in ("J30_11.txt", "RG300_5.txt", "a/J5016_5.txt", "J100102_2.txt", "x.sm")] == [
        "J30",
        "RG300",
        "MMLIB50",
        "MMLIB100",
        "x",
    ]


BROKEN = {
    "empty.txt": "",
    "words.txt": "this is no instance",
    "short.txt": PATTERSON[:-6],
    "long.txt": PATTERSON + "7",
    "successor.txt": PATTERSON.replace("1 5\n", "1 9\n"),
    "negative.txt": PATTERSON.replace("3 2 1", "-3 2 1"),
    "cycle.txt": PATTERSON.replace("0 0 0 0\n", "0 0 0 1 1\n"),
    "count.mm": PSPLIB.replace("):\t4", "):\t5"),
    "head.mm": PSPLIB.replace("- renewable", "- something"),
    "mode.mm": PSPLIB.replace("\t2\t4\t1\t1", "\t3\t4\t1\t1"),
    "columns.mm": PSPLIB.replace("\t2\t4\t1\t1", "\t2\t4\t1"),
    "doubly.mm": PSPLIB.replace(": 0 D", ": 1 D"),
    "binary.rcp": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_instance_is_named(tmp_path, name, capfd):
    text = BROKEN[name]
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_instance(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert main(["benchmark", "schedule", "--instances", str(tmp_path)]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_folders_without_instances_and_wrong_tables_are_named(tmp_path):
    with pytest.raises(InputError, match="no instance in it"):
        find_instances(tmp_path)
    with pytest.raises(InputError, match="expected a folder"):
        find_instances(tmp_path / "nowhere")
    assert read_best_known(tmp_path) == {}
    (tmp_path / "best_known.csv").write_text("instance,makespan\na,1\n")
    with pytest.raises(InputError, match="best_known_makespan"):
        read_best_known(tmp_path)
