"""A machine of two is lost, or cannot be reached for a while: training goes on with what there is."""

import os
import random
import shutil
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from faulty import (
    RECOVERY,
    SAMPLES,
    check_books,
    strike,
    train,
    training,
    wait_for_newer_checkpoint,
    wait_until,
)
from nodes import Node, cluster

pytestmark = pytest.mark.slow


def training_on(nodes):
    """Ids of all nodes' workers."""
    return [pid for node in nodes for pid in node.workers()]


def test_a_lost_node_costs_no_step(tmp_path, record_property):
    """The raylet is killed of the machine that trains beside the head; there is a spare one, and at last none."""
    place, steps = tmp_path / "run", 1500 * SAMPLES
    seconds = []
    with ExitStack() as stack:
        address, head = stack.enter_context(cluster(cpus=1))
        others = []
        for _ in range(3):  # one by one: Ray has nodes that start at once on one machine take one name
            others.append(Node(address))
            stack.callback(others[-1].close)
            others[-1].joined()
        process = stack.enter_context(training(train(place, f"steps={steps}"), address))
        for _ in range(3):
            wait_until(lambda: any(other.workers() for other in others), process)
            there = next(other for other in others if other.workers())
            seconds.append(strike(place, process, there.lose, partial(training_on, [head, *others])))
            others.remove(there)
    check_books(place, steps)
    record_property(RECOVERY, seconds)


CUT_SECONDS = 60.0
UNDER_WAY = 2.0
"""Time in which a checkpoint that was under way is written, s; no other can follow while the link is cut."""

RED, BLUE = "10.77.0.1", "10.77.0.2"


def ip(*words, check=True):
    """The command `ip`."""
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


class Link:
    """Two network namespaces, `red` and `blue`, and the one link between them.

    While it is cut, each sends to an address that nobody has: packets are lost without anybody being told, as by a
    switch that fails. What is down, by contrast, is an error to whoever sends.
    """

    def __init__(self):
        self.names = [f"optimus-{os.getpid()}-{name}" for name in ("red", "blue")]
        self._ends = list(zip(self.names, (RED, BLUE), (BLUE, RED), strict=True))
        self._timer = None

    def lay(self):
        """Make namespaces and link."""
        red, blue = self.names
        for name in self.names:
            ip("netns", "add", name)
        ip("link", "add", "eth0", "netns", red, "type", "veth", "peer", "name", "eth0", "netns", blue)
        for name, own, peer in self._ends:
            ip("-n", name, "addr", "add", f"{own}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", name, "link", "set", device, "up")
            # Ray takes the address that the default route leaves from for the node's own.
            ip("-n", name, "route", "add", "default", "via", peer)

    def cut(self):
        """Cut the link; it heals by itself after a while."""
        for name, _, peer in self._ends:
            nobody = ["lladdr", "02:00:00:00:00:99", "nud", "permanent", "dev", "eth0"]
            ip("-n", name, "neigh", "replace", peer, *nobody)
        self._timer = threading.Timer(CUT_SECONDS, self._heal)
        self._timer.start()

    def wait(self):
        """Wait until it has healed."""
        if self._timer:
            self._timer.join()

    def remove(self):
        """Remove namespaces and link."""
        self.wait()
        for name in self.names:
            ip("netns", "del", name, check=False)

    def _heal(self):
        for name, _, peer in self._ends:
            ip("-n", name, "neigh", "del", peer, "dev", "eth0")


@contextmanager
def linked():
    """Two namespaces and their link."""
    link = Link()
    try:
        link.lay()
        yield link
    finally:
        link.remove()


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="network namespaces take root and iproute2"
)
def test_a_link_that_is_cut_for_a_minute_costs_no_step(tmp_path, record_property, monkeypatch):
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "eth0")
    steps, seconds = 500 * SAMPLES, []
    with linked() as link, ExitStack() as stack:
        red, blue = (("ip", "netns", "exec", name) for name in link.names)
        address, _ = stack.enter_context(cluster(cpus=1, ip=RED, within=red))
        for cut in range(3):
            # Ray gives up a node that it took for dead, some time after the link is whole again
            other = Node(address, ip=BLUE, within=blue)
            stack.callback(other.close)
            other.joined()
            place = tmp_path / f"run{cut}"
            with training([*red, *train(place, f"steps={steps}")], address) as process:
                wait_until(other.workers, process)
                wait_for_newer_checkpoint(place, process)
                time.sleep(random.uniform(0, 2))
                link.cut()
                time.sleep(UNDER_WAY)
                seconds.append(UNDER_WAY + wait_for_newer_checkpoint(place, process))
                link.wait()
            check_books(place, steps)
            other.close()
    record_property(RECOVERY, seconds)
