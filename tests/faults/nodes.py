"""Ray clusters of several nodes on one machine."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from faulty import RAY, below, family, kill, wait_until

OBJECT_STORE_BYTES = 100_000_000
AGENTS = ("dashboard-agent-grpc", "dashboard-agent-listen", "runtime-env-agent", "metrics-export")


def free_port():
    """One that nobody listens on at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Node:
    """A Ray node with one CPU, in processes of its own.

    Args:
        address: of the head, which the first node is.
        head: whether this is it.
        ip: of the node.
        within: command that runs another one where the node is to be.

    Attributes:
        process: `ray start`, which ends when its raylet does.
    """

    def __init__(self, address, *, head=False, cpus=1, ip="127.0.0.1", within=()):
        port = address.rpartition(":")[2]
        join = ["--head", f"--port={port}", "--include-dashboard=false"] if head else [f"--address={address}"]
        command = [
            *within,
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            *join,
            "--block",
            f"--num-cpus={cpus}",
            f"--node-ip-address={ip}",
        ]
        command += [f"--object-store-memory={OBJECT_STORE_BYTES}", "--disable-usage-stats"]
        # A raylet gives its agents a quarter of a minute to say which ports they took, unless they are told.
        command += [f"--{name}-port={free_port()}" for name in AGENTS]
        # Ray notes its newest cluster in its folder, for others to connect to; its sockets want a short path.
        self._place = tempfile.mkdtemp(prefix="ray-")
        own = RAY | {"RAY_TMPDIR": self._place}
        self._log = Path(self._place) / "start.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)

    def joined(self):
        """The node itself, once it is one of the cluster's."""
        wait_until(lambda: "Ray runtime started" in self._log.read_text(), self.process)
        return self

    def workers(self, name="RayTrainWorker"):
        """Ids of its processes that train."""
        return below(self.process.pid, name)

    def lose(self):
        """Kill the raylet; what it had started ends by itself."""
        kill(below(self.process.pid, "raylet/raylet")[0])
        self.process.wait(120)

    def close(self):
        """End what is left."""
        if self.process.poll() is None:
            everything = family(self.process.pid)
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
            for pid in everything:
                with contextlib.suppress(ProcessLookupError):
                    kill(pid)
            self.process.wait()
        shutil.rmtree(self._place, ignore_errors=True)


@contextmanager
def cluster(cpus=2, ip="127.0.0.1", within=()):
    """A head alone; its address, and the node itself."""
    address = f"{ip}:{free_port()}"
    node = Node(address, head=True, cpus=cpus, ip=ip, within=within)
    try:
        yield address, node.joined()
    finally:
        node.close()
