"""The kinds of place that a run can go to, by name."""

from orchestrator.launch.config import On
from orchestrator.launch.targets.kuberay import KubeRay
from orchestrator.launch.targets.local import Local
from orchestrator.launch.targets.protocol import Target
from orchestrator.launch.targets.ray_jobs import RayJobs
from orchestrator.launch.targets.slurm import Slurm
from orchestrator.launch.targets.ssh import Ssh

TARGETS: dict[On, Target] = {
    "local": Local(),
    "ray": RayJobs(),
    "kuberay": KubeRay(),
    "slurm": Slurm(),
    "ssh": Ssh(),
}
