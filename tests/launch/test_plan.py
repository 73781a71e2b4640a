"""The model of scaling, and the plan that is made of it."""

import json
import math
from dataclasses import replace

import pytest
from launching import launch

from orchestrator.config_files import load_config
from orchestrator.launch.hardware import Hardware
from orchestrator.launch.scaling import Machine, Work, all_reduce_seconds, scaled, slowest

MACHINE = Machine(step_overhead=1e-3, step=1e-5, update_overhead=1e-3, update=1e-7)
WORK = Work(worlds=4096, rollout_steps=16, epochs=4, minibatches=4, gradient_bytes=1e6)


def test_one_device_takes_what_its_parts_take():
    it = scaled(MACHINE, WORK, 1, per_node=4)
    iteration = 16 * (1e-3 + 4096e-5) + 16 * 1e-3 + 4 * 16 * 4096 * 1e-7
    assert it.steps_per_second == pytest.approx(16 * 4096 / iteration)
    assert it.efficiency == pytest.approx(1)


def test_perfect_devices_scale_perfectly():
    assert scaled(MACHINE, WORK, 4096, per_node=4).efficiency == pytest.approx(1)


@pytest.mark.parametrize(
    ("flaw", "part"),
    [
        ({"spread": 0.1}, "stragglers"),
        ({"node_hop": 1e-3}, "communication"),
        ({"between_failures": 1e6, "recover": 60.0}, "failures"),
        ({"checkpoint": 1.0}, "checkpoints"),
    ],
)
def test_each_flaw_costs_its_own_part_and_more_with_more_devices(flaw, part):
    machine = replace(MACHINE, **flaw)
    work = replace(WORK, checkpoint_every=1e8)
    few, many = (scaled(machine, work, devices, per_node=4) for devices in (64, 4096))
    assert few.breaks_first == part
    assert getattr(few, part) < getattr(many, part)
    assert few.efficiency > many.efficiency
    for it in (few, many):
        shares = (it.simulation, it.update, it.communication, it.stragglers, it.checkpoints, it.failures)
        assert math.fsum(shares) == pytest.approx(1)


def test_the_slowest_of_many_is_what_sampling_says():
    import numpy as np

    drawn = np.random.default_rng(0).normal(1, 0.1, (4000, 64)).max(1).mean()
    assert slowest(64, 0.1) == pytest.approx(drawn, rel=0.005)


def test_a_ring_passes_almost_twice_its_bytes():
    machine = replace(MACHINE, bandwidth=1e9)
    assert all_reduce_seconds(machine, 4, 1e9, per_node=4) == pytest.approx(1.5)
    assert all_reduce_seconds(machine, 1, 1e9, per_node=4) == 0


def test_a_plan_says_what_a_run_takes_and_from_where_it_knows(tmp_path, capsys):
    asked = ["workers=500", "worlds=1_000_000", "backend=warp", "steps=1_000_000_000_000"]
    run = tmp_path / "run"
    assert launch(run, "slurm", "--plan", "--json", settings=asked) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["gpus"], plan["machines"]) == (500, 125)
    low, high = plan["power_generation_kw"]
    assert (low, high) == pytest.approx((500 * 2.73, 500 * 3.03))
    # backwards by the owner's rule: 40% of cooling, 20 to 25% of margin
    assert plan["power_wall_kw"] == pytest.approx([low / 1.4 / 1.25, high / 1.4 / 1.2])
    slow, fast = plan["steps_per_second"]
    assert slow < fast
    assert plan["hours"] == pytest.approx([1e12 / fast / 3600, 1e12 / slow / 3600])
    assert plan["cost_usd"][0] == pytest.approx(3 * 500 * plan["hours"][0])
    assert all(factor["source"] for factor in plan["factors"].values())
    assert not run.exists()


def test_a_plan_for_this_machine_has_no_power(tmp_path, capsys):
    assert launch(tmp_path / "run", "local", "--plan") == 0
    out = capsys.readouterr().out
    assert "nobody is paid" in out
    assert "at generation" not in out


@pytest.mark.parametrize("name", ["cpu", "gb300"])
def test_every_figure_of_the_hardware_has_a_source(name):
    hardware = load_config(f"hardware/{name}", [], Hardware)
    for part in (*hardware.speeds.values(), hardware.network, hardware.reliability, hardware.power):
        for key in type(part).model_fields if part else ():
            assert getattr(part, key).source, key
