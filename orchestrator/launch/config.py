"""The typed schema of a cluster: where a run goes, what it gets there, and what that costs."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

On = Literal["local", "ray", "kuberay", "slurm", "ssh"]
"""Kinds of place to launch on."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Environment(_Strict):
    """What the code finds where it runs.

    Attributes:
        image: container image with this project's dependencies, where the place takes one.
        ship_code: send this checkout's packages along; otherwise the image, or the machines, have the project.
        pip: packages that Ray's runtime environment installs first.
        variables: environment variables.
        command: the project's command line there; where code is shipped, it is run from that.
    """

    image: str | None = None
    ship_code: bool = True
    pip: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    command: tuple[str, ...] = Field(default=("python", "-m", "orchestrator.cli"), min_length=1)


class Nodes(_Strict):
    """The machines of a cluster, all alike.

    Attributes:
        gpus: of a machine; 0 for machines without.
        cpus: of a machine, for the run.
        memory_gib: of a machine, for the run, GiB.
        most: machines that a run may get.
    """

    gpus: int = Field(default=0, ge=0, le=64)
    cpus: int = Field(default=1, ge=1, le=4096)
    memory_gib: int = Field(default=8, ge=1)
    most: int = Field(default=1, ge=1, le=100_000)


class Cluster(_Strict):
    """What all places have in common.

    Attributes:
        runs: folder there that run directories go to; every worker has to reach it, or the run needs a `store`.
        environment: of the code.
        nodes: the machines.
        retries: how often a run that was cut off is started again, from its newest checkpoint.
        hardware: how fast the machines are and what they cost, for `--plan`: a config's name or path.
    """

    runs: str = "runs"
    environment: Environment = Environment()
    nodes: Nodes = Nodes()
    retries: int = Field(default=3, ge=0, le=1000)
    hardware: str = "hardware/cpu"


class LocalCluster(Cluster):
    """Processes on this machine."""

    kind: Literal["local"]


class RayCluster(Cluster):
    """A Ray cluster that is there.

    Attributes:
        address: of its dashboard, `http://HOST:8265`.
        watch_seconds: how often the machine that launched asks whether the cluster still knows the run, s; where a new
            head does not, the run is submitted again.
    """

    kind: Literal["ray"]
    address: str = Field(default="http://127.0.0.1:8265", pattern=r"^https?://")
    watch_seconds: float = Field(default=30.0, gt=0)


class KubeRayCluster(Cluster):
    """A Kubernetes cluster with the KubeRay operator.

    Attributes:
        namespace: of Kubernetes.
        context: of kubectl; none: its current one.
        volume_claim: claim of a volume that all pods can write to; it is mounted at `runs`.
        service_account: of the pods; the way to a bucket's permissions in most clouds.
        node_selector: labels that nodes of workers must have.
        gpu_resource: Kubernetes' name of a GPU.
        keep_seconds: how long the pods stay after the end, for logs, s.
    """

    kind: Literal["kuberay"]
    namespace: str = "default"
    context: str | None = None
    volume_claim: str | None = None
    service_account: str | None = None
    node_selector: dict[str, str] = {}
    gpu_resource: str = "nvidia.com/gpu"
    keep_seconds: int = Field(default=3600, ge=0)

    @model_validator(mode="after")
    def _imaged(self) -> Self:
        if self.environment.image is None:
            raise ValueError("environment.image: expected a container image; pods run nothing without one")
        if not self.runs.startswith("/"):
            raise ValueError(
                f"runs: expected a path from the root of the pods' file system, got {self.runs!r}"
            )
        return self


class SlurmCluster(Cluster):
    """A Slurm cluster whose machines share a file system with this one.

    Attributes:
        partition: of Slurm; none: its default.
        account: that pays; none: the user's default.
        time: limit, as Slurm writes it.
        setup: shell lines before the run, such as `module load` or the activation of an environment.
        options: further lines for `#SBATCH`.
    """

    kind: Literal["slurm"]
    partition: str | None = None
    account: str | None = None
    time: str = Field(default="24:00:00", pattern=r"^(\d+-)?\d+(:\d+){0,2}$")
    setup: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class SshCluster(Cluster):
    """Machines that `ray up` reaches by ssh, or makes at a cloud and removes with `optimus stop`.

    Attributes:
        provider: Ray's; `{type: local, head_ip: ..., worker_ips: [...]}` for machines that are there.
        user: to log in as.
        private_key: file of the ssh key; none: ssh's own choice.
        node_config: of a cloud's machine, in that cloud's words.
        setup: shell lines on every machine, before Ray starts.
    """

    kind: Literal["ssh"]
    provider: dict[str, Any]
    user: str
    private_key: str | None = None
    node_config: dict[str, Any] = {}
    setup: tuple[str, ...] = ()


AnyCluster = Annotated[
    LocalCluster | RayCluster | KubeRayCluster | SlurmCluster | SshCluster, Field(discriminator="kind")
]

SCHEMAS: dict[str, type[Cluster]] = {
    "local": LocalCluster,
    "ray": RayCluster,
    "kuberay": KubeRayCluster,
    "slurm": SlurmCluster,
    "ssh": SshCluster,
}
"""Schema of each place's clusters."""
