"""A Slurm cluster: one batch job, in which Ray's symmetric run starts Ray on every machine and trains on the first."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from orchestrator.errors import InputError
from orchestrator.launch.config import SlurmCluster
from orchestrator.launch.ended import EXIT_CODE, LOG, STOPPED, ended, log_lines, write_ended
from orchestrator.launch.job import CONFIG_FILE, Job
from orchestrator.launch.programs import ask
from orchestrator.launch.records import Launched, Submission
from orchestrator.launch.states import State
from orchestrator.launch.targets.protocol import Standing

_SCRIPT = "job.sbatch"

_STATES: dict[str, State] = {
    "PENDING": "queued",
    "CONFIGURING": "queued",
    "REQUEUED": "queued",
    "REQUEUE_HOLD": "queued",
    "RUNNING": "running",
    "COMPLETING": "running",
    "SUSPENDED": "queued",
    "COMPLETED": "done",
    "CANCELLED": "stopped",
    "FAILED": "failed",
    "TIMEOUT": "failed",
    "OUT_OF_MEMORY": "failed",
    "NODE_FAIL": "failed",
    "PREEMPTED": "failed",
    "BOOT_FAIL": "failed",
}
"""What Slurm's words for a job's state mean; `squeue`'s manual, JOB STATE CODES."""


class Slurm:
    """See the module."""

    def prepare(self, job: Job) -> Submission:
        """The batch script."""
        path = str((job.folder / _SCRIPT).absolute())
        return Submission(
            files={CONFIG_FILE: job.config_yaml, _SCRIPT: _script(job)},
            steps=(shlex.join(["sbatch", "--parsable", path]),),
        )

    def submit(self, job: Job, submission: Submission) -> str:
        """`sbatch`."""
        return ask(shlex.split(submission.steps[0])).strip().partition(";")[0]

    def standing(self, launched: Launched, run: Path) -> Standing:
        """By what the job wrote at its end; before that, by Slurm's controller, which forgets jobs that ended."""
        written = ended(run)
        if written is not None:
            return written
        try:
            shown = ask(["scontrol", "show", "job", "--oneliner", launched.handle])
        except InputError as error:
            if "Invalid job id" in error.message:
                return "lost", "Slurm has forgotten it, and it said nothing at its end"
            raise
        fields = dict(word.split("=", 1) for word in shown.split() if "=" in word)
        word = fields.get("JobState", "")
        return _STATES.get(word, "running"), f"{word} ({fields.get('Reason', 'None')})"

    def logs(self, launched: Launched, run: Path) -> Iterator[str]:
        """The log file, which lies on the shared file system."""
        return log_lines(run)

    def stop(self, launched: Launched, run: Path) -> None:
        """`scancel`."""
        if ended(run) is None:
            ask(["scancel", launched.handle])
            write_ended(run, STOPPED)


def _script(job: Job) -> str:
    cluster = job.cluster
    assert isinstance(cluster, SlurmCluster)
    nodes, folder = job.node_count, job.folder.absolute()
    options = {
        "job-name": f"optimus-{job.name}",
        "partition": cluster.partition,
        "account": cluster.account,
        "nodes": nodes,
        "ntasks-per-node": 1,
        "cpus-per-task": cluster.nodes.cpus,
        "gpus-per-node": cluster.nodes.gpus or None,
        "mem": f"{cluster.nodes.memory_gib}G",
        "time": cluster.time,
        "output": folder / LOG,
        "open-mode": "append",
    }
    lines = [f"#SBATCH --{name}={value}" for name, value in options.items() if value is not None]
    lines += ["#SBATCH --requeue"] if cluster.retries else ["#SBATCH --no-requeue"]
    lines += [f"#SBATCH {option}" for option in cluster.options]
    train = shlex.join(job.train_command(str(folder / CONFIG_FILE), str(job.run.absolute())))
    resources = f"--num-cpus={cluster.nodes.cpus} --num-gpus={cluster.nodes.gpus}"
    return _BODY.format(
        options="\n".join(lines),
        exit_code=shlex.quote(str(folder / EXIT_CODE)),
        retries=cluster.retries,
        setup="\n".join([*cluster.setup, *_exports(job)]),
        nodes=nodes,
        resources=resources,
        train=train,
    )


def _exports(job: Job) -> list[str]:
    """Variables of the run, and the way to this checkout, which lies on the shared file system."""
    environment = job.cluster.environment
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.variables.items()]
    if environment.ship_code:
        root = shlex.quote(str(Path(__file__).resolve().parents[3]))
        lines.append(f'export PYTHONPATH={root}"${{PYTHONPATH:+:$PYTHONPATH}}"')
    return lines


_BODY = """\
#!/bin/bash
{options}
set -uo pipefail
exit_code={exit_code}
trained="$exit_code.trained"
rm -f "$exit_code" "$trained"
{setup}
# A cluster of this job's own, with a token that nobody else knows: everyone on these machines can reach its ports.
umask 077
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \\n')
export RAY_AUTH_TOKEN RAY_USAGE_STATS_ENABLED=0
# Machines of one job may start minutes apart.
export RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT=${{RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT:-600}}
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
address=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | awk '{{print $1}}')
# Two jobs may share a machine.
port=$((20000 + SLURM_JOB_ID % 10000))
code=0
srun --nodes={nodes} --ntasks={nodes} --ntasks-per-node=1 --kill-on-bad-exit=1 \\
    ray symmetric-run --address "$address:$port" --min-nodes {nodes} \\
    {resources} \\
    -- bash -c 'code=0; "${{@:2}}" || code=$?; echo "$code" > "$1"; exit "$code"' train "$trained" \\
    {train} || code=$?
# A symmetric run whose Ray does not start ends with 0: what counts is how training ended, if it began at all.
if [ -f "$trained" ]; then code=$(cat "$trained"); elif [ "$code" -eq 0 ]; then code=1; fi
# A run that a signal or a lost machine cut off is put back into the queue, from its newest checkpoint.
if [ "$code" -gt 128 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {retries} ]; then
    scontrol requeue "$SLURM_JOB_ID" && exit "$code"
fi
echo "$code" > "$exit_code.partial" && mv "$exit_code.partial" "$exit_code"
exit "$code"
"""
