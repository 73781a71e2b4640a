"""`stable-baselines3`'s PPO and SAC on a task's worlds.

Its `VecEnv` interface speaks NumPy and wants a dict per world and step; the adapter adds nothing to that. It knows
one observation for actor and critic, so the critic reads what the actor reads. Observations and rewards are
normalized by its own `VecNormalize`.
"""

import time
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.spaces import Box
from numpy.typing import NDArray
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn
from torch import Tensor, nn

from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import Observation
from orchestrator.benchmarks.learners.records import TrialSpec
from orchestrator.benchmarks.learners.watch import Watch

ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}
ENDLESS = 2**62
"""Steps to ask for, and iterations before a log is printed: the watch ends the training."""


class Sb3Env(VecEnv):
    """Worlds of a task as `stable-baselines3` steps them.

    Args:
        env: the worlds.
        groups: observation groups, side by side in one array.
    """

    render_mode: str | None = None

    def __init__(self, env: TaskEnv, groups: Sequence[str]) -> None:
        self.env = env
        self.groups = tuple(groups)
        self._action: NDArray[np.float32] | None = None
        size = sum(group.shape[1] for name, group in env.task.observe().items() if name in self.groups)
        action = Box(-1.0, 1.0, (env.action_size,), np.float32)
        super().__init__(env.nworld, Box(-np.inf, np.inf, (size,), np.float32), action)

    def reset(self) -> NDArray[np.float32]:
        """Start every world anew, with staggered clocks."""
        observation = self.env.reset()
        self.env.stagger()
        return self.gather(observation)

    def gather(self, observation: Observation) -> NDArray[np.float32]:
        """The groups side by side, (n, size)."""
        return torch.cat([observation[name] for name in self.groups], dim=1).numpy()

    def step_async(self, actions: NDArray[np.float32]) -> None:
        """Keep the actions, (nworld, action_size)."""
        self._action = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Step; a world that ended says with what observation, and whether the time limit cut it."""
        step = self.env.step(torch.as_tensor(self._action))
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if len(step.ended):
            final = self.gather(step.final_observation)
            truncated = step.truncated[step.ended].tolist()
            for row, world in enumerate(step.ended.tolist()):
                infos[world] = {"terminal_observation": final[row], "TimeLimit.truncated": truncated[row]}
        done = (step.terminated | step.truncated).numpy()
        return self.gather(step.observation), step.reward.sum(dim=1).numpy(), done, infos

    def close(self) -> None:
        """Nothing is held that needs closing."""

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """An attribute, once per world: the worlds share one environment."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: object, indices: VecEnvIndices = None) -> None:
        """Set an attribute of all worlds."""
        setattr(self, attr_name, value)

    def env_method(
        self, method_name: str, *args: object, indices: VecEnvIndices = None, **kwargs: object
    ) -> list[Any]:
        """Call a method of the worlds' environment."""
        return [getattr(self.env, method_name)(*args, **kwargs)]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """No world is wrapped."""
        return [False] * len(list(self._get_indices(indices)))


class _Agent:
    """What was learned, with the normalization that it was learned with."""

    def __init__(self, model: BaseAlgorithm, env: Sb3Env, normalize: VecNormalize) -> None:
        self._model, self._env, self._normalize = model, env, normalize

    def act(self, observation: Observation, memory: Tensor | None = None) -> Tensor:
        """The most likely action, (n, action_size)."""
        normalized = self._normalize.normalize_obs(self._env.gather(observation))
        return torch.from_numpy(self._model.predict(normalized, deterministic=True)[0])


class _Laps(BaseCallback):
    """Tells the watch of every iteration; the next one's start ends it."""

    def __init__(self, agent: _Agent, watch: Watch, steps: int) -> None:
        super().__init__()
        self._agent, self._watch, self._steps = agent, watch, steps
        self._started = self._collected = 0.0
        self._left = True

    def _on_training_start(self) -> None:
        self._watch.start(self._agent)

    def _on_rollout_start(self) -> None:
        if self._collected:
            collect, update = self._collected - self._started, time.perf_counter() - self._collected
            self._left = self._watch.lap(self._agent, self._steps, collect, update)
        self._started = time.perf_counter()

    def _on_rollout_end(self) -> None:
        self._collected = time.perf_counter()

    def _on_step(self) -> bool:
        return self._left


def train(spec: TrialSpec, watch: Watch) -> None:
    """Train PPO until the watch says that the time is over."""
    network = spec.config.network
    policy = {
        "net_arch": {"pi": list(network.actor_hidden), "vf": list(network.critic_hidden)},
        "log_std_init": float(np.log(network.initial_std)),
    }
    _learn(PPO, spec, watch, policy)


def train_sac(spec: TrialSpec, watch: Watch) -> None:
    """Train soft actor-critic (Haarnoja et al. 2018), which learns off-policy: from all that it has stored."""
    network = spec.config.network
    policy = {"net_arch": {"pi": list(network.actor_hidden), "qf": list(network.critic_hidden)}}
    _learn(SAC, spec, watch, policy)


def _learn(algorithm: type[PPO | SAC], spec: TrialSpec, watch: Watch, policy: dict[str, Any]) -> None:
    config = spec.config
    task = make_task(config.task, config.task_config)
    worlds = TaskEnv(task, config.worlds, seed=spec.seed, backend="cpu", threads=config.threads)
    env = Sb3Env(worlds, config.network.actor_groups)
    hyperparameters: dict[str, Any] = dict(spec.hyperparameters)
    normalize = VecNormalize(env, gamma=hyperparameters["gamma"])
    policy |= {"activation_fn": ACTIVATIONS[config.network.activation]}
    hyperparameters |= {"policy_kwargs": policy, "seed": spec.seed, "device": "cpu"}
    model = algorithm("MlpPolicy", normalize, **hyperparameters)
    # what is gathered before each update; off-policy, that is one step of every world
    steps = model.n_steps if isinstance(model, PPO) else 1
    laps = _Laps(_Agent(model, env, normalize), watch, config.worlds * steps)
    model.learn(ENDLESS, laps, log_interval=ENDLESS)
