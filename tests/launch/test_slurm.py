"""A run on a real Slurm: slurmctld, slurmd and munged of this machine's packages, in namespaces of their own.

The namespaces keep their ports to themselves, and `ray stop`, with which a symmetric run ends, from others' processes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "unshare")
MISSING = [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="slurmd takes root here"),
]

ADDRESS = "10.99.0.1"

CONFIG = """
ClusterName=test
SlurmctldHost=node({address})
AuthType=auth/munge
AuthInfo=socket={place}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmUser=root
SlurmdUser=root
SlurmdParameters=config_overrides
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.log
ReturnToService=2
MpiDefault=none
NodeName=node NodeAddr={address} CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP
"""

DAEMONS = """
set -e
ip link set lo up
# glibc resolves nothing for servers where loopback is all there is
ip link add v0 type veth peer name v1
ip addr add {address}/24 dev v0
ip link set v0 up
ip link set v1 up
hostname node
printf "127.0.0.1 localhost\\n{address} node\\n" > {place}/hosts
mount --bind {place}/hosts /etc/hosts
mkdir -p {place}/munge {place}/state {place}/spool
chmod 700 {place}/munge
head -c 1024 /dev/urandom > {place}/munge/key
chmod 600 {place}/munge/key
munged --force --key-file {place}/munge/key --socket {place}/munge.socket --log-file {place}/munge/log \\
    --pid-file {place}/munge/pid --seed-file {place}/munge/seed
slurmctld -f {place}/slurm.conf
slurmd -N node -f {place}/slurm.conf
exec "$@"
"""


def in_slurm(place, *command):
    """Run a command beside Slurm's daemons; when it ends, they and all their jobs end."""
    place.mkdir()
    (place / "slurm.conf").write_text(CONFIG.format(place=place, address=ADDRESS))
    script = place / "daemons.sh"
    script.write_text(DAEMONS.format(place=place, address=ADDRESS))
    namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--uts"]
    environment = os.environ | {
        "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[2]}",
        "SLURM_CONF": str(place / "slurm.conf"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin",
        "RAY_TMPDIR": str(place),
    }
    return subprocess.run(
        [*namespaces, "bash", str(script), *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


SCENARIO = """
import sys
from pathlib import Path

from launching import launch, wait_for_end
from orchestrator.cli.main import main

run = Path(sys.argv[1])
one = ["--cluster-set", "nodes={gpus: 0, cpus: 2, memory_gib: 1, most: 1}"]
two = ["workers=2", "worlds=8", "steps=384", "checkpoint_every=128"]
assert launch(run, "slurm", *one, settings=two) == 0
print(wait_for_end(run, 1600).model_dump_json())
main(["logs", str(run)])
"""


def test_a_batch_job_trains_to_its_end(tmp_path):
    # Ray's sockets want short paths
    place = Path("/tmp") / f"slurm-{os.getpid()}"
    try:
        run = tmp_path / "reach"
        done = in_slurm(place, sys.executable, "-c", SCENARIO, str(run))
        assert '"state":"done"' in done.stdout, done.stdout + done.stderr + logs(place)
        assert '"steps":384' in done.stdout
        assert "trained  384 steps" in done.stdout
    finally:
        shutil.rmtree(place, ignore_errors=True)


def logs(place):
    return "".join(f"\n--- {path.name}\n{path.read_text()[-3000:]}" for path in place.glob("*.log"))
