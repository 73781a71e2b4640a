"""`rsl-rl-lib`'s PPO on a task's worlds.

Its runner is used as it is; only its logger is replaced, by one that tells the watch of every iteration. Actor and
critic read the groups that ours read. Rewards are scaled by the control period, as IsaacLab's and mjlab's reward
managers do for it. At a time limit it bootstraps from the value before the last step, by its own design.
"""

from typing import Any

import torch
from rsl_rl.runners import OnPolicyRunner  # pyright: ignore[reportMissingImports] - an extra
from tensordict import TensorDict  # pyright: ignore[reportMissingImports]
from torch import Tensor

from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import Observation
from orchestrator.benchmarks.learners.records import TrialSpec
from orchestrator.benchmarks.learners.watch import Watch

ENDLESS = 2**31
"""Iterations to ask for: the watch ends the training."""


class RslRlEnv:
    """Worlds of a task as `rsl_rl.env.VecEnv` wants them.

    Args:
        env: the worlds.
    """

    def __init__(self, env: TaskEnv) -> None:
        self.env = env
        self.num_envs = env.nworld
        self.num_actions = env.action_size
        self.max_episode_length = env.task.config.episode_steps
        self.device = str(env.device)
        self.cfg: dict[str, Any] = {}
        self._scale = env.task.config.rates.control_period
        self._observation = env.reset()
        env.stagger()

    def get_observations(self) -> TensorDict:
        """Every group, each (nworld, size)."""
        return as_tensordict(self._observation)

    def step(self, actions: Tensor) -> tuple[TensorDict, Tensor, Tensor, dict[str, Tensor]]:
        """Step with actions (nworld, action_size); `time_outs` marks the worlds that the time limit cut."""
        step = self.env.step(actions)
        self._observation = step.observation
        reward = self._scale * step.reward.sum(dim=1)
        done = step.terminated | step.truncated
        return self.get_observations(), reward, done.long(), {"time_outs": step.truncated}


class _Agent:
    def __init__(self, runner: OnPolicyRunner) -> None:
        self._runner = runner

    def act(self, observation: Observation, memory: Tensor | None = None) -> Tensor:
        """The most likely action, (n, action_size)."""
        return self._runner.alg.get_policy()(as_tensordict(observation))


class _TimeIsUp(Exception):  # noqa: N818 - not an error
    """Leaves the runner's loop, which knows no other end than a number of iterations."""


class _Laps:
    """In the place of the runner's logger."""

    writer = None

    def __init__(self, agent: _Agent, watch: Watch, steps: int) -> None:
        self._agent, self._watch, self._steps = agent, watch, steps

    def init_logging_writer(self) -> None:
        """Called when training starts."""
        self._watch.start(self._agent)

    def process_env_step(self, *_: object) -> None:
        """Called at every step."""

    def log(self, *, collect_time: float, learn_time: float, **_: object) -> None:
        """Called after every iteration."""
        if not self._watch.lap(self._agent, self._steps, collect_time, learn_time):
            raise _TimeIsUp


def as_tensordict(observation: Observation) -> TensorDict:
    """The groups as `rsl_rl` reads them."""
    return TensorDict(dict(observation), batch_size=[len(next(iter(observation.values())))])


def runner_config(spec: TrialSpec) -> dict[str, Any]:
    """The runner's config: ours for the networks, the trial's for the rest."""
    network = spec.config.network
    algorithm = {"class_name": "PPO", **spec.hyperparameters}
    shape = {"class_name": "MLPModel", "activation": network.activation, "obs_normalization": True}
    noise = {"class_name": "GaussianDistribution", "init_std": network.initial_std, "std_type": "log"}
    return {
        "num_steps_per_env": algorithm.pop("num_steps_per_env"),
        "save_interval": ENDLESS,
        "obs_groups": {"actor": list(network.actor_groups), "critic": list(network.critic_groups)},
        "actor": {**shape, "hidden_dims": list(network.actor_hidden), "distribution_cfg": noise},
        "critic": {**shape, "hidden_dims": list(network.critic_hidden)},
        "algorithm": algorithm,
    }


def train(spec: TrialSpec, watch: Watch) -> None:
    """Train until the watch says that the time is over."""
    config = spec.config
    torch.manual_seed(spec.seed)
    task = make_task(config.task, config.task_config)
    env = TaskEnv(task, config.worlds, seed=spec.seed, backend="cpu", threads=config.threads)
    settings = runner_config(spec)
    runner = OnPolicyRunner(RslRlEnv(env), settings, device="cpu")
    runner.logger = _Laps(_Agent(runner), watch, config.worlds * settings["num_steps_per_env"])
    try:
        runner.learn(ENDLESS)
    except _TimeIsUp:
        return
