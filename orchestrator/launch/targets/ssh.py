"""Machines reached by ssh: `ray up` makes a cluster of them, for this run alone, and `optimus stop` takes it down."""

import contextlib
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import InputError
from orchestrator.launch.config import Cluster, SshCluster
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.programs import ask
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.states import JOB_STATES
from orchestrator.launch.targets.protocol import Standing
from orchestrator.launch.targets.shipping import PACKAGES, ROOT, runtime_env
from orchestrator.training.run_directory import LAUNCH

_CLUSTER = "cluster.yaml"
_THERE = "/tmp/optimus"
"""Where the code and the config lie on the machines."""

_UP_SECONDS = 1800.0
"""What a cloud may take to hand out machines and to set them up."""


class Ssh:
    """See the module."""

    def prepare(self, job: Job) -> Submission:
        """The cluster file, and the job that is submitted on its head."""
        cluster = _checked(job.cluster)
        job.check_place()
        path = str(job.folder / _CLUSTER)
        command = job.train_command(f"{_THERE}/{CONFIG_FILE}", job.run_there)
        environment = runtime_env(job)
        environment["env_vars"] |= {"PYTHONPATH": _THERE}
        submit = ["ray", "job", "submit", "--no-wait", "--submission-id", job.name]
        submit += ["--runtime-env-json", json.dumps(environment), "--", *command]
        text = yaml.safe_dump(_cluster_file(job, cluster), sort_keys=False)
        return Submission(
            files={CONFIG_FILE: job.config_yaml, _CLUSTER: text},
            steps=(
                shlex.join(["ray", "up", "--yes", "--no-config-cache", path]),
                shlex.join(["ray", "exec", path, shlex.join(submit)]),
            ),
        )

    def submit(self, job: Job, submission: Submission) -> str:
        """`ray up`, then `ray job submit` on the head; a cluster that cannot take the job is taken down."""
        up, execute = (shlex.split(step) for step in submission.steps)
        try:
            ask(up, seconds=_UP_SECONDS)
            ask(execute)
        except InputError:
            with contextlib.suppress(InputError):
                _down(job.run)
            raise
        return job.name

    def standing(self, launched: Launched, run: Path) -> Standing:
        """`ray job status` on the head."""
        shown = _on_head(run, ["ray", "job", "status", launched.handle])
        word = next((word for word in JOB_STATES if word in shown), None)
        return (JOB_STATES[word], word) if word else ("lost", "its head knows no such job")

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """`ray job logs` on the head."""
        yield _on_head(run, ["ray", "job", "logs", launched.handle])

    def stop(self, launched: Launched, run: Path) -> None:
        """`ray down`: the cluster was made for this run."""
        _down(run)


def _checked(cluster: Cluster) -> SshCluster:
    assert isinstance(cluster, SshCluster)
    return cluster


def _on_head(run: Path, command: list[str]) -> str:
    return ask(["ray", "exec", str(run / LAUNCH / _CLUSTER), shlex.join(command)])


def _down(run: Path) -> None:
    ask(["ray", "down", "--yes", str(run / LAUNCH / _CLUSTER)], seconds=_UP_SECONDS)


def _cluster_file(job: Job, cluster: SshCluster) -> dict[str, Any]:
    """Ray's cluster YAML; https://docs.ray.io/en/latest/cluster/vms/references/ray-cluster-configuration.html."""
    auth = {"ssh_user": cluster.user}
    auth |= {"ssh_private_key": cluster.private_key} if cluster.private_key else {}
    file: dict[str, Any] = {
        "cluster_name": job.name,
        "provider": dict(cluster.provider),
        "auth": auth,
        "file_mounts": _mounts(job),
        "setup_commands": [*cluster.setup, *_pip(cluster)],
        # The dashboard stays on the head's loopback: jobs are submitted from there, over ssh.
        "head_start_ray_commands": [
            "ray stop",
            "ray start --head --port=6379 --dashboard-host=127.0.0.1 --disable-usage-stats "
            "--autoscaling-config=~/ray_bootstrap_config.yaml",
        ],
        "worker_start_ray_commands": ["ray stop", "ray start --address=$RAY_HEAD_IP:6379"],
    }
    if cluster.provider.get("type") == "local":
        _check_machines(job, cluster)
        return file
    count = job.node_count
    resources: dict[str, Any] = {"CPU": cluster.nodes.cpus, "GPU": cluster.nodes.gpus}
    node = {"node_config": dict(cluster.node_config), "resources": resources}
    kinds = {
        "head": node | {"max_workers": 0},
        "worker": node | {"min_workers": count - 1, "max_workers": count - 1},
    }
    return file | {"max_workers": count - 1, "head_node_type": "head", "available_node_types": kinds}


def _check_machines(job: Job, cluster: SshCluster) -> None:
    named = 1 + len(cluster.provider.get("worker_ips", []))
    if job.node_count > named:
        raise InputError(
            "workers", f"{job.config.workers} need {job.node_count} machines, the provider has {named}"
        )


def _mounts(job: Job) -> dict[str, str]:
    mounts = {f"{_THERE}/{CONFIG_FILE}": str((job.folder / CONFIG_FILE).absolute())}
    if job.cluster.environment.ship_code:
        mounts |= {f"{_THERE}/{name}": str(ROOT / name) for name in PACKAGES}
    return mounts


def _pip(cluster: SshCluster) -> list[str]:
    packages = cluster.environment.pip
    return [shlex.join(["pip", "install", *packages])] if packages else []
