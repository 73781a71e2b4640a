"""A design study: every motor, ratio and transmission on the shelf, and which designs nothing beats."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from envs.cpus import available_cpus
from hand_model import HandConfig
from hand_model.cables import Cable
from hand_model.config import Transmission
from hand_model.dexterity.design import PINCH, Assessment, assess, frame_of, pareto
from hand_model.dexterity.force import fingertip_force
from hand_model.dexterity.ours import our_hand
from hand_model.dexterity.specimen import Specimen
from hand_model.dexterity.tapping import tapping_rate
from hand_model.gearheads import gearhead_names, load_gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import load_motor, motor_names
from hand_model.sheets import DatasheetError
from orchestrator.errors import InputError
from orchestrator.records import Record

GOALS = ("fingertip_force_n", "tapping_hz", "mass_kg", "pinch_minutes")
"""What a front is about; the mass counts the less the better."""


class StudyConfig(BaseModel):
    """What a study sweeps.

    Attributes:
        hand: the design that all are variants of; its digits' drive, cable's spool and transmission are swept.
        motors: data sheets of `configs/motors/`, or YAML files; all that ship with the project by default.
        gearheads: data sheets of `configs/gearheads/`, or YAML files; each at all of its ratios.
        transmissions: direct, tendon, coupled.
        spools: radii that cables are wound on, m.
        simulated: how many of the front's designs tap in simulation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    hand: HandConfig = HandConfig()
    motors: tuple[str, ...] = Field(default_factory=lambda: tuple(motor_names()), min_length=1)
    gearheads: tuple[str, ...] = Field(default_factory=lambda: tuple(gearhead_names()), min_length=1)
    transmissions: tuple[Transmission, ...] = Field(default=("direct", "tendon", "coupled"), min_length=1)
    spools: tuple[float, ...] = Field(
        default=(0.003, 0.0035, 0.004, 0.0045, 0.005, 0.0051, 0.0055, 0.006, 0.007), min_length=1
    )
    simulated: int = Field(default=12, ge=0, le=200)


class Design(Record):
    """One design and what becomes of it.

    Attributes:
        transmission: direct, tendon or coupled.
        motor: its data sheet.
        gearhead: its data sheet.
        ratio: of the gearhead.
        spool: radius that the cable is wound on, m; null without one.
        fingertip_force_n: lasting, mean of the digits.
        tapping_hz: of the index finger through 30 degrees: one joint against the finger's and the rotor's inertia.
        tapping_simulated_hz: the same of the whole hand in simulation; null where that was not done.
        mass_kg: with the forearm.
        mass_without_forearm_kg: of what moves with the wrist.
        force_per_kg: with the forearm and without it, N/kg.
        pinch_minutes: of 20 N before derating; 60 stands for ever.
    """

    transmission: str
    motor: str
    gearhead: str
    ratio: float
    spool: float | None
    fingertip_force_n: float
    tapping_hz: float
    tapping_simulated_hz: float | None = None
    mass_kg: float
    mass_without_forearm_kg: float
    force_per_kg: tuple[float, float]
    pinch_minutes: float


class Peer(Record):
    """Another hand's figures on the same axes."""

    name: str
    fingertip_force_n: float
    tapping_hz: float
    mass_kg: float
    mass_without_forearm_kg: float
    force_per_kg: tuple[float, float]


class StudyResult(Record):
    """What `optimus hand study --json` prints.

    Attributes:
        goals: what the front is about.
        pinch_n: force of the pinch.
        designs: how many were assessed.
        fitting: how many of them fit into the hand.
        front: those that no other beats in one goal without losing in another, by force per mass.
        better: places in `front` of those that beat every peer in force per mass, with the forearm and without it, and
            in tapping.
        peers: other hands.
        hand: the base design.
        seconds: wall-clock time, s.
    """

    goals: tuple[str, ...] = GOALS
    pinch_n: float = PINCH
    designs: int
    fitting: int
    front: list[Design]
    better: list[int]
    peers: list[Peer]
    hand: Design
    seconds: float


@dataclass(frozen=True)
class _Choice:
    """What a design is made of."""

    config: HandConfig
    motor: str
    gearhead: str
    gearmotor: Gearmotor


def run_study(
    config: StudyConfig,
    peers: Sequence[Specimen] = (),
    progress: Callable[[float], None] = lambda share: None,
) -> StudyResult:
    """Assess every design, find the front and let some of it tap in simulation.

    Args:
        config: what to sweep.
        peers: other hands, to be drawn beside.
        progress: told which share of the work is done.

    Raises:
        InputError: a data sheet cannot be.
    """
    start = time.monotonic()
    others = [measure_peer(peer) for peer in peers]
    choices, designs, fits = [], [], []
    for number, transmission in enumerate(config.transmissions):
        base = base_design(config.hand, transmission)
        frame, swept = frame_of(base), list(_choices(base, config))
        assessment = assess(frame, [choice.gearmotor for choice in swept])
        choices += swept
        designs += [_design(choice, assessment, i) for i, choice in enumerate(swept)]
        fits += assessment.fits.tolist()
        progress(0.5 * (number + 1) / len(config.transmissions))
    fitting = [i for i, fit in enumerate(fits) if fit]
    kept = [fitting[i] for i in pareto(_goals([designs[i] for i in fitting]))]
    kept.sort(key=lambda i: -designs[i].force_per_kg[0])
    front = simulated(
        [designs[i] for i in kept], [choices[i] for i in kept], config.simulated, others, progress
    )
    progress(1.0)
    return StudyResult(
        designs=len(designs),
        fitting=len(fitting),
        front=front,
        better=[i for i, design in enumerate(front) if _beats(design, others)],
        peers=others,
        hand=design_of(config.hand),
        seconds=time.monotonic() - start,
    )


def base_design(hand: HandConfig, transmission: Transmission) -> HandConfig:
    """A hand with another transmission, whose digits have that one's usual drive."""
    if transmission == hand.transmission:
        return hand
    kept = hand.model_dump(exclude={"digits", "transmission"})
    return HandConfig.model_validate(kept | {"transmission": transmission})


def design_of(hand: HandConfig) -> Design:
    """A hand's own figures, by the same short cuts."""
    gearmotor = hand.digits.gearmotor(_cable(hand))
    choice = _Choice(hand, hand.digits.motor, hand.digits.gearhead, gearmotor)
    return _design(choice, assess(frame_of(hand), [gearmotor]), 0)


def measure_peer(specimen: Specimen) -> Peer:
    """Another hand's figures."""
    forces = [fingertip_force(specimen, digit, specimen.continuous) for digit in specimen.digits]
    force = float(np.mean(forces))
    return Peer(
        name=specimen.name,
        fingertip_force_n=force,
        tapping_hz=tapping_rate(specimen, specimen.fingers[0])[0],
        mass_kg=specimen.mass,
        mass_without_forearm_kg=specimen.mass_without_forearm,
        force_per_kg=(force / specimen.mass, force / specimen.mass_without_forearm),
    )


def simulated(
    front: list[Design],
    choices: list[_Choice],
    count: int,
    peers: Sequence[Peer],
    progress: Callable[[float], None],
) -> list[Design]:
    """The front with some of its designs' tapping simulated: first those that beat the peers, then every so many."""
    first = [i for i, design in enumerate(front) if _beats(design, peers)]
    rest = [i for i in range(len(front)) if i not in first]
    spread = np.linspace(0, len(rest) - 1, max(count - len(first), 0)).astype(int) if rest else []
    chosen = [*first, *dict.fromkeys(rest[i] for i in spread)][:count]
    found = list(front)
    # The engine lets other threads run while it steps.
    with ThreadPoolExecutor(available_cpus()) as pool:
        rates = pool.map(lambda i: _tapping(choices[i]), chosen)
        for done, (i, rate) in enumerate(zip(chosen, rates, strict=True), start=1):
            found[i] = front[i].model_copy(update={"tapping_simulated_hz": rate})
            progress(0.5 + 0.5 * done / len(chosen))
    return found


def _tapping(choice: _Choice) -> float:
    specimen = our_hand(_hand(choice))
    return tapping_rate(specimen, specimen.fingers[0])[0]


def _hand(choice: _Choice) -> HandConfig:
    """The whole design."""
    drive = choice.config.digits.model_copy(
        update={"motor": choice.motor, "gearhead": choice.gearhead, "ratio": choice.gearmotor.gearhead.ratio}
    )
    return choice.config.model_copy(
        update={"digits": drive, "cable": choice.gearmotor.cable or choice.config.cable}
    )


def _choices(base: HandConfig, config: StudyConfig) -> Iterator[_Choice]:
    cables: list[Cable | None] = [None]
    if _cable(base) is not None:
        cables = [base.cable.model_copy(update={"spool": spool}) for spool in config.spools]
    for motor in config.motors:
        for gearhead in config.gearheads:
            try:
                sheet, family = load_motor(motor), load_gearhead(gearhead)
            except DatasheetError as error:
                where, _, message = str(error).partition(": ")
                raise InputError(where, message) from error
            for ratio in family.ratios:
                for cable in cables:
                    gearmotor = Gearmotor(sheet, family.at(ratio), base.digits.driver, cable)
                    yield _Choice(base, motor, gearhead, gearmotor)


def _cable(hand: HandConfig) -> Cable | None:
    return hand.cable_of("index_mcp_flexion")


def _design(choice: _Choice, assessment: Assessment, i: int) -> Design:
    force, mass, moving = (
        float(figures[i]) for figures in (assessment.force, assessment.mass, assessment.moving)
    )
    cable = choice.gearmotor.cable
    return Design(
        transmission=choice.config.transmission,
        motor=choice.motor,
        gearhead=choice.gearhead,
        ratio=choice.gearmotor.gearhead.ratio,
        spool=cable.spool if cable else None,
        fingertip_force_n=force,
        tapping_hz=float(assessment.tapping[i]),
        mass_kg=mass,
        mass_without_forearm_kg=moving,
        force_per_kg=(force / mass, force / moving),
        pinch_minutes=float(assessment.pinch_seconds[i]) / 60,
    )


def _goals(designs: Sequence[Design]) -> np.ndarray:
    """(n, 4), more is better."""
    return np.array([(d.fingertip_force_n, d.tapping_hz, -d.mass_kg, d.pinch_minutes) for d in designs])


def _beats(design: Design, peers: Sequence[Peer]) -> bool:
    tapping = design.tapping_simulated_hz or design.tapping_hz
    return bool(peers) and all(
        design.force_per_kg[0] > peer.force_per_kg[0]
        and design.force_per_kg[1] > peer.force_per_kg[1]
        and tapping > peer.tapping_hz
        for peer in peers
    )
