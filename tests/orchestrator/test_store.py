"""Copies of runs on fsspec's file systems: whole or absent, and resumed from on another machine."""

import json
import shutil
import warnings

import fsspec
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from orchestrator.cli.main import main
from orchestrator.config_files import dump_config
from orchestrator.errors import InputError
from orchestrator.provenance import run_info
from orchestrator.training.loop import train
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.store import RunStore, StoreError
from orchestrator.training.trainer import Trainer
from policies.checkpoint import list_checkpoints, newest_valid_checkpoint

URL = "memory://bucket/runs"


@pytest.fixture(autouse=True)
def empty_memory():
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def config(tiny_config):
    return tiny_config.model_copy(update={"store": URL})


def begin(path, config):
    with RunDirectory.create(path, dump_config(config), run_info(config.task, config.seed)) as run:
        return train(Trainer(config), run)


def go_on(path, config):
    with RunDirectory.open(path, write=True) as run:
        return train(Trainer(config), run, resume=True)


@pytest.mark.parametrize("url", [URL, "{tmp}/share", "file://{tmp}/share"])
def test_another_machine_goes_on_to_the_bit(url, tiny_config, tmp_path):
    url = url.format(tmp=tmp_path)
    config = tiny_config.model_copy(update={"store": url})
    whole = begin(tmp_path / "whole", tiny_config)
    half = begin(tmp_path / "here" / "run", config.model_copy(update={"steps": config.steps // 2}))
    there = tmp_path / "there" / "run"
    assert RunStore.of(url, there).restore(there)
    assert half.steps < config.steps
    assert go_on(there, config).weights_sha256 == whole.weights_sha256
    rows = [
        pq.read_table(p / "metrics.parquet").column("step").to_pylist() for p in (there, tmp_path / "whole")
    ]
    assert rows[0] == rows[1]


def test_only_as_many_snapshots_stay_as_checkpoints(config, tmp_path):
    begin(tmp_path / "run", config.model_copy(update={"keep_checkpoints": 2}))
    store = RunStore.of(URL, tmp_path / "run")
    names = [path.name for path in list_checkpoints(tmp_path / "run" / "checkpoints")]
    assert store._names() == names[:2]


def test_half_a_snapshot_is_none(config, tmp_path):
    begin(tmp_path / "run", config)
    store, memory = RunStore.of(URL, tmp_path / "run"), fsspec.filesystem("memory")
    newest, before = store._complete()[:2]
    memory.rm_file(f"{store.path}/{newest.name}/manifest.json")
    assert store.newest() == before
    # and one with a byte changed is passed over
    damaged = f"{store.path}/{before.name}/checkpoint/state.json"
    memory.pipe_file(damaged, memory.cat_file(damaged) + b" ")
    there = tmp_path / "there" / "run"
    with pytest.warns(UserWarning, match="passed over a damaged snapshot"):
        assert store.restore(there)
    assert newest_valid_checkpoint(there / "checkpoints").name < before.name


def test_a_store_without_permission_is_refused_before_anything_is_written(tmp_path, capsys, monkeypatch):
    def forbid(*_, **__):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", forbid)
    place = tmp_path / "run"
    tiny = ["worlds=4", "steps=32", "threads=1", "ppo.minibatches=1", f"store={URL}"]
    overrides = [word for key in tiny for word in ("--set", key)]
    assert main(["train", "hand-reach", "--run-dir", str(place), *overrides]) == 2
    line = capsys.readouterr().err.strip()
    assert line == "optimus: store: memory://bucket/runs/run: cannot be written: Access Denied"
    assert not place.exists()


def test_an_unknown_protocol_is_refused():
    with pytest.raises(InputError, match="store: s4://bucket"):
        RunStore("s4://bucket")


def test_a_store_that_fails_meanwhile_costs_nothing_but_that_copy(config, tmp_path, monkeypatch):
    whole, calls = MemoryFileSystem.pipe_file, []

    def sometimes(self, path, value, **options):
        calls.append(path)
        if len(calls) == 3:
            raise ConnectionError("reset by peer")
        return whole(self, path, value, **options)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", sometimes)
    with pytest.warns(UserWarning, match="reset by peer; the next checkpoint is copied instead"):
        result = begin(tmp_path / "run", config)
    assert RunStore.of(URL, tmp_path / "run").newest().step == result.steps


def test_a_store_that_fails_at_the_end_is_an_error_and_resuming_mends_it(config, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "pipe_file", fail)
        warnings.simplefilter("ignore")
        with pytest.raises(StoreError, match="gone"):
            begin(tmp_path / "run", config)
    result = go_on(tmp_path / "run", config)
    assert RunStore.of(URL, tmp_path / "run").newest().step == result.steps


def test_a_new_run_does_not_mix_with_an_old_one_of_its_name(tmp_path, capsys):
    share = tmp_path / "share"
    tiny = ["worlds=4", "steps=64", "checkpoint_every=32", "threads=1", "ppo.minibatches=1", "ppo.epochs=1"]
    tiny += ["network.actor_hidden=[8]", "network.critic_hidden=[8]", f"store={share}"]
    words = [word for key in tiny for word in ("--set", key)]
    place = tmp_path / "run"
    command = ["train", "hand-reach", "--run-dir", str(place), *words]
    assert main([*command, "--go-on"]) == 0
    shutil.rmtree(place)
    assert main(command) == 2
    assert "a run's snapshots are already there" in capsys.readouterr().err
    assert not place.exists()
    # from the store alone
    assert main([*command, "--go-on", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 64
    assert main([*command, "--overwrite"]) == 0
