"""`GoalGame`: the rules of asymmetric self-play, in many worlds at once.

A game has up to five goals. Alice acts for a turn; where she leaves the objects is the goal, if it is a valid one, and
otherwise the game is over. Bob starts from where she started, and tries to bring the same about. Her next turn goes on
from what she left. Once Bob failed, he has failed her later goals of this game, too.

OpenAI et al. 2021, "Asymmetric self-play for automatic goal discovery in robotic manipulation", arXiv 2101.04882,
section 3 and appendix A.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from envs.env import Step, TaskEnv
from envs.tasks.goals import GoalTask
from orchestrator.training.goal_play import GoalPlayConfig
from policies.checkpoint import under

VALID, BOB_FAILS, OUT_OF_ZONE = 1.0, 5.0, -3.0
"""Alice's rewards (section 3.1)."""

_START, _END = "start.", "end."

Saved = dict[str, Tensor]
"""All that worlds are, by name, (nworld, ...) each: the integration state, and the task's own."""


@dataclass(frozen=True)
class Happened:
    """What a step of the games brought, of every world; each (nworld,) bool unless it says otherwise.

    Attributes:
        step: of the worlds, before anything was put back: Bob's reward, and what is seen at the end of a turn.
        bobs: it was Bob's step.
        alice_reward: (nworld,).
        left: Alice's turn ended.
        valid: with a valid goal.
        outside: that lies outside the zone.
        asked: that Bob now tries.
        solved: Bob brought it about.
        spent: Bob's time is over.
        settled: the goal counts as failed, by Bob's turn or because he had failed before.
        over: the game ended.
        lost: because the world diverged.
        start: where the objects were before Alice's turn, (nworld, objects, 7).
        goal: the goal in question, (nworld, objects, 7).
    """

    step: Step
    bobs: Tensor
    alice_reward: Tensor
    left: Tensor
    valid: Tensor
    outside: Tensor
    asked: Tensor
    solved: Tensor
    spent: Tensor
    settled: Tensor
    over: Tensor
    lost: Tensor
    start: Tensor
    goal: Tensor


class GoalGame:
    """Games of Alice and Bob, each world's own.

    Args:
        env: the worlds, whose ends are the game's: made with `autoreset=False`.
        config: the rules' figures; Bob has an episode of the task.

    Attributes:
        bobs: (nworld,) bool, whose step the next one is.
        clock: (nworld,) int64, steps of the present turn.
        turn: (nworld,) int64, goals of the game that are done with.
        failed: (nworld,) bool, Bob failed a goal of the game.
    """

    def __init__(self, env: TaskEnv, config: GoalPlayConfig) -> None:
        self.env, self.config, self.task = env, config, goal_task_of(env)
        shape, device = (env.nworld,), env.device
        self.bobs = torch.zeros(shape, dtype=torch.bool, device=device)
        self.clock = torch.zeros(shape, dtype=torch.int64, device=device)
        self.turn = torch.zeros_like(self.clock)
        self.failed = torch.zeros_like(self.bobs)
        self._every = torch.arange(env.nworld, device=device)
        self._start_poses = self.task.poses.clone()
        self._start, self._end = (self._save(self._every) for _ in range(2))

    def begin(self) -> None:
        """Start a new game in every world."""
        self._begin(self._every)

    def step(self, action: Tensor) -> Happened:
        """Advance every world by one control period, of whoever's turn it is: action (nworld, action_size)."""
        step = self.env.step(action)
        self.clock += 1
        happened = self._judge(step)
        self._settle(happened)
        return happened

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, but for the env's own."""
        state = {name: getattr(self, name).clone() for name in ("bobs", "clock", "turn", "failed")}
        state["start_poses"] = self._start_poses.clone()
        state |= {_START + name: tensor.clone() for name, tensor in self._start.items()}
        return state | {_END + name: tensor.clone() for name, tensor in self._end.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        for name in ("bobs", "clock", "turn", "failed"):
            getattr(self, name).copy_(state[name])
        self._start_poses.copy_(state["start_poses"])
        self._start, self._end = under(state, _START), under(state, _END)

    def _judge(self, step: Step) -> Happened:
        """What the step means by the rules; changes nothing but the score."""
        task, bobs, lost = self.task, self.bobs.clone(), step.diverged
        left = ~bobs & ~lost & (self.clock >= self.config.alice_steps)
        valid = left & task.is_valid(self._start_poses, task.poses)
        outside = valid & task.is_outside(task.poses)
        solved = bobs & ~lost & task.success()
        spent = bobs & ~lost & ~solved & (self.clock >= task.config.episode_steps)
        asked = valid & ~self.failed
        settled = spent | (valid & self.failed)
        reward = VALID * valid.float() + OUT_OF_ZONE * outside.float() + BOB_FAILS * settled.float()
        goal = torch.where(bobs[:, None, None], task.state["goal"], task.poses)
        self.failed |= spent
        self.turn += solved | settled
        over = lost | (left & ~valid) | (self.turn >= self.config.goals)
        start = self._start_poses.clone()
        return Happened(
            step, bobs, reward, left, valid, outside, asked, solved, spent, settled, over, lost, start, goal
        )

    def _settle(self, happened: Happened) -> None:
        """Put the worlds to where the next turn starts."""
        asked, over = _worlds(happened.asked), _worlds(happened.over)
        back = _worlds((happened.solved | happened.spent) & ~happened.over)
        on = _worlds((happened.solved | happened.settled) & ~happened.over)
        if not len(asked) + len(over) + len(on):
            return
        self._keep(self._end, asked)
        if len(asked) + len(back):
            self._restore([(asked, self._start), (back, self._end)])
        self._begin(over)
        self.task.update()
        self.task.aim(asked, happened.goal[asked])
        self.bobs[asked], self.bobs[on] = True, False
        self.clock[asked] = 0
        self._start_turn(on)

    def _begin(self, worlds: Tensor) -> None:
        """New games in worlds (n,)."""
        if len(worlds):
            self.env.reset(worlds)
        self.bobs[worlds] = self.failed[worlds] = False
        self.turn[worlds] = 0
        self._start_turn(worlds)

    def _start_turn(self, worlds: Tensor) -> None:
        """Alice's turn begins in worlds (n,) as they stand."""
        self.clock[worlds] = 0
        self.task.state["steps"][worlds] = 0.0
        self._start_poses[worlds] = self.task.poses[worlds]
        self._keep(self._start, worlds)

    def _save(self, worlds: Tensor) -> Saved:
        """All that a world is, of worlds (n,)."""
        saved = {f"task.{name}": tensor[worlds].clone() for name, tensor in self.task.state.items()}
        return saved | {"physics": self.env.physics.get_state()[worlds]}

    def _keep(self, place: Saved, worlds: Tensor) -> None:
        for name, tensor in self._save(worlds).items():
            place[name][worlds] = tensor

    def _restore(self, places: Sequence[tuple[Tensor, Saved]]) -> None:
        """Make worlds again what was saved of them."""
        state = self.env.physics.get_state()
        for worlds, saved in places:
            state[worlds] = saved["physics"][worlds]
            for name, tensor in self.task.state.items():
                tensor[worlds] = saved[f"task.{name}"][worlds]
        self.env.physics.set_state(state)
        self.env.physics.forward(torch.cat([worlds for worlds, _ in places]))


def goal_task_of(env: TaskEnv) -> GoalTask:
    """The task that an env steps.

    Raises:
        ValueError: it has no goals that could be set.
    """
    if not isinstance(env.task, GoalTask):
        raise ValueError(f"task {env.task.name!r}: expected a task with goals")
    return env.task


def _worlds(mask: Tensor) -> Tensor:
    return mask.nonzero().squeeze(1)
