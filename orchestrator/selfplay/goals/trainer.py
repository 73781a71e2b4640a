"""`GoalTrainer`: Alice and Bob learn from their games, one process, one device."""

import time
from typing import Any

import torch
from torch import Tensor, nn

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.selfplay.goals.collector import GoalCollector
from orchestrator.selfplay.goals.game import GoalGame
from orchestrator.selfplay.goals.past import Past
from orchestrator.training.config import TrainConfig
from orchestrator.training.goal_play import GoalPlayConfig
from orchestrator.training.model import NOISE_STREAM, SHUFFLE_STREAM, build_model, stream_seed
from policies.actor_critic import ActorCritic
from policies.checkpoint import under
from policies.cloning import Cloner, Demonstrations
from policies.ppo import PPO
from policies.replicas import Alone
from policies.rollout import Rollout

# Independent random streams drawn from a run's one seed, after those of `orchestrator.training.model`.
_ALICE_STREAM, _ALICE_SHUFFLE_STREAM, _PAST_STREAM, _CLONING_STREAM = 20, 21, 22, 23

_BOB, _ALICE = "", "alice."


class GoalTrainer:
    """Trains Bob on goals that Alice sets, and Alice by what Bob makes of them.

    To `orchestrator.training.loop` it is a trainer like any other. Bob is the run's policy: his part of a checkpoint is
    what another run's policy has, and evaluation knows of no Alice.

    Args:
        config: the run's config, with `goal_play`.

    Attributes:
        model: both players' networks.
        steps: environment steps, of both.
    """

    def __init__(self, config: TrainConfig) -> None:
        assert config.goal_play is not None
        self.config, self.replicas, self.play = config, Alone(), config.goal_play
        if config.threads:
            torch.set_num_threads(config.threads)
        env = TaskEnv(
            make_task(config.task, config.task_config),
            config.worlds,
            seed=config.seed,
            backend=config.backend,
            threads=config.threads,
            autoreset=False,
        )
        self.bob, self.alice = build_model(config, env), build_alice(config, self.play, env)
        self.model = nn.ModuleDict({"bob": self.bob, "alice": self.alice})
        everything = torch.ones(env.nterm, env.action_size, dtype=torch.bool)
        self.learners = {
            _BOB: PPO(self.bob, config.ppo, everything, stream_seed(config.seed, SHUFFLE_STREAM)),
            _ALICE: PPO(
                self.alice, config.ppo, everything[:1], stream_seed(config.seed, _ALICE_SHUFFLE_STREAM)
            ),
        }
        past = Past(env.nworld, self.play.past_share, _generator(config.seed, _PAST_STREAM), env.device)
        noise = _generator(config.seed, NOISE_STREAM)
        self.collector = GoalCollector(
            GoalGame(env, self.play), self.alice, self.bob, past, config.ppo.gamma, noise
        )
        self._shuffling = _generator(config.seed, _CLONING_STREAM)
        self.steps = 0
        for model in (self.bob, self.alice):
            for network in (model.actor, model.critic):
                reader = network.reader
                reader.normalizer.update(reader.gather(self.collector.observation))

    def iterate(self) -> dict[str, float]:
        """Play for one rollout, and learn from it; returns the metrics of this iteration."""
        start = time.perf_counter()
        gathered = self.collector.collect(self.config.ppo.rollout_steps)
        collected = time.perf_counter()
        figures = self._learn_bob(gathered.bob, gathered.demonstrations)
        alices = self._update(_ALICE, gathered.alice, None)
        figures |= {f"{_ALICE.strip('.')}/{name}": figure for name, figure in alices.items()}
        learned = time.perf_counter()
        before, self.steps = self.steps, self.steps + self.config.rollout_samples
        if self.steps // self.play.snapshot_every > before // self.play.snapshot_every:
            self.collector.past.add(self.alice.actor, self.bob.actor)
            self.collector.album.turn(self.steps)
        return (
            gathered.figures
            | {"goals/past_versions": float(self.collector.past.versions)}
            | {"episode/diverged_total": float(self.collector.game.env.diverged_total)}
            | figures
            | {
                "time/collect_seconds": collected - start,
                "time/learn_seconds": learned - collected,
                "time/steps_per_second": self.config.rollout_samples / (learned - start),
            }
        )

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the rest of the run depends on: tensors, and what fits JSON."""
        tensors: dict[str, Tensor] = {"cloning": self._shuffling.get_state()}
        state: dict[str, Any] = {"task": self.config.task, "steps": self.steps, "learners": {}}
        for name, learner in self.learners.items():
            own, state["learners"][name] = learner.state_dict()
            tensors |= {f"{name}model.{k}": v for k, v in learner.model.state_dict().items()}
            tensors |= {f"{name}learner.{k}": v for k, v in own.items()}
        return tensors | {f"play.{k}": v for k, v in self.collector.state_dict().items()}, state

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.steps = int(state["steps"])
        for name, learner in self.learners.items():
            learner.model.load_state_dict(under(tensors, f"{name}model."))
            learner.load_state_dict(under(tensors, f"{name}learner."), state["learners"][name])
        self._shuffling.set_state(tensors["cloning"])
        self.collector.load_state_dict(under(tensors, "play."))

    def _learn_bob(self, rollout: Rollout | None, shown: Demonstrations | None) -> dict[str, float]:
        """Bob's update, with cloning where he was shown something."""
        parts = self.config.ppo.minibatches
        cloner = None
        if self.play.cloning and shown is not None and len(shown.action) >= parts:
            cloner = Cloner(self.bob.actor, shown, self.play.cloning, parts, self._shuffling)
        figures = self._update(_BOB, rollout, cloner)
        return figures | {"goals/demonstrated": float(len(shown.action)) if cloner and shown else 0.0}

    def _update(self, name: str, rollout: Rollout | None, cloner: Cloner | None) -> dict[str, float]:
        """A player's update; none where it hardly acted."""
        if rollout is None or rollout.samples < 2 * self.config.ppo.minibatches:
            return {}
        learner = self.learners[name]
        reward = rollout.reward.sum() / rollout.samples
        return learner.update(rollout, cloner) | {"reward/all": float(reward)}


def build_alice(config: TrainConfig, play: GoalPlayConfig, env: TaskEnv) -> ActorCritic:
    """Alice's networks, initialized from the run's seed; her reward is of one term."""
    sizes = {name: group.shape[1] for name, group in env.observe().items()}
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed(config.seed, _ALICE_STREAM))
        model = ActorCritic(play.alice, sizes, env.action_size, 1)
    return model.to(env.device)


def _generator(seed: int, stream: int) -> torch.Generator:
    return torch.Generator().manual_seed(stream_seed(seed, stream))
