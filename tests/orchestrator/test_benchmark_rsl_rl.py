"""The adapter to rsl_rl's PPO; runs where that is installed, as by `make test-benchmark-env`."""

import pytest
import torch

pytest.importorskip("rsl_rl")

from rsl_rl.runners import OnPolicyRunner

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.benchmarks.learners import rsl_rl
from orchestrator.benchmarks.learners.grids import GRIDS
from orchestrator.benchmarks.learners.records import TrialSpec
from orchestrator.benchmarks.learners.rsl_rl import RslRlEnv, runner_config
from orchestrator.benchmarks.learners.trial import run_trial
from orchestrator.training.config import TrainConfig

CONFIG = TrainConfig.model_validate(
    {
        "task": "hand-reach",
        "task_config": {"episode_seconds": 0.5},
        "worlds": 4,
        "threads": 1,
        "network": {"actor_hidden": [12, 8], "critic_hidden": [16], "initial_std": 0.3},
    }
)


def spec(hyperparameters=GRIDS["rsl-rl"][0]):
    return TrialSpec(
        learner="rsl-rl",
        seed=3,
        seconds=0.1,
        every=0.1,
        episodes=2,
        evaluation_seed=1,
        hyperparameters=hyperparameters,
        config=CONFIG,
    )


def make_env():
    task = make_task("hand-reach", CONFIG.task_config)
    return TaskEnv(task, CONFIG.worlds, seed=0, backend="cpu", threads=1)


def sizes(module):
    return [(m.in_features, m.out_features) for m in module.modules() if isinstance(m, torch.nn.Linear)]


def test_rewards_are_summed_and_scaled_and_time_outs_are_marked():
    env, plain = RslRlEnv(make_env()), make_env()
    plain.reset(), plain.stagger()
    action = torch.zeros(4, plain.action_size)
    timed_out = 0
    for _ in range(12):
        observation, reward, done, extras = env.step(action)
        step = plain.step(action)
        torch.testing.assert_close(reward, step.reward.sum(dim=1) / 18)  # 18 control steps a second
        assert torch.equal(extras["time_outs"], step.truncated)
        assert torch.equal(done, (step.terminated | step.truncated).long())
        for name, group in step.observation.items():
            assert torch.equal(observation[name], group)
        timed_out += int(step.truncated.sum())
    assert timed_out == 4  # each world once, in steps 6 to 9; the second episodes end later


def test_the_networks_are_those_of_the_config():
    env = make_env()
    groups = {name: group.shape[1] for name, group in env.reset().items()}
    runner = OnPolicyRunner(RslRlEnv(env), runner_config(spec()), device="cpu")
    deployable = groups["proprioception"] + groups["command"]
    assert sizes(runner.alg.actor) == [(deployable, 12), (12, 8), (8, env.action_size)]
    assert sizes(runner.alg.critic) == [(deployable + groups["privileged"], 16), (16, 1)]
    assert any(isinstance(module, torch.nn.ELU) for module in runner.alg.actor.modules())
    runner.alg.actor(RslRlEnv(make_env()).get_observations(), stochastic_output=True)
    torch.testing.assert_close(runner.alg.actor.output_std, torch.full((4, env.action_size), 0.3))


def test_the_evaluated_agent_acts_without_noise():
    env = make_env()
    runner = OnPolicyRunner(RslRlEnv(env), runner_config(spec()), device="cpu")
    agent, observation = rsl_rl._Agent(runner), env.reset()
    first = agent.act(observation)
    assert first.shape == (4, env.action_size)
    assert torch.equal(agent.act(observation), first)


@pytest.mark.parametrize("hyperparameters", GRIDS["rsl-rl"])
def test_every_set_of_the_grid_trains(hyperparameters):
    result = run_trial(spec(hyperparameters))
    assert result.final.seconds >= 0.1
    assert result.final.steps == result.iterations * hyperparameters["num_steps_per_env"] * CONFIG.worlds
    assert "rsl-rl-lib" in result.versions
