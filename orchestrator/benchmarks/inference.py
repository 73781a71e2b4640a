"""How long a seeing policy takes for a control, and what of a robot's computer that is."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from envs.env import TaskEnv
from envs.registry import make_task
from envs.task import PIXELS
from orchestrator.errors import InputError
from orchestrator.evaluation.progress import ShareCallback, part_of
from orchestrator.evaluation.rollouts import one_torch_thread
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.training.config import TrainConfig
from policies.actor_critic import ActorCritic
from policies.networks import Actor
from policies.onnx_export import MEMORY, export_onnx, memory_size

EYES = {"two_64": (2, 64), "four_128": (4, 128)}
"""Cameras, and the edge of their square pictures, pixels."""

OPERATIONS_PER_S, POWER_W = 50e12, 10.0
"""What a robot's computer is given: 50 TOPS and 10 W, so 0.2 pJ an operation."""

UTILIZATION = 0.1
"""Share of its peak that such a computer reaches with one small network and one robot's frames; an estimate."""

_WARM_UP = 10

Figures = dict[str, float]


def inference_benchmark(
    config: TrainConfig, controls: int, progress: ShareCallback | None = None
) -> BenchmarkResult:
    """Measure the latency of controls, one at a time on one CPU core, and count the operations in them.

    Both torch and ONNX Runtime are timed, in wall-clock time, which is what a robot waits, and in CPU time, which other
    processes on the machine change little.

    Args:
        config: of a policy that sees; its cameras are replaced by each of `EYES`, its weights are random.
        controls: that are timed of each.
        progress: told how far it has come.

    Raises:
        InputError: the policy does not see.
    """
    if not config.network.sees:
        raise InputError(config.task, "does not see; try hand-reach-visual")
    rates = config.task_config.rates
    sizes, actions = observation_sizes(config)
    figures = {"controls": float(controls), "control_hz": float(rates.control_hz)}
    with one_torch_thread(), torch.no_grad():
        for index, (name, (cameras, edge)) in enumerate(EYES.items()):
            shape = (rates.video_hz // rates.control_hz, cameras, 3, edge, edge)
            actor = ActorCritic(config.network, sizes, actions, 1, shape).actor.eval()
            observation = {group: torch.randn(2, sizes[group]) for group in actor.groups if group != PIXELS}
            observation[PIXELS] = torch.randint(256, (2, *shape), dtype=torch.uint8)
            part = part_of(progress, index, len(EYES))
            found = _costs(actor, observation, rates.control_hz)
            for turn, (who, act) in enumerate(_runtimes(actor, observation).items()):
                timed = _latency(act, controls, rates.control_period, part_of(part, turn, 2))
                found |= {f"{who}_{key}": value for key, value in timed.items()}
            figures |= {f"{name}_{key}": value for key, value in found.items()}
    return BenchmarkResult(name="inference", machine=this_machine(1), command=command_line(), figures=figures)


def observation_sizes(config: TrainConfig) -> tuple[dict[str, int], int]:
    """Sizes of the observation groups but the pixels, and number of actions."""
    task = make_task(config.task, config.task_config.model_copy(update={"cameras": None}))
    env = TaskEnv(task, 1, backend="cpu", threads=1)
    return {name: group.shape[1] for name, group in env.observe().items()}, env.action_size


def _costs(actor: Actor, observation: Mapping[str, Tensor], hz: int) -> Figures:
    """Parameters, operations of a control, and what these are of the budget.

    An operation is a multiplication or an addition in a convolution or a product of matrices.
    """
    one = {name: values[:1] for name, values in observation.items()}
    with FlopCounterMode(display=False) as counter:
        actor.act(one, actor.remember(1))
    operations = float(counter.get_total_flops())
    return {
        "parameters": float(sum(weights.numel() for weights in actor.parameters())),
        "operations": operations,
        "budget_share": operations * hz / (OPERATIONS_PER_S * UTILIZATION),
        "budget_w": operations * hz / (OPERATIONS_PER_S * UTILIZATION) * POWER_W,
        "budget_ms": 1e3 * operations / (OPERATIONS_PER_S * UTILIZATION),
    }


def _runtimes(actor: Actor, observation: Mapping[str, Tensor]) -> dict[str, Callable[[], object]]:
    """One control of one robot, by torch and by ONNX Runtime; each goes on with its memory."""
    one = {name: values[:1].clone() for name, values in observation.items()}
    memory = actor.remember(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.onnx")
        export_onnx(actor, observation, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(path.read_bytes(), options)
    given = {name: values.numpy() for name, values in one.items()}
    if size := memory_size(actor):
        given[MEMORY] = np.zeros((1, size), np.float32)

    def run() -> None:
        result = session.run(None, given)
        if MEMORY in given:
            given[MEMORY] = np.asarray(result[1])

    return {"torch": lambda: actor.act(one, memory), "onnx": run}


def _latency(
    act: Callable[[], object], controls: int, deadline: float, progress: ShareCallback | None
) -> Figures:
    """Milliseconds that a control takes, and how many came later than the next was due."""
    for _ in range(_WARM_UP):
        act()
    wall, cpu = np.empty(controls), np.empty(controls)
    for index in range(controls):
        began = time.perf_counter(), time.thread_time()
        act()
        wall[index], cpu[index] = time.perf_counter() - began[0], time.thread_time() - began[1]
        if progress and index % 100 == 99:
            progress((index + 1) / controls)
    return {
        "median_ms": 1e3 * float(np.median(wall)),
        "p99_ms": 1e3 * float(np.quantile(wall, 0.99)),
        "largest_ms": 1e3 * float(wall.max()),
        "p99_cpu_ms": 1e3 * float(np.quantile(cpu, 0.99)),
        "missed": float((wall > deadline).sum()),
        "missed_by_cpu_time": float((cpu > deadline).sum()),
    }
