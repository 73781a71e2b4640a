"""What an encoder's precision and `torch.compile` bring: the time to see and to learn from what was seen."""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor

from orchestrator.benchmarks.inference import observation_sizes
from orchestrator.errors import InputError
from orchestrator.evaluation.progress import ShareCallback
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult
from orchestrator.training.config import TrainConfig
from policies.actor_critic import ActorCritic
from policies.visual_actor import VisualActor

PRECISIONS = ("float32", "bfloat16")
_ROUNDS = 3

Figures = dict[str, float]


def encoder_benchmark(
    config: TrainConfig, samples: int, seconds: float, progress: ShareCallback | None = None
) -> BenchmarkResult:
    """Time a minibatch forwards and backwards through the encoder, in each precision, compiled and not, taking turns.

    Args:
        config: of a policy that sees; its weights are random.
        samples: in a minibatch.
        seconds: that each measurement takes at least.
        progress: told how far it has come.

    Returns:
        Milliseconds of a minibatch, how often the plain single precision's that is, the time that the first one
        took, s, compiling included unless the compiler's cache has it, and the largest difference to the plain
        features, which are of unit size.

    Raises:
        InputError: the policy does not see.
    """
    if not config.network.sees or config.task_config.cameras is None:
        raise InputError(config.task, "does not see; try hand-reach-visual")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.threads:
        torch.set_num_threads(config.threads)
    for _, way in _ways(config, samples, device):
        way()  # what happens once in a process is none's first minibatch
        break
    figures: Figures = {"samples": float(samples)}
    ways: dict[str, Callable[[], Tensor]] = {}
    plain: Tensor | None = None
    for name, way in _ways(config, samples, device):
        ways[name] = way
        began = time.perf_counter()
        features = way()
        _wait(device)
        figures[f"{name}_first_s"] = time.perf_counter() - began
        plain = features if plain is None else plain
        figures[f"{name}_difference"] = float((features - plain).abs().max())
    rounds = []
    for index in range(_ROUNDS):
        rounds.append([_seconds(way, device, seconds / _ROUNDS) for way in ways.values()])
        if progress:
            progress((index + 1) / _ROUNDS)
    for name, taken in zip(ways, zip(*rounds, strict=True), strict=True):
        figures[f"{name}_ms"] = 1e3 * statistics.median(taken)
        figures[f"{name}_of_plain"] = figures[f"{name}_ms"] / figures["float32_plain_ms"]
    machine = this_machine(torch.get_num_threads())
    return BenchmarkResult(name="encoder", machine=machine, command=command_line(), figures=figures)


def _ways(
    config: TrainConfig, samples: int, device: torch.device
) -> Iterator[tuple[str, Callable[[], Tensor]]]:
    """Every precision, compiled and not, of the same weights and pictures; the plain single precision comes first."""
    assert config.task_config.cameras is not None
    cameras, rates = config.task_config.cameras.cameras, config.task_config.rates
    shape = (rates.video_hz // rates.control_hz, len(cameras), 3, cameras[0].height, cameras[0].width)
    pixels = torch.randint(256, (samples, *shape), dtype=torch.uint8, device=device)
    sizes, actions = observation_sizes(config)
    for precision, compiled in product(PRECISIONS, (False, True)):
        torch.manual_seed(0)
        vision = config.network.vision.model_copy(update={"precision": precision})
        network = config.network.model_copy(update={"vision": vision})
        actor = ActorCritic(network, sizes, actions, 1, shape).actor.to(device)
        assert isinstance(actor, VisualActor)
        if compiled:
            actor.compile_encoder()
        yield f"{precision}_{'compiled' if compiled else 'plain'}", _minibatch(actor, pixels)


def _minibatch(actor: VisualActor, pixels: Tensor) -> Callable[[], Tensor]:
    def once() -> Tensor:
        actor.zero_grad()
        features = actor.encoder(pixels)
        features.square().mean().backward()
        return features.detach()

    return once


def _seconds(way: Callable[[], Tensor], device: torch.device, least: float) -> float:
    """Of one minibatch, the mean over at least so many seconds."""
    count, start = 0, time.perf_counter()
    while count == 0 or time.perf_counter() - start < least:
        way()
        _wait(device)
        count += 1
    return (time.perf_counter() - start) / count


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
