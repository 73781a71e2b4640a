"""An episode in which a scripted hand pushes a block to its goal."""

import torch

from envs.referees.blocks import judge_blocks
from envs.referees.recorder import Recorder


def assert_pushes_to_its_goal(env, actions):
    """Of the only world: rewarded once, and confirmed by the referee, which sees a block that was moved on.

    Args:
        env: block, hand and goal in their places.
        actions: (4,) each, until the episode ends.

    Returns:
        The episode's recorder.
    """
    recorder = Recorder(env, [0])
    rewards = []
    for action in actions:
        step = env.step(torch.tensor([action]))
        recorder.note()
        rewards.append(step.reward[0].tolist())
        if step.terminated[0]:
            break
    assert rewards[-1] == [1.0, 5.0]
    assert sum(map(sum, rewards)) == 6
    verdict = judge_blocks(recorder.recording(0), 0.04, 0.2)
    assert verdict.success, verdict.faults
    tampered = recorder.recording(0)
    tampered.states[-1][1 + int(env.task._place[0, 0])] += 0.02
    assert not judge_blocks(tampered, 0.04, 0.2).success
    return recorder
