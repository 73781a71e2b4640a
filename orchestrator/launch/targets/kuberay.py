"""A Kubernetes cluster with the KubeRay operator: one RayJob, which makes its Ray cluster and takes it down."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import InputError
from orchestrator.launch.config import Cluster, KubeRayCluster
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.programs import ask
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.states import State
from orchestrator.launch.targets.protocol import Standing
from orchestrator.launch.targets.shipping import runtime_env

_MANIFEST = "rayjob.yaml"
_MOUNTED_CONFIG = "/etc/optimus"

_STATES: dict[str, State] = {
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "STOPPED": "stopped",
    "RUNNING": "running",
    "PENDING": "queued",
}
"""What RayJob's `status.jobStatus` means; KubeRay's API reference, JobStatus."""


class KubeRay:
    """See the module."""

    def prepare(self, job: Job) -> Submission:
        """A ConfigMap with the run's config, and the RayJob."""
        cluster = _checked(job.cluster)
        if not re.fullmatch(r"[a-z]([-a-z0-9]{0,45}[a-z0-9])?", job.name):
            raise InputError(
                f"--run-dir {job.run}",
                "expected a last part that Kubernetes takes as a name: a-z, 0-9 and -, at most 47 characters",
            )
        if job.node_count > 1 and cluster.volume_claim is None and job.config.store is None:
            raise InputError(
                "store",
                "expected a URL that all pods reach, or the cluster's volume_claim; a pod's disk ends with it",
            )
        documents = [_config_map(job, cluster), _ray_job(job, cluster)]
        text = yaml.safe_dump_all(documents, sort_keys=False)
        path = str(job.folder / _MANIFEST)
        command = [*_kubectl(cluster), "apply", "--filename", path]
        return Submission(files={_MANIFEST: text}, steps=(shlex.join(command),))

    def submit(self, job: Job, submission: Submission) -> str:
        """`kubectl apply`."""
        ask(shlex.split(submission.steps[0]))
        return job.name

    def standing(self, launched: Launched, run: Path) -> Standing:
        """The RayJob's status."""
        cluster = _checked(launched.cluster)
        try:
            shown = ask([*_kubectl(cluster), "get", "rayjob", launched.handle, "--output", "json"])
        except InputError as error:
            if "NotFound" in error.message:
                return "stopped", "Kubernetes has no such RayJob any more"
            raise
        status = json.loads(shown).get("status", {})
        deployed, word = status.get("jobDeploymentStatus", ""), status.get("jobStatus", "")
        detail = " ".join(filter(None, (deployed, word, status.get("message", ""))))
        if deployed == "Failed" and word != "SUCCEEDED":
            return "failed", detail
        return _STATES.get(word, "queued"), detail or "not seen by the operator yet"

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """What the pod that submits the job has passed on."""
        cluster = _checked(launched.cluster)
        yield ask([*_kubectl(cluster), "logs", f"job/{launched.handle}"])

    def stop(self, launched: Launched, run: Path) -> None:
        """Delete the RayJob, and with it the pods."""
        cluster = _checked(launched.cluster)
        command = [*_kubectl(cluster), "delete", "--ignore-not-found"]
        ask([*command, f"rayjob/{launched.handle}", f"configmap/{launched.handle}"])


def _checked(cluster: Cluster) -> KubeRayCluster:
    assert isinstance(cluster, KubeRayCluster)
    return cluster


def _kubectl(cluster: KubeRayCluster) -> list[str]:
    context = ["--context", cluster.context] if cluster.context else []
    return ["kubectl", *context, "--namespace", cluster.namespace]


def _metadata(job: Job, cluster: KubeRayCluster) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "optimus-academy", "app.kubernetes.io/instance": job.name}
    return {"name": job.name, "namespace": cluster.namespace, "labels": labels}


def _config_map(job: Job, cluster: KubeRayCluster) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(job, cluster),
        "data": {CONFIG_FILE: job.config_yaml},
    }


def _ray_job(job: Job, cluster: KubeRayCluster) -> dict[str, Any]:
    import ray

    command = job.train_command(f"{_MOUNTED_CONFIG}/{CONFIG_FILE}", job.run_there)
    group: dict[str, Any] = {
        "groupName": "workers",
        "replicas": job.node_count,
        "minReplicas": 1,
        "maxReplicas": job.node_count,
        "rayStartParams": {},
        "template": _template(job, cluster, gpus=cluster.nodes.gpus if job.on_gpus else 0),
    }
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": _metadata(job, cluster),
        "spec": {
            "entrypoint": shlex.join(command),
            "submissionMode": "K8sJobMode",
            "backoffLimit": cluster.retries,
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": cluster.keep_seconds,
            "runtimeEnvYAML": yaml.safe_dump(runtime_env(job), sort_keys=False),
            "rayClusterSpec": {
                "rayVersion": ray.__version__,
                "authOptions": {"mode": "token"},
                "headGroupSpec": {
                    # No work on the head: it has to outlive the workers.
                    "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},
                    "template": _template(job, cluster, gpus=0),
                },
                "workerGroupSpecs": [group],
            },
        },
    }


def _template(job: Job, cluster: KubeRayCluster, gpus: int) -> dict[str, Any]:
    """A pod with Ray in it."""
    nodes = cluster.nodes
    amounts = {"cpu": str(nodes.cpus), "memory": f"{nodes.memory_gib}Gi"}
    amounts |= {cluster.gpu_resource: str(gpus)} if gpus else {}
    mounts = [{"name": "config", "mountPath": _MOUNTED_CONFIG, "readOnly": True}]
    volumes: list[dict[str, Any]] = [{"name": "config", "configMap": {"name": job.name}}]
    # Workers on one machine pass gradients through shared memory; Docker's own 64 MiB are too few for NCCL.
    mounts.append({"name": "shared-memory", "mountPath": "/dev/shm"})
    volumes.append({"name": "shared-memory", "emptyDir": {"medium": "Memory"}})
    mounts.append({"name": "runs", "mountPath": cluster.runs})
    claim = cluster.volume_claim
    volumes.append(
        {"name": "runs"} | ({"persistentVolumeClaim": {"claimName": claim}} if claim else {"emptyDir": {}})
    )
    container = {
        "name": "ray",
        "image": cluster.environment.image,
        "resources": {"requests": amounts, "limits": amounts},
        "volumeMounts": mounts,
    }
    spec: dict[str, Any] = {"containers": [container], "volumes": volumes}
    if cluster.service_account:
        spec["serviceAccountName"] = cluster.service_account
    if cluster.node_selector and gpus:
        spec["nodeSelector"] = dict(cluster.node_selector)
    return {"spec": spec}
