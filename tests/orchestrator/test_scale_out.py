"""Training with several workers on Ray: what a run then has, and what is refused."""

import pyarrow.parquet as pq
import pytest
import ray

from orchestrator.cli.main import main
from orchestrator.evaluation.evaluate import evaluate
from orchestrator.evaluation.heldout import read_heldout
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint

TINY = (
    "task_config.episode_seconds=0.5 worlds=8 workers=2 threads=1 checkpoint_every=128 "
    "network.actor_hidden=[8] network.critic_hidden=[8] ppo.epochs=1 ppo.minibatches=1"
)
SAMPLES = 64
"""In a rollout of all worlds."""


def arguments(place, *more):
    overrides = [word for key in (*TINY.split(), *more) for word in ("--set", key)]
    return ["train", "hand-reach", "--run-dir", str(place), *overrides]


@pytest.fixture(scope="module")
def cluster():
    """Ray on this machine, with two CPUs whatever it has."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_two_workers_train_one_run(cluster, tmp_path, capsys):
    place = tmp_path / "run"
    assert main([*arguments(place, "steps=384", "heldout_episodes=2"), "--json"]) == 0
    assert '"steps":384' in capsys.readouterr().out
    run = RunDirectory.open(place)
    table = pq.read_table(run.metrics)
    assert table.column("step").to_pylist() == list(range(SAMPLES, 384 + 1, SAMPLES))
    newest = newest_valid_checkpoint(run.checkpoints)
    tensors, state = load_checkpoint(newest)
    assert state["steps"] == 384
    # how many will go on is not known: worlds are nobody's in particular
    assert not [name for name in tensors if name.startswith("env.")]
    assert read_heldout(run)[-1].step == 384  # by the CPUs that the workers had
    assert evaluate(run, 4, 0).episodes == 4
    assert main(["train", "--resume", "--run-dir", str(place)]) == 0


def test_more_workers_than_there_is_room_for_are_refused(cluster, tmp_path, capsys):
    place = tmp_path / "run"
    assert main(arguments(place, "workers=4", "worlds=16")) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line == "optimus: workers: expected at most 2: 4 need 4 CPUs, the cluster has 2"
    assert not place.exists()


def test_worlds_are_shared_out_evenly(tmp_path, capsys):
    assert main(arguments(tmp_path / "run", "workers=3")) == 2
    line = capsys.readouterr().err.strip()
    assert "worlds: expected a multiple of workers (3), got 8; nearest: 9" in line
