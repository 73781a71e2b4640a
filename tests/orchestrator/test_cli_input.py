"""Wrong input: one line that says what is wrong, exit code 2, and nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator import config_files
from orchestrator.cli.main import main
from orchestrator.config_files import dump_config
from orchestrator.provenance import run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import checkpoint_path, save_checkpoint

CONFIGS = {
    "unknown.yaml": "task: hand-reach\nstep: 3\n",
    "unknown_ppo.yaml": "task: hand-reach\nppo: {gama: 0.9}\n",
    "unknown_task_key.yaml": "task: hand-reach\ntask_config: {rates: {physics: 180}}\n",
    "misplaced.yaml": "task: hand-reach\ngamma: 0.9\n",
    "type.yaml": "task: hand-reach\nworlds: many\n",
    "fraction.yaml": "task: hand-reach\nworlds: 1.5\n",
    "boolean.yaml": "task: hand-reach\nworlds: yes\n",
    "nan.yaml": "task: hand-reach\nppo: {gamma: .nan}\n",
    "infinite.yaml": "task: hand-reach\nppo: {learning_rate: .inf}\n",
    "negative.yaml": "task: hand-reach\nseed: -1\n",
    "zero.yaml": "task: hand-reach\nworlds: 0\n",
    "rates.yaml": "task: hand-reach\ntask_config: {rates: {physics_hz: 100}}\n",
    "choice.yaml": "task: hand-reach\nbackend: cuda\n",
    "task.yaml": "task: hand-reech\n",
    "missing.yaml": "worlds: 4\n",
    "syntax.yaml": "task: [hand-reach\n",
    "twice.yaml": "task: hand-reach\nseed: 1\nseed: 2\n",
    "list.yaml": "- task: hand-reach\n",
    "text.yaml": "hand-reach\n",
    "empty.yaml": "",
    "nested.yaml": "task: hand-reach\nppo: 3\n",
    "python.yaml": "task: !!python/object/apply:os.system [touch owned]\n",
    "several.yaml": "task: hand-reach\nworlds: 0\nseed: -1\nbackend: x\n",
    "good.yaml": "task: hand-reach\nworlds: 2\nthreads: 1\n",
}

CASES = {
    # what a config may have wrong
    "train unknown.yaml": "unknown.yaml: step: unknown key; nearest: 'steps'",
    "train unknown_ppo.yaml": "unknown_ppo.yaml: ppo.gama: unknown key; nearest: 'ppo.gamma'",
    "train unknown_task_key.yaml": "physics: unknown key",
    "train misplaced.yaml": "misplaced.yaml: gamma: unknown key; nearest: 'ppo.gamma'",
    "train type.yaml": "type.yaml: worlds: expected a valid integer, got 'many'",
    "train fraction.yaml": "worlds: expected a valid integer, got 1.5",
    "train boolean.yaml": "worlds: expected a number, got true",
    "train nan.yaml": "ppo.gamma: expected a finite number, got nan",
    "train infinite.yaml": "ppo.learning_rate: expected a finite number, got inf",
    "train negative.yaml": "seed: expected greater than or equal to 0, got -1",
    "train zero.yaml": "worlds: expected greater than or equal to 1, got 0",
    "train rates.yaml": "physics_hz",
    "train choice.yaml": "backend: expected 'auto', 'cpu' or 'warp', got 'cuda'; nearest: ",
    "train task.yaml": "hand-reach",
    "train missing.yaml": "task: expected a value; the key is missing",
    "train syntax.yaml": "syntax.yaml: line 2, column 1: not valid YAML",
    "train twice.yaml": "line 3, column 1: not valid YAML: key 'seed' is given twice",
    "train list.yaml": "list.yaml: expected a mapping of keys, got a list",
    "train text.yaml": "expected a mapping of keys, got 'hand-reach'",
    "train empty.yaml": "expected a mapping of keys, got nothing",
    "train nested.yaml": "ppo: expected a mapping of keys, got 3",
    "train python.yaml": "not valid YAML: could not determine a constructor",
    "train several.yaml": "seed: expected greater than or equal to 0, got -1 (and 2 more)",
    "train hand-reech": "hand-reech: no such config or file; nearest: 'hand-reach'",
    "train elsewhere/x.yaml": "elsewhere/x.yaml: no such config or file",
    "train folder": "folder: expected a config's name or a YAML file, got a directory",
    # overrides
    "train good.yaml --set seed": "--set seed: expected key=value",
    "train good.yaml --set sed=1": "--set sed=1: sed: unknown key; nearest: 'seed'",
    "train good.yaml --set ppo.gama=1": "ppo.gama: unknown key; nearest: 'ppo.gamma'",
    "train good.yaml --set seed=x": "--set seed=x: seed: expected a valid integer, got 'x'",
    "train good.yaml --set seed=[1": "--set seed=[1: line 1, column 3: not valid YAML",
    "train good.yaml --set ppo.gamma=1.5": "ppo.gamma: expected less than 1, got 1.5",
    "train good.yaml --set ppo.learning_rate=0.5": "ppo.learning_rate: expected less than or equal to 0.01",
    "train good.yaml --set ppo.learning_rate=1e-6": "ppo.learning_rate",
    "train good.yaml --set network.actor_hidden=[-5]": "network.actor_hidden.0: expected greater than 0, got -5",
    "train good.yaml --set network.actor_groups=[]": "network.actor_groups: ",
    "train good.yaml --set network.critic_groups=[]": "network.critic_groups: ",
    "train good.yaml --set network.critic_groups=[sight]": "has no group 'sight'",
    "train good.yaml --set network.min_std=0.6": "network.min_std: expected at most initial_std (0.5), got 0.6",
    "train good.yaml --set task_config.episode_seconds=0.03": "task_config.episode_seconds",
    # the command line
    "": "missing command",
    "trian good.yaml": "trian: no such command; nearest: 'train'",
    "--verbose": "--verbose: no such option",
    "train": "train: expected a config's name or a YAML file",
    "train good.yaml more": "train: got unexpected extra argument",
    "train good.yaml --sett seed=1": "train --sett: no such option; nearest: '--set'",
    "train good.yaml --run-dir": "'--run-dir' requires an argument",
    # run directories
    "train good.yaml --run-dir run": "run: a run is already there; --resume goes on with it, --overwrite replaces",
    "train good.yaml --run-dir folder": "folder: expected a new or empty directory; this one has files",
    "train good.yaml --run-dir folder --overwrite": "folder: expected a new or empty directory",
    "train good.yaml --run-dir good.yaml": "good.yaml: expected a directory to run in, got a file",
    "train good.yaml --run-dir good.yaml/run": "good.yaml/run: cannot be made: Not a directory",
    "train --resume": "train --resume: expected --run-dir",
    "train --resume --run-dir nowhere": "nowhere: expected a run directory; there is nothing",
    "train --resume --run-dir folder": "folder: expected a run directory, but it has no config.yaml and no run.json",
    "train --resume --run-dir run --set seed=2": "train --resume: cannot go with --set",
    "train --resume --run-dir run --overwrite": "train --resume: cannot go with --overwrite",
    "train --resume --run-dir corrupted": "corrupted/config.yaml: line 2",
    "train --resume --run-dir stranger": "is of task 'hand-juggle'",
    "train --resume --run-dir misfit": "does not fit the run's config",
    "train --resume --run-dir no_info": "no_info/run.json: is damaged",
    "train --resume --run-dir no_metrics": "no_metrics/metrics.parquet: is damaged",
    "train --resume --run-dir no_recordings": "no_recordings/videos/recordings.json: is damaged",
    # the other commands
    "evaluate": "evaluate: missing argument 'RUN'",
    "evaluate nowhere": "nowhere: expected a run directory; there is nothing",
    "evaluate folder": "folder: expected a run directory",
    "evaluate good.yaml": "good.yaml: expected a run directory, got a file",
    "evaluate run": "run: has no complete checkpoint",
    "evaluate stranger": "is of task 'hand-juggle'",
    "evaluate run --episodes 0": "'--episodes': expected greater than or equal to 1",
    "evaluate run --episodes -5": "'--episodes': expected greater than or equal to 1",
    "evaluate run --episodes 1.5": "'--episodes': expected a valid integer",
    "evaluate run --seed one": "'--seed': expected a valid integer",
    "evaluate run --card nowhere/card.json": "--card nowhere/card.json: expected a file in an existing folder",
    "evaluate no_info": "no_info/run.json: is damaged",
    "evaluate no_metrics": "no_metrics/metrics.parquet: is damaged",
    "evaluate run --agent nobody": "'--agent': ",
    "evaluate run --agent zero --card card.json": "--card card.json: cannot go with --agent zero",
    "evaluate run --card folder": "'--card': file 'folder' is a directory",
    "record nowhere": "nowhere: expected a run directory; there is nothing",
    "record run": "run: ",
    "record no_info": "no_info/run.json: is damaged",
    "record no_metrics": "no_metrics/metrics.parquet: is damaged",
    "record run --video x": "record --video: no such option",
    "view hand-reech": "hand-reech: expected a run directory or a task's name; nearest: 'hand-reach'",
    "view folder": "folder: expected a run directory",
    "view run --port 70000": "'--port': expected less than or equal to 65535",
    "benchmark": "benchmark: missing command",
    "benchmark thruput": "benchmark thruput: no such command; nearest: 'throughput'",
    "benchmark throughput --worlds 0": "'--worlds': expected greater than or equal to 1",
    "benchmark throughput --config hand-reech": "hand-reech: no such config or file; nearest: 'hand-reach'",
    "benchmark throughput --set task_config.rates.physics_hz=100": "--set task_config.rates.physics_hz=100: ",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of broken configs and broken runs."""
    place = tmp_path_factory.mktemp("place")
    for name, text in CONFIGS.items():
        (place / name).write_text(text)
    (place / "folder").mkdir()
    (place / "folder" / "notes.txt").write_text("mine")
    config = TrainConfig.model_validate({"task": "hand-reach", "worlds": 2, "threads": 1})
    for name in ("run", "corrupted", "stranger", "misfit", "no_info", "no_metrics", "no_recordings"):
        RunDirectory.create(place / name, dump_config(config), run_info(config.task, 0)).close()
    (place / "corrupted" / "config.yaml").write_text("task: hand-reach\n  worlds: 2\n")
    save_checkpoint(checkpoint_path(place / "stranger" / "checkpoints", 1), {}, {"task": "hand-juggle"})
    save_checkpoint(
        checkpoint_path(place / "misfit" / "checkpoints", 1), {}, {"task": "hand-reach", "steps": 1}
    )
    (place / "no_info" / "run.json").write_text("{")
    (place / "no_metrics" / "metrics.parquet").write_text("rows")
    (place / "no_recordings" / "videos").mkdir()
    (place / "no_recordings" / "videos" / "recordings.json").write_text("{}")
    (place / "shipped").mkdir()
    (place / "shipped" / "hand-reach.yaml").write_text("task: hand-reach\n")
    return place


def contents(place):
    files = (path for path in sorted(place.rglob("*")) if path.name != ".lock")
    return {str(path): path.read_bytes() if path.is_file() else None for path in files}


@pytest.mark.parametrize("line", CASES)
def test_wrong_input_is_one_line_and_exit_code_2(place, line, monkeypatch, capfd):
    monkeypatch.chdir(place)
    monkeypatch.setattr(config_files, "CONFIGS", place / "shipped")
    before = contents(place)
    code = main(line.split())
    out, err = capfd.readouterr()
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1, err
    assert CASES[line] in err
    assert (code, out) == (2, "")
    assert contents(place) == before


@pytest.mark.parametrize(
    "error", [ValueError("a scene\nwith no body"), RuntimeError("a scene\nwith no body")]
)
def test_what_cannot_be_built_is_wrong_input_and_leaves_no_run(place, error, monkeypatch, capfd):
    monkeypatch.chdir(place)

    def failing(*_):
        raise error

    monkeypatch.setattr("orchestrator.training.trainer.make_task", failing)
    before = contents(place)
    assert main(["train", "good.yaml", "--run-dir", "new"]) == 2
    assert capfd.readouterr().err == "optimus: good.yaml: cannot be built: a scene with no body\n"
    assert contents(place) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [("train twice.yaml --json", "key 'seed' is given twice"), ("evaluate nowhere", "there is nothing")],
)
def test_the_installed_command_does_the_same(place, line, said):
    program = Path(sys.executable).parent / "optimus"
    before = contents(place)
    done = subprocess.run([program, *line.split()], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert contents(place) == before


def test_help_needs_neither_torch_nor_mujoco():
    code = (
        "import sys\n"
        "from orchestrator.cli.main import main\n"
        "assert main(['--help']) == 0 and main(['train', '--help']) == 0\n"
        "assert not {'torch', 'mujoco', 'gymnasium', 'pyarrow'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Train a policy into a run directory" in done.stdout


def test_a_failure_while_running_is_one_line_and_exit_code_1(place, monkeypatch, capfd):
    monkeypatch.chdir(place)

    def failing(*_, **__):
        raise RuntimeError("the machine\nis on fire")

    monkeypatch.setattr("orchestrator.training.run_directory.RunDirectory.open", failing)
    assert main(["evaluate", "run"]) == 1
    assert capfd.readouterr().err == "optimus: failed: RuntimeError: the machine is on fire\n"
    monkeypatch.setenv("OPTIMUS_TRACEBACK", "1")
    assert main(["evaluate", "run"]) == 1
    assert "Traceback" in capfd.readouterr().err


def test_a_ray_cluster_that_does_not_answer_is_one_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    settings = ["--set", "workers=2", "--set", "worlds=8", "--set", "ppo.minibatches=1"]
    assert main(["train", "hand-reach", "--run-dir", str(tmp_path / "run"), *settings]) == 2
    line = "optimus: RAY_ADDRESS=127.0.0.1:9: no Ray cluster answers: Connection refused\n"
    assert capfd.readouterr().err == line
    assert not (tmp_path / "run").exists()
