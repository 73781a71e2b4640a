"""`evaluate`: how a policy does on held-out episodes, beside agents that learned nothing."""

import time

import mujoco
import torch
from torch import Tensor

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TERM
from envs.joints import actuated_joints
from envs.physics import CpuPhysics
from envs.referees.judges import JUDGES
from hand_model import FINGERS
from orchestrator.evaluation.agents import AGENTS, AgentName
from orchestrator.evaluation.archive import save_archive
from orchestrator.evaluation.bits import Bits, count_bits, entropy_bits
from orchestrator.evaluation.judging import judge_episodes
from orchestrator.evaluation.policy import LoadedPolicy, load_policy, make_env
from orchestrator.evaluation.progress import ShareCallback, part_of
from orchestrator.evaluation.recordings import forget_recordings
from orchestrator.evaluation.result import Evaluation, evaluation_path
from orchestrator.evaluation.rollouts import Agent, EpisodeOutcomes, batch_worlds, run_episodes
from orchestrator.evaluation.statistics import distribution, mean, quantile, share_below, wilson_interval
from orchestrator.provenance import this_machine
from orchestrator.records import EvaluationResult
from orchestrator.training.run_directory import RunDirectory

_BASELINES: tuple[AgentName, ...] = ("zero", "random")

_BOOKKEEPING = ("return", "length", "success", "diverged")
"""Figures of an episode that are not the task's own."""


def evaluate(
    run: RunDirectory,
    episodes: int,
    seed: int,
    agent: AgentName = "policy",
    *,
    judged: int = 0,
    threads: int | None = None,
    progress: ShareCallback | None = None,
) -> Evaluation:
    """Evaluate an agent on held-out episodes, and the zero and random agents on the same ones.

    Actions are without exploration noise, and success is judged at the episode's end. The result is a
    function of the weights, `episodes` and `seed` (which together name the episodes: those of a longer
    evaluation do not begin with those of a shorter one), not of the number of threads.

    Where the policy is evaluated, `RUN/evaluation.json` and `RUN/evaluation.safetensors` (every episode's
    figures, and the policy's states) are written, each replacing an earlier one whole.

    Args:
        run: the newest complete checkpoint acts.
        episodes: how many, at least 1.
        seed: of the episodes, and of the random agent.
        agent: whose result it is.
        judged: have the task's referee judge this many of the policy's first episodes, on the CPU backend.
        threads: CPU threads; by default the run's.
        progress: told how far it has come.

    Raises:
        InputError: the run has no policy yet, or not one of its config.
        ValueError: fewer than one episode, or no agent of that name.
    """
    if episodes < 1:
        raise ValueError(f"episodes: expected at least 1, got {episodes}")
    if agent not in AGENTS:
        raise ValueError(f"agent: expected one of {', '.join(AGENTS)}, got {agent!r}")
    policy = load_policy(run)
    names = tuple(dict.fromkeys((agent, *_BASELINES)))
    results: dict[AgentName, EvaluationResult] = {}
    outcomes: dict[str, EpisodeOutcomes] = {}
    for index, name in enumerate(names):
        part = part_of(progress, index, len(names))
        results[name], outcomes[name] = _evaluate_agent(policy, name, episodes, seed, judged, threads, part)
    evaluation = Evaluation(
        **results[agent].model_dump(),
        checkpoint=str(policy.checkpoint),
        cycle_time_s=distribution(outcomes[agent].cycle_seconds),
        baselines={name: results[name] for name in _BASELINES},
        referee=judge_episodes(policy.config.task, policy.config.evaluated, outcomes[agent]),
        bits=_bits(policy, outcomes[agent]) if agent == "policy" else None,
        tolerance=_tolerance(policy),
        machine=this_machine(),
    )
    if agent == "policy":
        forget_recordings(run)
        save_archive(run, outcomes)
        evaluation.write(evaluation_path(run))
    return evaluation


def _evaluate_agent(
    policy: LoadedPolicy,
    name: AgentName,
    episodes: int,
    seed: int,
    judged: int,
    threads: int | None,
    progress: ShareCallback | None,
) -> tuple[EvaluationResult, EpisodeOutcomes]:
    start, own = time.perf_counter(), name == "policy"
    env = make_env(policy.config, worlds=batch_worlds(episodes), seed=seed, threads=threads, unseen=not own)
    agents: dict[AgentName, Agent] = {
        "policy": policy.model.actor,
        "zero": ZeroAgent(env.action_size),
        "random": RandomAgent(env.action_size, seed),
    }
    known = own and policy.config.task in JUDGES and isinstance(env.physics, CpuPhysics)
    outcome = run_episodes(
        env, agents[name], episodes, record=own, judged=judged if known else 0, progress=progress
    )
    acted = str(policy.checkpoint) if own else name
    seconds = time.perf_counter() - start
    return _summarize(
        policy.config.task, acted, seed, outcome, env.physics.model, _tolerance(policy), seconds
    ), outcome


def _summarize(
    task: str,
    acted: str,
    seed: int,
    outcome: EpisodeOutcomes,
    model: mujoco.MjModel,
    tolerance: float | None,
    seconds: float,
) -> EvaluationResult:
    figures = outcome.figures
    successes = int(figures["success"].sum())
    metrics = {k: mean(v) for k, v in figures.items() if k not in _BOOKKEEPING and not k.startswith(TERM)}
    terms = {k.removeprefix(TERM): mean(v) or 0.0 for k, v in figures.items() if k.startswith(TERM)}
    return EvaluationResult(
        task=task,
        policy=acted,
        episodes=outcome.count,
        seed=seed,
        success_rate=successes / outcome.count,
        success_ci95=wilson_interval(successes, outcome.count),
        seconds=seconds,
        mean_return=mean(figures["return"]) or 0.0,
        reward_terms=terms,
        diverged=int(figures["diverged"].sum()),
        metrics={k: v for k, v in metrics.items() if v is not None},
        fingers=_fingers(figures, tolerance),
        joints=_joints(outcome, model),
    )


def _fingers(figures: dict[str, Tensor], tolerance: float | None) -> dict[str, dict[str, float]] | None:
    """Final distance of each fingertip to its target, m, where the task reports it."""
    fingers: dict[str, dict[str, float]] = {}
    for finger in FINGERS:
        errors = figures.get(f"distance/{finger}")
        if errors is None:
            continue
        shape = {"mean": mean(errors), "median": quantile(errors, 0.5), "p90": quantile(errors, 0.9)}
        fingers[finger] = {k: v for k, v in shape.items() if v is not None}
        if tolerance is not None:
            fingers[finger]["within_tolerance"] = share_below(errors, tolerance)
    return fingers or None


def _joints(outcome: EpisodeOutcomes, model: mujoco.MjModel) -> dict[str, dict[str, float]] | None:
    """Distance of each joint from its target, rad or m, mean over episodes."""
    final, rms = outcome.tracking_final, outcome.tracking_rms
    if final is None or rms is None:
        return None
    joints = [model.joint(j).name for j in actuated_joints(model)]
    means = torch.stack([final.mean(dim=0), rms.mean(dim=0)], dim=1).tolist()
    return {
        joint: {"tracking_final": last, "tracking_rms": root}
        for joint, (last, root) in zip(joints, means, strict=True)
    }


def _bits(policy: LoadedPolicy, outcome: EpisodeOutcomes) -> Bits:
    actor, moved = policy.model.actor, outcome.movements
    joints = len(actor.log_std) if moved is None else moved.shape[1]
    entropy = None if moved is None else entropy_bits(moved)
    return count_bits(policy.config.network, policy.config.evaluated, actor.reader.size, joints, entropy)


def _tolerance(policy: LoadedPolicy) -> float | None:
    """Distance that the task takes for reached, m, where it has such a thing."""
    return getattr(policy.config.evaluated, "tolerance", None)
