"""What is submitted to KubeRay, Slurm and `ray up`: valid by their own schemas, and asked of their own programs."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from launching import launch
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.symmetric_run import curate_and_validate_ray_start_args

from orchestrator.cli.main import main
from orchestrator.launch.submit import status

WORKERS = ("workers=8", "worlds=8", "backend=warp")
"""Two machines of four GPUs each."""

STORED = (*WORKERS, "store=s3://bucket/runs")


def submitted(capsys, run, on, *more, settings=()):
    """The files that would be submitted, by name, and the steps."""
    capsys.readouterr()
    assert launch(run, on, "--dry-run", "--json", *more, settings=settings) == 0
    submission = json.loads(capsys.readouterr().out)["submission"]
    assert not run.exists()
    return submission["files"], submission["steps"]


def test_a_rayjob_asks_for_every_gpu_and_carries_its_config(tmp_path, capsys):
    files, steps = submitted(capsys, tmp_path / "reach", "kuberay", settings=STORED)
    config, job = yaml.safe_load_all(files["rayjob.yaml"])
    assert yaml.safe_load(config["data"]["config.yaml"])["workers"] == 8
    spec = job["spec"]
    assert spec["entrypoint"].endswith(
        "train /etc/optimus/config.yaml --run-dir /mnt/optimus/runs/reach --go-on"
    )
    (group,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    assert group["replicas"] == 2
    (container,) = group["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "4"
    assert spec["shutdownAfterJobFinishes"] is True
    assert spec["rayClusterSpec"]["authOptions"] == {"mode": "token"}
    assert steps == [f"kubectl --namespace optimus apply --filename {tmp_path}/reach/launch/rayjob.yaml"]


@pytest.mark.skipif(
    "OPTIMUS_RAYJOB_SCHEMA" not in os.environ,
    reason="OPTIMUS_RAYJOB_SCHEMA names no file with KubeRay's RayJob v1 schema",
)
@pytest.mark.parametrize("more", [(), ("--cluster-set", "volume_claim=runs")])
def test_a_rayjob_is_valid_by_kuberays_schema(more, tmp_path, capsys):
    schema = closed(json.loads(Path(os.environ["OPTIMUS_RAYJOB_SCHEMA"]).read_text()))
    files, _ = submitted(capsys, tmp_path / "reach", "kuberay", *more, settings=STORED)
    _, job = yaml.safe_load_all(files["rayjob.yaml"])
    jsonschema.validate(job, schema)
    job["spec"]["backofLimit"] = 3
    with pytest.raises(jsonschema.ValidationError, match="backofLimit"):
        jsonschema.validate(job, schema)


def closed(schema):
    """The schema, which then refuses keys that it does not know, as the API server does with `--validate=strict`."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        # metadata is Kubernetes' own, and described elsewhere
        if isinstance(schema.get("properties"), dict) and schema["properties"]:
            schema.setdefault("additionalProperties", False)
    return schema


def test_kuberay_refuses_what_pods_cannot_keep(tmp_path, capsys):
    assert launch(tmp_path / "reach", "kuberay", "--dry-run", settings=WORKERS) == 2
    assert "store: expected a URL that all pods reach" in capsys.readouterr().err
    assert launch(tmp_path / "Reach_1", "kuberay", "--dry-run", settings=STORED) == 2
    assert "expected a last part that Kubernetes takes as a name" in capsys.readouterr().err
    assert launch(tmp_path / "reach", "kuberay", "--cluster-set", "environment.image=null") == 2
    assert "environment.image: expected a container image" in capsys.readouterr().err


def test_a_rayjob_is_followed_and_deleted_through_kubectl(tmp_path, capsys, program):
    answer = json.dumps({"status": {"jobStatus": "RUNNING", "jobDeploymentStatus": "Running"}})
    asked = program("kubectl", f"case \"$*\" in *' get '*) echo '{answer}';; *logs*) echo line;; esac")
    run = tmp_path / "reach"
    assert launch(run, "kuberay", settings=["store=memory://runs"]) == 0
    assert status(run).state == "running"
    capsys.readouterr()
    assert main(["logs", str(run)]) == 0
    assert capsys.readouterr().out == "line\n"
    assert main(["stop", str(run)]) == 0
    assert "--namespace optimus delete --ignore-not-found rayjob/reach configmap/reach" in asked()


def test_a_refused_submission_leaves_nothing(tmp_path, capsys, program):
    program("kubectl", "echo 'error: the server could not be reached' >&2; exit 1")
    run = tmp_path / "reach"
    assert launch(run, "kuberay") == 2
    assert capsys.readouterr().err.strip().endswith("error: the server could not be reached")
    assert not run.exists()


def test_a_batch_script_starts_ray_on_every_machine(tmp_path, capsys):
    files, steps = submitted(capsys, tmp_path / "reach", "slurm", settings=WORKERS)
    script = files["job.sbatch"]
    for line in ("#SBATCH --nodes=2", "#SBATCH --gpus-per-node=4", "#SBATCH --requeue"):
        assert line in script
    call = (
        script[script.index("ray symmetric-run") : script.index("|| code=$?\n")].replace("\\\n", " ").split()
    )
    start, _, command = " ".join(call[2:]).partition(" -- ")
    # Ray's own check of what may go with a symmetric run
    assert curate_and_validate_ray_start_args([*start.split(), "--", *command.split()])
    assert "--min-nodes 2" in start
    assert command.endswith(f"train {tmp_path}/reach/launch/config.yaml --run-dir {tmp_path}/reach --go-on")
    assert "RAY_AUTH_MODE=token" in script
    assert steps == [f"sbatch --parsable {tmp_path}/reach/launch/job.sbatch"]


def test_a_batch_job_is_followed_and_cancelled(tmp_path, capsys, program):
    program("sbatch", "echo 42")
    program("scontrol", "echo JobId=42 JobName=x JobState=PENDING Reason=Resources")
    cancelled = program("scancel", "")
    run = tmp_path / "reach"
    assert launch(run, "slurm") == 0
    assert (status(run).state, status(run).detail) == ("queued", "PENDING (Resources)")
    assert main(["stop", str(run)]) == 0
    assert cancelled() == ["42"]
    assert status(run).state == "stopped"


def test_a_cluster_file_is_valid_by_rays_schema(tmp_path, capsys):
    files, steps = submitted(capsys, tmp_path / "reach", "ssh", settings=STORED)
    cluster = yaml.safe_load(files["cluster.yaml"])
    validate_config(prepare_config(cluster))
    assert "--dashboard-host=127.0.0.1" in cluster["head_start_ray_commands"][1]
    assert steps[0].startswith("ray up --yes")
    assert "ray job submit --no-wait --submission-id reach" in steps[1]


def test_a_cloud_makes_as_many_machines_as_the_run_needs(tmp_path, capsys):
    cloud = ["--cluster-set", "provider={type: aws, region: us-west-2}", "--cluster-set", "nodes.most=8"]
    files, _ = submitted(capsys, tmp_path / "reach", "ssh", *cloud, settings=STORED)
    cluster = yaml.safe_load(files["cluster.yaml"])
    validate_config(prepare_config(cluster))
    assert cluster["available_node_types"]["worker"]["min_workers"] == 1


@pytest.mark.parametrize("on", ["kuberay", "slurm", "ssh", "ray"])
def test_more_gpus_than_there_are_are_refused(on, tmp_path, capsys):
    run = tmp_path / "reach"
    asked = ("workers=8192", "worlds=8192", "backend=warp", "store=memory://runs")
    more = [] if on == "ssh" else ["--cluster-set", "nodes.most=2"]
    if on == "ray":
        more += ["--dry-run"]
    assert launch(run, on, *more, settings=asked) == 2
    line = capsys.readouterr().err.strip()
    assert line == "optimus: workers: expected at most 8: 8192 need 8192 GPUs, the cluster has 8"
    assert not run.exists()


@pytest.mark.parametrize("on", ["kuberay", "slurm", "ssh"])
def test_a_missing_program_is_named(on, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    run = tmp_path / "reach"
    assert launch(run, on) == 2
    assert "expected this program on the PATH; it is not there" in capsys.readouterr().err
    assert not run.exists()


def test_a_head_that_does_not_answer_is_said_so(tmp_path, capsys):
    run = tmp_path / "reach"
    assert launch(run, "ray", "--cluster-set", "address=http://127.0.0.1:9") == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "optimus: http://127.0.0.1:9: no Ray dashboard answers there"
    )
    assert not run.exists()
