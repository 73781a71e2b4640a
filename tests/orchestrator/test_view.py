"""The web viewer: it answers, on the loopback address only, and stops when told to."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import mujoco
import numpy as np
import pytest
from mujoco.studio import messages, sim

from envs.agents import RandomAgent
from envs.env import TaskEnv
from envs.registry import make_task
from envs.tasks.hand_reach import HandReachConfig
from orchestrator.evaluation import player as player_module
from orchestrator.evaluation.player import EpisodePlayer
from orchestrator.evaluation.scene import viewing_spec

LISTEN = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}  # 127.0.0.1 and ::1, as /proc/net writes them


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(pid):
    """(address, port) of every socket on which a process listens."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = []
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in inodes:
                address, port = fields[1].split(":")
                found.append((address, int(port, 16)))
    return found


def page(port, process, seconds=60):
    """The viewer's page, once it is served."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply,
        ):
            return reply.status, reply.read()
        time.sleep(0.2)
    raise AssertionError(f"no page on port {port}; exit code {process.poll()}")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's tables of sockets")
@pytest.mark.parametrize("shown", ["task", "run"])
def test_the_viewer_answers_on_loopback_only_and_stops_on_interrupt(shown, trained_run):
    what = "hand-reach" if shown == "task" else str(trained_run)
    port = free_port()
    # a shell starts background jobs with the interrupt ignored, and a test run may be one
    command = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from orchestrator.cli.main import main; raise SystemExit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command, "view", what, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        status, body = page(port, process)
        assert status == 200
        assert b"<html" in body.lower()
        sockets = listening(process.pid)
        assert port in {number for _, number in sockets}
        assert {address for address, _ in sockets} <= LOOPBACK
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        output = process.communicate()[0].decode()
    assert "Traceback" not in output
    assert "Remote:" not in output  # Studio names the machine there when it serves the network


class Clock:
    """A clock that moves when told to."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        """Return at once."""


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(player_module, "time", clock)
    return clock


@pytest.fixture
def played(clock):
    """A player of half-second episodes, with the scene that it plays into."""
    task = make_task("hand-reach", HandReachConfig(episode_seconds=0.5))
    env = TaskEnv(task, 1, split="heldout", backend="cpu", threads=1, autoreset=False)
    player = EpisodePlayer(env, RandomAgent(env.action_size))
    model = viewing_spec(task, tuple(task.goal_points())).compile()
    data = mujoco.MjData(model)

    def pass_time(seconds):
        clock.now += seconds
        player.on_step(messages.StepEvent(model=model, data=data))
        return data.qpos.copy()

    return player, env, data, pass_time


def test_the_agent_acts_in_real_time_and_is_seen_between_its_steps(played):
    _, env, data, pass_time = played
    start = pass_time(0.0)
    half = pass_time(1 / 36)
    np.testing.assert_array_equal(half, start)  # shown one control period late, so that there is a next state
    pass_time(1 / 36 + 1e-6)
    between = pass_time(1 / 36)
    after = env.physics.field("qpos")[0].numpy()
    np.testing.assert_allclose(between, (start + after) / 2, atol=1e-4)
    assert not np.array_equal(start, after)
    np.testing.assert_allclose(data.mocap_pos, env.task.state["target"][0], atol=1e-7)


def test_an_episode_ends_in_view_and_the_next_one_begins(played):
    _, env, data, pass_time = played
    pass_time(0.0)
    goal = data.mocap_pos.copy()
    for _ in range(10):
        pass_time(1 / 18)
    end = env.physics.field("qpos")[0].numpy().copy()
    np.testing.assert_allclose(pass_time(0.3), end)
    np.testing.assert_array_equal(data.mocap_pos, goal)
    for _ in range(10):
        pass_time(0.1)
    assert not np.array_equal(data.mocap_pos, goal)


def test_pause_speed_reset_and_the_scene_are_the_viewers(played):
    player, _, data, pass_time = played
    before = pass_time(0.1)
    player.on_step_control(messages.StepControlSnapshot(pause_state=sim.PauseState.NORMAL_PAUSED))
    np.testing.assert_array_equal(pass_time(1.0), before)
    player.on_step_control(messages.StepControlSnapshot(speed=50.0))
    steps = data.time
    pass_time(1 / 18)
    pass_time(1 / 18)
    assert data.time - steps == pytest.approx(1 / 18)
    goal = data.mocap_pos.copy()
    player.on_reset(messages.ResetEvent())
    pass_time(0.0)
    assert not np.array_equal(data.mocap_pos, goal)
    assert player.on_load_model(messages.LoadModelEvent(path="other.xml"))
