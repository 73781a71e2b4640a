"""The typed schema of hardware: how fast it is, how often it fails, what it costs and draws, each with its source."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestrator.quantities import Fraction, NonNegative, Positive

OTHERS = "others"
"""Key of `speeds` for tasks that no other key fits."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Speed(_Strict):
    """How fast one device steps and learns a kind of task.

    Attributes:
        step_overhead_us: of a control step of all worlds, whatever their number, µs.
        step_us: of a control step of one world beyond that, with the actor's inference, µs.
        update_overhead_us: of a minibatch's update, whatever its size, µs.
        update_us: of a sample in one epoch of updates, µs.
    """

    step_overhead_us: NonNegative
    step_us: Positive
    update_overhead_us: NonNegative
    update_us: Positive


class Network(_Strict):
    """How fast devices agree on a gradient.

    Attributes:
        hop_us: of one step of a tree within a machine, µs.
        node_hop_us: of one between machines, µs.
        gb_per_second: that an all-reduce passes within a machine, GB/s.
        node_gb_per_second: that it passes between machines, GB/s for each device.
    """

    hop_us: NonNegative
    node_hop_us: NonNegative
    gb_per_second: Positive
    node_gb_per_second: Positive


class Reliability(_Strict):
    """How devices differ and fail.

    Attributes:
        spread: standard deviation of one device's time for an iteration, as a share of its mean.
        hours_between_failures: of one device, h.
        recover_seconds: from a failure until a new group of workers learns, s.
        recover_seconds_per_worker: what each worker of the group adds to that, s.
        checkpoint_seconds: that a checkpoint takes, s.
    """

    spread: Fraction
    hours_between_failures: Positive
    recover_seconds: NonNegative
    recover_seconds_per_worker: NonNegative
    checkpoint_seconds: NonNegative


class Power(_Strict):
    """What a device draws: backwards from the power plant, as the owner counts it.

    Attributes:
        kw_at_generation: a device with its share of network, CPUs, storage, cooling and margin, kW.
        cooling: peak cooling, as a share of what machines draw.
        servicing: margin for servicing the power plant, as a share of machines and cooling.
    """

    kw_at_generation: Positive
    cooling: NonNegative
    servicing: NonNegative


class Hardware(_Strict):
    """One kind of device.

    Attributes:
        device: its name.
        speeds: by the beginning of a task's name, the longest that fits; `others` for the rest.
        network: between the devices.
        reliability: of the devices.
        usd_per_hour: rent of a device, USD/h; none: nobody pays.
        power: that a device draws; none: not known.
    """

    device: str
    speeds: dict[str, Speed] = Field(min_length=1)
    network: Network
    reliability: Reliability
    usd_per_hour: NonNegative | None = None
    power: Power | None = None

    @model_validator(mode="after")
    def _for_every_task(self) -> Self:
        if OTHERS not in self.speeds:
            raise ValueError(f"speeds: expected the key {OTHERS!r}, for tasks that no other key fits")
        return self

    def speed_for(self, task: str) -> tuple[str, Speed]:
        """The speeds' key that fits a task best, and its speeds."""
        fits = [key for key in self.speeds if task.startswith(key)]
        key = max(fits, key=len, default=OTHERS)
        return key, self.speeds[key]
