"""The learners benchmark: small trials of ours and of stable-baselines3, and how they are put together."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from envs.env import TaskEnv
from envs.registry import TASKS, make_task
from orchestrator.benchmarks.learners import benchmark, trial
from orchestrator.benchmarks.learners.benchmark import Settings, compare, tune
from orchestrator.benchmarks.learners.grids import GRIDS
from orchestrator.benchmarks.learners.ours import with_summed_reward
from orchestrator.benchmarks.learners.records import CurvePoint, LearnersResult, TrialResult, TrialSpec
from orchestrator.benchmarks.learners.sb3 import Sb3Env
from orchestrator.cli.main import main
from orchestrator.errors import InputError
from orchestrator.training.config import TrainConfig

CONFIG = TrainConfig.model_validate(
    {
        "task": "hand-reach",
        "task_config": {"episode_seconds": 0.5},
        "worlds": 4,
        "threads": 1,
        "network": {"actor_hidden": [8], "critic_hidden": [8]},
    }
)


@pytest.fixture
def settings(tmp_path):
    return Settings(
        config=CONFIG,
        learners=("ours", "sb3"),
        seeds=(3,),
        seconds=0.2,
        tune_seconds=0.05,
        every=0.1,
        episodes=3,
        out=tmp_path,
        overwrite=False,
    )


@pytest.fixture
def here(monkeypatch):
    """Trials run in this process, and are counted."""
    ran = []

    def run(path, spec):
        path.parent.mkdir(parents=True, exist_ok=True)
        ran.append(path.stem)
        result = trial.run_trial(spec)
        result.write(path)
        return result

    monkeypatch.setattr(benchmark, "_run", run)
    return ran


def test_a_comparison_is_written_with_curves_and_a_table(settings, here):
    result = compare(settings)
    assert here == ["ours-seed3", "sb3-seed3"]
    assert LearnersResult.model_validate_json((settings.out / "learners.json").read_text()) == result
    for one in result.trials:
        seconds = [point.seconds for point in one.curve]
        assert seconds[0] == 0
        assert seconds == sorted(seconds)
        assert one.final.seconds >= settings.seconds
        assert one.final.steps == one.iterations * 8 * CONFIG.worlds
        assert one.collect_seconds > 0
        assert one.update_seconds > 0
        assert (one.collect_seconds + one.update_seconds) * one.iterations <= one.final.seconds
    assert "stable-baselines3" in result.trials[1].versions
    table = (settings.out / "learners.md").read_text()
    assert [line.split(" | ")[0] for line in table.splitlines()[2:4]] == ["| ours", "| sb3"]
    assert {"ours_final_success", "sb3_final_success"} <= result.figures.keys()


def test_an_off_policy_learner_runs_the_same_trial(settings):
    soon = GRIDS["sb3-sac"][0] | {"learning_starts": 2 * CONFIG.worlds, "buffer_size": 1000}
    result = trial.run_trial(settings.spec("sb3-sac", 3, 0.2, soon))
    assert result.final.steps == result.iterations * CONFIG.worlds
    assert result.update_seconds > 0
    assert "stable-baselines3" in result.versions


def test_what_is_there_is_not_measured_again(settings, here):
    compare(settings)
    (settings.out / "learners" / "sb3-seed3.json").unlink()
    compare(settings)
    assert here == ["ours-seed3", "sb3-seed3", "sb3-seed3"]
    with pytest.raises(InputError, match=r"ours-seed3\.json: was measured with other settings"):
        compare(settings.model_copy(update={"seconds": 0.3}))
    assert len(here) == 3
    compare(settings.model_copy(update={"overwrite": True}))
    assert len(here) == 5


def test_tuning_takes_turns_and_decides_the_hyperparameters(settings, here):
    result = tune(settings)
    both = [f"tune-{learner}-{index}" for index in range(4) for learner in ("ours", "sb3")]
    assert here == [*both, "tune-sb3-4", "tune-sb3-5"]
    for learner in settings.learners:
        outcomes = [o for o in result.tuning if o.learner == learner]
        assert [o.hyperparameters for o in outcomes] == list(GRIDS[learner])
        chosen = [o for o in outcomes if o.chosen]
        assert [o.distance_mm for o in chosen] == [min(o.distance_mm for o in outcomes)]
        compared = next(s for s in compare(settings).learners if s.learner == learner)
        assert compared.tuned
        assert compared.hyperparameters == chosen[0].hyperparameters


def test_nothing_is_reported_on_the_episodes_that_tuning_chose_on(settings, here):
    reported = {result.spec.evaluation_seed for result in compare(settings).trials}
    tuned_on = {spec.evaluation_seed for name in GRIDS for spec in settings.tuning(name).values()}
    assert len(reported) == len(tuned_on) == 1
    assert not reported & tuned_on
    trained_on = {spec.seed for name in GRIDS for spec in settings.tuning(name).values()}
    assert not trained_on & {0, 1, 2}


def test_no_learner_gets_more_tries_than_a_peer():
    tries = {name: len({str(h) for h in grid}) for name, grid in GRIDS.items()}
    assert tries == {"ours": 4, "ours-summed": 4, "rsl-rl": 6, "sb3": 6, "sb3-sac": 6}


def test_a_trial_has_a_process_of_its_own_and_dies_with_its_parent(settings, tmp_path):
    spec = settings.spec("ours-summed", 0, 600.0, {})
    command = [sys.executable, "-m", "orchestrator.benchmarks.learners.trial", str(tmp_path / "r.json")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(spec.model_dump_json() + "\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith("ours-summed seed 0: 0 s")
    process.stdin.close()
    assert process.wait(timeout=60) != 0
    assert not (tmp_path / "r.json").exists()
    process.stderr.close()


def test_one_summed_reward_for_every_action(settings):
    kind = TASKS.get("hand-reach-summed") or with_summed_reward(TASKS["hand-reach"])
    plain, summed = (
        TaskEnv(t, 2, seed=5, backend="cpu", threads=1)
        for t in (make_task("hand-reach"), kind(kind.config_type()))
    )
    plain.reset(), summed.reset()
    action = torch.zeros(2, plain.action_size)
    torch.testing.assert_close(summed.step(action).reward, plain.step(action).reward.sum(dim=1, keepdim=True))
    assert summed.task.credit().shape == (1, 27)
    assert summed.task.credit().all()


def test_stable_baselines3_sees_the_last_observation_of_an_episode():
    def make():
        return TaskEnv(make_task("hand-reach", CONFIG.task_config), 4, seed=0, backend="cpu", threads=1)

    env, plain = Sb3Env(make(), ("proprioception", "command")), make()
    env.reset(), plain.reset(), plain.stagger()
    action = np.zeros((4, 27), np.float32)
    for _ in range(12):
        observation, reward, done, infos = env.step(action)
        step = plain.step(torch.from_numpy(action))
        np.testing.assert_array_equal(done, (step.terminated | step.truncated).numpy())
        np.testing.assert_allclose(reward, step.reward.sum(dim=1).numpy())
        for row, world in enumerate(step.ended.tolist()):
            last = torch.cat([step.final_observation[k][row] for k in ("proprioception", "command")])
            np.testing.assert_array_equal(infos[world]["terminal_observation"], last.numpy())
            assert infos[world]["TimeLimit.truncated"] is True
            assert not np.array_equal(observation[world], last.numpy())
        assert [bool(info) for info in infos] == done.tolist()


def test_time_to_a_success_rate_is_read_between_evaluations(settings):
    def at(rates):
        curve = [
            CurvePoint(seconds=10.0 * i, steps=i, success_rate=r, metrics={}) for i, r in enumerate(rates)
        ]
        spec: TrialSpec = settings.spec("ours", 0, 1.0, {})
        return TrialResult.model_construct(spec=spec, curve=curve).seconds_to(0.5)

    assert at([0.0, 0.4, 0.6]) == pytest.approx(15.0)
    assert at([0.0, 0.5, 0.1]) == pytest.approx(10.0)
    assert at([0.6, 0.7]) == 0.0
    assert at([0.6, 0.6]) == 0.0
    assert at([0.5, 0.4, 0.6]) == 0.0
    assert at([0.0, 0.4, 0.49]) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--learners ours,sb4", "--learners sb4: no such learner; nearest: 'sb3'"),
        ("--learners ,", "--learners: expected at least one name"),
        ("--seeds 0,x", "--seeds 0,x: expected whole numbers from 0 to 4294967295, separated by commas"),
        ("--seconds 0", "seconds"),
    ],
)
def test_wrong_options_are_refused(arguments, message, capsys, tmp_path):
    code = main(["benchmark", "learners", *arguments.split(), "--out", str(tmp_path / "out")])
    assert code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_peer_that_is_not_installed_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(trial.PEERS, "rsl-rl", ("rsl-rl-lib", "no_such_module"))
    assert main(["benchmark", "learners", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(
        "optimus: --learners rsl-rl: needs rsl-rl-lib: run `make benchmark-env`"
    )
    assert not (tmp_path / "out").exists()


def test_the_command_prints_one_object(capsys, tmp_path):
    options = "--worlds 8 --threads 1 --seconds 0.1 --every 0.1 --episodes 2 --seeds 0 --learners ours --json"
    assert main(["benchmark", "learners", *options.split(), "--out", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"name", "machine", "command", "figures"} <= printed.keys()
    assert printed["name"] == "learners"
    assert 0 <= printed["figures"]["ours_final_success"] <= 1
