"""A Ray cluster that is there: a job, submitted through its dashboard."""

import json
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import InputError
from orchestrator.launch.config import Cluster, RayCluster
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.states import JOB_STATES
from orchestrator.launch.targets.protocol import Standing
from orchestrator.launch.targets.shipping import runtime_env, shipped

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

_REQUEST = "job.json"

_SETTLING_SECONDS = 60.0
"""What a cluster's head may take until it lists its machines."""


class RayJobs:
    """See the module."""

    def prepare(self, job: Job) -> Submission:
        """The request; the folder that is shipped is named when it is sent."""
        cluster = _checked(job.cluster)
        job.check_place()
        job.check_room()
        command = job.train_command(CONFIG_FILE, job.run_there)
        request = {
            "submission_id": job.name,
            "entrypoint": shlex.join(command),
            "runtime_env": runtime_env(job),
            "metadata": {"task": job.config.task},
        }
        shown = ", ".join(
            [CONFIG_FILE, *(["this checkout's packages"] if cluster.environment.ship_code else [])]
        )
        return Submission(
            files={CONFIG_FILE: job.config_yaml, _REQUEST: json.dumps(request, indent=1) + "\n"},
            steps=(
                f"upload {shown} as the job's working_dir",
                f"POST {cluster.address}/api/jobs/ < {_REQUEST}",
            ),
        )

    def submit(self, job: Job, submission: Submission) -> str:
        """`JobSubmissionClient.submit_job`."""
        cluster = _checked(job.cluster)
        request = json.loads(submission.files[_REQUEST])
        with _client(cluster) as client:
            _check_room(job, cluster)
            with shipped(job) as folder:
                request["runtime_env"]["working_dir"] = str(folder)
                return client.submit_job(**request)

    def standing(self, launched: Launched, run: Path) -> Standing:
        """The job's status."""
        with _client(_checked(launched.cluster)) as client:
            known = {job.submission_id: job for job in client.list_jobs()}
            if launched.handle not in known:
                return "lost", "the cluster knows no such job: its head was started anew"
            job = known[launched.handle]
            return JOB_STATES[job.status.value], " ".join((job.message or job.status.value).split())

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """What the job has written."""
        with _client(_checked(launched.cluster)) as client:
            yield client.get_job_logs(launched.handle)

    def stop(self, launched: Launched, run: Path) -> None:
        """Ask Ray to stop the job."""
        state, _ = self.standing(launched, run)
        if state in ("queued", "running"):
            with _client(_checked(launched.cluster)) as client:
                client.stop_job(launched.handle)


def _checked(cluster: Cluster) -> RayCluster:
    assert isinstance(cluster, RayCluster)
    return cluster


@contextmanager
def _client(cluster: RayCluster) -> Iterator["JobSubmissionClient"]:
    """A client of the cluster's; whatever it complains of is wrong input.

    Ray lets `RAY_ADDRESS` win over the address that it is given, so it is put aside meanwhile.
    """
    import ray
    from ray.exceptions import AuthenticationError
    from ray.job_submission import JobSubmissionClient
    from ray.util.state.exception import RayStateApiException

    names = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS")
    aside = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        client = JobSubmissionClient(cluster.address, headers=_headers())
        there = _ray_version(client)
        if there != ray.__version__:
            raise InputError(
                cluster.address, f"expected a cluster of Ray {ray.__version__}, as here; it runs {there}"
            )
        yield client
    except AuthenticationError as error:
        raise InputError(
            cluster.address, "refuses the token of RAY_AUTH_TOKEN or ~/.ray/auth_token, or there is none"
        ) from error
    except (ConnectionError, RayStateApiException, RuntimeError, ValueError, OSError) as error:
        raise InputError(cluster.address, _reason(error)) from error
    finally:
        os.environ.update(aside)


def _ray_version(client: "JobSubmissionClient") -> str:
    response: Any = client._do_request("GET", "/api/version")
    return str(response.json()["ray_version"])


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionError):
        return "no Ray dashboard answers there"
    return " ".join(str(error).split())


def _check_room(job: Job, cluster: RayCluster) -> None:
    """Refuse what the cluster has no room for, as far as it is up: Ray would wait for ever."""
    alive = _machines(cluster)
    for name, each in (("GPU", 1 if job.on_gpus else 0), ("CPU", 0 if job.on_gpus else job.cpus_per_worker)):
        there = sum(float((node.resources_total or {}).get(name, 0)) for node in alive)
        if each and job.config.workers * each > there:
            raise InputError(
                "workers",
                f"expected at most {there // each:.0f}: {job.config.workers} need {job.config.workers * each} "
                f"{name}s, the cluster has {there:g}",
            )


def _machines(cluster: RayCluster) -> list[Any]:
    """The cluster's machines that are up; a head that has just started needs some seconds to know itself."""
    from ray.util.state import StateApiClient
    from ray.util.state.common import ListApiOptions, StateResource

    client = StateApiClient(cluster.address, headers=_headers())
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        nodes: Any = client.list(StateResource.NODES, ListApiOptions(), raise_on_missing_output=True)
        alive = [node for node in nodes if node.state == "ALIVE"]
        if alive or time.monotonic() > deadline:
            return alive
        time.sleep(1)


def _headers() -> dict[str, str]:
    """The cluster's token, from where Ray itself looks for it; none where there is none.

    https://docs.ray.io/en/latest/ray-security/token-auth.html
    """
    path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token"))
    token = os.environ.get("RAY_AUTH_TOKEN") or (path.read_text().strip() if path.is_file() else "")
    if not token or os.environ.get("RAY_AUTH_MODE") == "disabled":
        return {}
    return {"Authorization": f"Bearer {token}"}
