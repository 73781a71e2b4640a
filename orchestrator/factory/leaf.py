"""One task of a plan as a robot's work: cycles of a skill, each tried a few times, each try an episode."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Attempt:
    """One try at one cycle of a skill.

    Attributes:
        success: by the simulated task's own measure.
        seconds: of simulated time, s.
        energy_j: electrical, J; none where the policy's task does not follow its motors' heat.
    """

    success: bool
    seconds: float
    energy_j: float | None = None


class Worker(Protocol):
    """Whoever has a skill."""

    def attempt(self, count: int, seed: int) -> Sequence[Attempt]:
        """Try so many cycles, each from its own beginning.

        Args:
            count: how many, at least 1.
            seed: of everything random in them.
        """
        ...


@dataclass(frozen=True)
class Leaf:
    """What became of a task.

    Attributes:
        done: whether every cycle succeeded.
        seconds: until the last robot was done, or until the first gave up, s.
        attempts: that were over by then.
        successes: among them.
        energy_j: of them, J; none where nobody measured it.
    """

    done: bool
    seconds: float
    attempts: int
    successes: int
    energy_j: float | None


def carry_out(worker: Worker, cycles: int, robots: int, tries: int, seed: int) -> Leaf:
    """Let robots carry a task out, each its share of the cycles, one after another.

    A cycle that fails is tried again at once. A robot whose cycle fails `tries` times gives up, and with it the task.

    Args:
        worker: that all of them are.
        cycles: to succeed in, at least 1.
        robots: that work side by side.
        tries: at each cycle.
        seed: of everything random.
    """
    tried: dict[int, list[Attempt]] = defaultdict(list)
    left = list(range(cycles))
    for wave in range(tries):
        # Episodes do not know of each other: all of one wave are simulated at once, and put in order afterwards.
        for cycle, attempt in zip(left, worker.attempt(len(left), seed + wave), strict=True):
            tried[cycle].append(attempt)
        left = [cycle for cycle in left if not tried[cycle][-1].success]
        if not left:
            break
    ends: list[tuple[float, Attempt]] = []
    given_up: list[float] = []
    for robot in range(min(robots, cycles)):
        clock = 0.0
        for cycle in range(robot, cycles, robots):
            for attempt in tried[cycle]:
                clock += attempt.seconds
                ends.append((clock, attempt))
            if cycle in left:
                given_up.append(clock)
                break
    end = min(given_up) if given_up else max(clock for clock, _ in ends)
    made = [attempt for clock, attempt in ends if clock <= end]
    energies = [attempt.energy_j for attempt in made if attempt.energy_j is not None]
    return Leaf(
        done=not given_up,
        seconds=end,
        attempts=len(made),
        successes=sum(attempt.success for attempt in made),
        energy_j=sum(energies) if len(energies) == len(made) else None,
    )
