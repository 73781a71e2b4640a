"""A run on a Ray cluster whose head dies: whoever launched it submits it again."""

import pytest
from launching import launch

from orchestrator.errors import InputError
from orchestrator.launch import submit as submitting
from orchestrator.launch import watch as watching
from orchestrator.launch.records import read_launched
from orchestrator.launch.submit import status
from orchestrator.launch.targets import TARGETS
from orchestrator.launch.targets.ray_jobs import RayJobs


class Cluster(RayJobs):
    """A cluster of which one knows what it will say, one word a look."""

    def __init__(self, *words):
        self.words, self.jobs = list(words), []

    def submit(self, job, submission):
        self.jobs.append(job)
        return f"{job.name}-{len(self.jobs)}"

    def standing(self, launched, run):
        word = self.words.pop(0)
        if word == "silent":
            raise InputError("http://127.0.0.1:8265", "no Ray dashboard answers there")
        return word, word


@pytest.fixture
def launched(tmp_path, monkeypatch):
    """A run on a cluster that will say certain words; nobody watches over it but the test."""
    monkeypatch.setattr(submitting, "start_watching", lambda run: None)

    def make(*words, retries=3):
        cluster, run = Cluster(*words), tmp_path / "run"
        monkeypatch.setitem(TARGETS, "ray", cluster)
        options = ["runs=/runs", f"retries={retries}", "watch_seconds=0.001"]
        assert launch(run, "ray", *(w for option in options for w in ("--cluster-set", option))) == 0
        return cluster, run

    return make


def test_a_forgotten_run_is_submitted_again_as_it_was(launched):
    cluster, run = launched("running", "silent", "silent", "lost", "queued", "running", "done")
    assert watching.watch(run) == "done"
    first, second = cluster.jobs
    assert first.config == second.config
    assert first.cluster == second.cluster
    assert read_launched(run).handle == "run-2"


def test_a_run_is_given_up_where_it_is_lost_too_often(launched):
    cluster, run = launched(*["lost"] * 3, retries=2)
    assert watching.watch(run) == "lost"
    assert len(cluster.jobs) == 3


@pytest.mark.parametrize("word", ["failed", "stopped"])
def test_a_run_that_ended_is_left_alone(launched, word):
    cluster, run = launched("running", word)
    assert watching.watch(run) == word
    assert len(cluster.jobs) == 1


def test_a_lost_run_that_is_watched_over_is_queued(launched, monkeypatch):
    _, run = launched("lost", "lost")
    assert status(run).state == "lost"
    monkeypatch.setattr(submitting, "holder", lambda run: 1)
    assert status(run).state == "queued"
