"""A task as episodes: every cycle succeeds or is given up, and time runs for robots side by side."""

import itertools

from orchestrator.factory.leaf import Attempt, carry_out


class Scripted:
    """Answers attempts in order; remembers how many were asked for at once, and with which seeds."""

    def __init__(self, successes, seconds=10.0, energy_j=5.0):
        self.successes, self.seconds, self.energy_j = itertools.chain(successes), seconds, energy_j
        self.asked = []

    def attempt(self, count, seed):
        self.asked.append((count, seed))
        return [Attempt(next(self.successes), self.seconds, self.energy_j) for _ in range(count)]


def test_robots_share_the_cycles():
    leaf = carry_out(Scripted([True] * 10), cycles=10, robots=4, tries=3, seed=0)
    assert leaf.done
    assert leaf.seconds == 30  # three cycles for two of the robots, two for the others
    assert (leaf.attempts, leaf.successes, leaf.energy_j) == (10, 10, 50)


def test_a_failed_cycle_is_tried_again_and_takes_its_time():
    worker = Scripted([True, False, True, True])
    leaf = carry_out(worker, cycles=3, robots=1, tries=3, seed=7)
    assert leaf.done
    assert leaf.seconds == 40
    assert (leaf.attempts, leaf.successes) == (4, 3)
    # Another try is another episode.
    assert worker.asked == [(3, 7), (1, 8)]


def test_a_robot_gives_up_after_its_tries_and_the_task_ends_then():
    successes = [False, True, True, True, False, False]
    leaf = carry_out(Scripted(successes), cycles=4, robots=2, tries=3, seed=0)
    assert not leaf.done
    assert leaf.seconds == 30
    # The other robot had done its two cycles by then; the first one's second cycle was never begun.
    assert (leaf.attempts, leaf.successes) == (5, 2)


def test_what_is_not_measured_is_not_made_up():
    assert carry_out(Scripted([True] * 3, energy_j=None), 3, 1, 1, 0).energy_j is None
