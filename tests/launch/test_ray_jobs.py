"""A run submitted to a Ray cluster that the test starts: shipped, trained with two workers, followed, stopped."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile

import pyarrow.parquet as pq
import pytest
from launching import launch, wait_for_end, wait_until

from orchestrator.cli.main import main
from orchestrator.launch.submit import status

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """Address of the dashboard of a Ray cluster of two CPUs; only its own processes are ended."""
    port, dashboard = free_port(), free_port()
    place = tmp_path_factory.mktemp("ray")
    command = ["ray", "start", "--head", "--block", "--num-cpus=2", f"--port={port}", "--disable-usage-stats"]
    command += [f"--dashboard-port={dashboard}", "--dashboard-host=127.0.0.1", "--node-ip-address=127.0.0.1"]
    # Ray notes its newest cluster in its folder, for others to connect to; its sockets want a short path.
    own = {"RAY_TMPDIR": tempfile.mkdtemp(prefix="ray-")}
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with (place / "ray.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | token | own)
    address = f"http://127.0.0.1:{dashboard}"
    try:
        wait_until(lambda: answers(dashboard), 180)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAY_AUTH_TOKEN", token["RAY_AUTH_TOKEN"])
            yield address
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(own["RAY_TMPDIR"], ignore_errors=True)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def on(head, place):
    return [
        "--cluster-set",
        f"address={head}",
        "--cluster-set",
        f"runs={place}",
        "--cluster-set",
        "nodes.gpus=0",
    ]


def test_a_job_trains_with_two_workers_and_is_followed(head, tmp_path, capsys):
    run, there = tmp_path / "here" / "reach", tmp_path / "there"
    settings = ["workers=2", "worlds=8", "steps=384", "checkpoint_every=128", f"store={tmp_path}/store"]
    assert launch(run, "ray", *on(head, there), settings=settings) == 0
    ended = wait_for_end(run, 500)
    assert ended.state == "done", list(logs_of(run, capsys))
    # the run directory lies there; from here, its store is seen
    assert ended.steps == 384
    assert pq.read_table(there / "reach" / "metrics.parquet").column("step").to_pylist()[-1] == 384
    assert "trained  384 steps" in logs_of(run, capsys)


def test_a_stopped_job_ends(head, tmp_path):
    run = tmp_path / "here" / "long"
    assert launch(run, "ray", *on(head, tmp_path / "there"), settings=["steps=10_000_000"]) == 0
    wait_until(lambda: status(run).state == "running", 300)
    assert main(["stop", str(run)]) == 0
    assert wait_for_end(run, 120).state == "stopped"


def test_more_workers_than_the_cluster_has_room_for_are_refused(head, tmp_path, capsys):
    run = tmp_path / "here" / "wide"
    more = [*on(head, tmp_path / "there"), "--cluster-set", "nodes.most=64"]
    assert launch(run, "ray", *more, settings=["workers=64", "worlds=64"]) == 2
    assert "workers: expected at most 2: 64 need 64 CPUs, the cluster has 2" in capsys.readouterr().err
    assert not run.exists()


def logs_of(run, capsys):
    capsys.readouterr()
    assert main(["logs", str(run)]) == 0
    return capsys.readouterr().out


def test_a_wrong_token_is_refused(head, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    run = tmp_path / "here" / "foreign"
    assert launch(run, "ray", *on(head, tmp_path / "there")) == 2
    assert "refuses the token" in capsys.readouterr().err
    assert not run.exists()
