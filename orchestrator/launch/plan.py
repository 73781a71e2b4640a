"""`optimus launch --plan`: what a run would take, before anything is submitted."""

from itertools import pairwise

from orchestrator.config_files import load_config
from orchestrator.launch.hardware import Hardware, Power
from orchestrator.launch.job import Job
from orchestrator.launch.scaling import Machine, Work, scaled
from orchestrator.quantities import Quantity
from orchestrator.records import Interval, Record
from orchestrator.training.config import TrainConfig


class Factor(Record):
    """A figure that the plan is made of.

    Attributes:
        value: as the config states it.
        source: where it comes from.
    """

    value: str
    source: str


class LaunchPlan(Record):
    """What `optimus launch --plan --json` prints; ranges run from the lowest to the highest that the factors allow.

    Attributes:
        device: what runs it.
        gpus: that it takes; 0 where it runs on CPUs.
        machines: that hold them.
        steps_per_second: environment steps, of all workers.
        efficiency: share of as many times one device.
        hours: wall-clock time, h.
        cost_usd: rent; none where nobody pays.
        power_wall_kw: of the machines, without cooling; none where it is not known.
        power_generation_kw: at the power plant.
        energy_generation_mwh: over the run.
        loses_most_to: what keeps it from scaling.
        speeds: key of the hardware's `speeds` that was taken.
        factors: every figure behind these, by its key in the hardware's config.
    """

    device: str
    gpus: int
    machines: int
    steps_per_second: Interval
    efficiency: Interval
    hours: Interval
    cost_usd: Interval | None
    power_wall_kw: Interval | None
    power_generation_kw: Interval | None
    energy_generation_mwh: Interval | None
    loses_most_to: str
    speeds: str
    factors: dict[str, Factor]


def make_plan(job: Job) -> LaunchPlan:
    """What a run would take.

    Raises:
        InputError: the hardware's config is wrong, or the cluster is too small.
    """
    hardware = load_config(job.cluster.hardware, [], Hardware)
    key, _ = hardware.speed_for(job.config.task)
    nodes = job.node_count
    per_node = (
        job.cluster.nodes.gpus if job.on_gpus else max(1, job.cluster.nodes.cpus // job.cpus_per_worker)
    )
    work, workers = work_of(job.config), job.config.workers
    worst, best = (
        scaled(as_machine(hardware, job.config.task, end), work, workers, per_node) for end in (1, 0)
    )
    fastest, slowest = (job.config.steps / each.steps_per_second / 3600 for each in (best, worst))
    hours = (fastest, slowest)
    wall, plant = _power(hardware.power, workers) if job.on_gpus else (None, None)
    rent = hardware.usd_per_hour
    return LaunchPlan(
        device=hardware.device,
        gpus=workers if job.on_gpus else 0,
        machines=nodes,
        steps_per_second=(worst.steps_per_second, best.steps_per_second),
        efficiency=(min(worst.efficiency, best.efficiency), max(worst.efficiency, best.efficiency)),
        hours=hours,
        cost_usd=(low(rent) * workers * hours[0], high(rent) * workers * hours[1]) if rent else None,
        power_wall_kw=wall,
        power_generation_kw=plant,
        energy_generation_mwh=(plant[0] * hours[0] / 1e3, plant[1] * hours[1] / 1e3) if plant else None,
        loses_most_to=worst.breaks_first if workers > 1 else "nothing",
        speeds=key,
        factors=factors(hardware, key),
    )


def plan_lines(plan: LaunchPlan) -> list[str]:
    """The plan, to be read."""
    devices = f"{plan.gpus:,} x {plan.device}" if plan.gpus else plan.device
    lines = [
        f"devices     {devices}, {plan.machines:,} machines",
        f"speed       {_range(plan.steps_per_second)} environment steps/s",
        f"efficiency  {_range(plan.efficiency, 100)}%; loses most to {plan.loses_most_to}",
        f"wall clock  {_range(plan.hours)} h",
        f"cost        {_range(plan.cost_usd)} USD" if plan.cost_usd else "cost        nobody is paid",
    ]
    if plan.power_wall_kw and plan.power_generation_kw and plan.energy_generation_mwh:
        lines += [
            f"power       {_range(plan.power_wall_kw)} kW at the wall, "
            f"{_range(plan.power_generation_kw)} kW at generation",
            f"energy      {_range(plan.energy_generation_mwh)} MWh at generation",
        ]
    return lines + [f"factor      {name} = {it.value}: {it.source}" for name, it in plan.factors.items()]


def work_of(config: TrainConfig) -> Work:
    """One worker's share of an iteration of a run's."""
    learner = config.distillation or config.ppo
    return Work(
        worlds=config.worlds // config.workers,
        rollout_steps=config.rollout_steps,
        epochs=learner.epochs,
        minibatches=learner.minibatches,
        gradient_bytes=4.0 * _parameters(config),
        checkpoint_every=config.checkpoint_every,
    )


def as_machine(hardware: Hardware, task: str, end: int) -> Machine:
    """The figures at one end of their ranges: the fast one (0), or the slow one (1)."""
    _, speed = hardware.speed_for(task)
    network, reliability = hardware.network, hardware.reliability
    slow, fast = (high, low) if end else (low, high)
    return Machine(
        step_overhead=1e-6 * slow(speed.step_overhead_us),
        step=1e-6 * slow(speed.step_us),
        update_overhead=1e-6 * slow(speed.update_overhead_us),
        update=1e-6 * slow(speed.update_us),
        hop=1e-6 * slow(network.hop_us),
        node_hop=1e-6 * slow(network.node_hop_us),
        bandwidth=1e9 * fast(network.gb_per_second),
        node_bandwidth=1e9 * fast(network.node_gb_per_second),
        spread=slow(reliability.spread),
        between_failures=3600 * fast(reliability.hours_between_failures),
        recover=slow(reliability.recover_seconds),
        recover_per_worker=slow(reliability.recover_seconds_per_worker),
        checkpoint=slow(reliability.checkpoint_seconds),
    )


def low(quantity: Quantity) -> float:
    """Lowest value that a quantity states."""
    return min(quantity.parameters)


def high(quantity: Quantity) -> float:
    """Highest value that a quantity states."""
    return max(quantity.parameters)


def factors(hardware: Hardware, key: str) -> dict[str, Factor]:
    """Every figure that a plan for a kind of task uses, with its source."""
    parts = {f"speeds.{key}": hardware.speeds[key], "network": hardware.network}
    parts |= {"reliability": hardware.reliability} | ({"power": hardware.power} if hardware.power else {})
    found = {
        f"{part}.{name}": getattr(model, name)
        for part, model in parts.items()
        for name in type(model).model_fields
    }
    found |= {"usd_per_hour": hardware.usd_per_hour} if hardware.usd_per_hour else {}
    return {name: Factor(value=str(q), source=q.source or "assumption") for name, q in found.items()}


def _power(power: Power | None, devices: int) -> tuple[Interval | None, Interval | None]:
    """At the wall and at generation, kW."""
    if power is None:
        return None, None
    plant = (devices * low(power.kw_at_generation), devices * high(power.kw_at_generation))
    most = (1 + high(power.cooling)) * (1 + high(power.servicing))
    least = (1 + low(power.cooling)) * (1 + low(power.servicing))
    return (plant[0] / most, plant[1] / least), plant


def _parameters(config: TrainConfig) -> int:
    """Of actor and critic, without building worlds: the hidden layers', and as many inputs as the first has units."""
    total = 0
    for hidden in (config.network.actor_hidden, config.network.critic_hidden):
        sizes = [hidden[0], *hidden] if hidden else []
        total += sum(a * b + b for a, b in pairwise(sizes))
    return total


def _range(interval: Interval, scale: float = 1.0) -> str:
    first, last = (
        f"{scale * value:,.3g}" if scale * value < 1000 else f"{scale * value:,.0f}" for value in interval
    )
    return first if first == last else f"{first} to {last}"
