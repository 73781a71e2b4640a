"""Configs that extend others."""

import pytest
from pydantic import BaseModel, ConfigDict

from orchestrator.config_files import load_config
from orchestrator.errors import InputError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 0
    b: int = 0
    source: str | None = None


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: Inner | None = None
    parts: dict[str, Inner] = {}


BASE = "name: base\ninner: {a: 1, b: 2}\nparts: {x: {a: 1}, y: {a: 5, source: s}}\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def load(place, text, overrides=()):
    (place / "own.yaml").write_text(text)
    return load_config("own.yaml", overrides, Outer)


def test_own_keys_replace_the_bases_one_by_one(place):
    config = load(place, "extends: base.yaml\ninner: {b: 7}\nparts: {x: {b: 3}, z: {a: 9}}\n", ["inner.a=4"])
    assert config.name == "base"
    assert config.inner == Inner(a=4, b=7)
    assert config.parts == {"x": Inner(a=1, b=3), "y": Inner(a=5, source="s"), "z": Inner(a=9)}


def test_a_mapping_that_names_its_source_replaces_and_null_takes_away(place):
    config = load(place, "extends: base.yaml\ninner: null\nparts: {y: {b: 1, source: t}}\n")
    assert config.inner is None
    assert config.parts["y"] == Inner(b=1, source="t")


def test_a_base_may_have_a_base(place):
    (place / "folder").mkdir()
    (place / "folder" / "middle.yaml").write_text("extends: ../base.yaml\nname: middle\n")
    config = load(place, "extends: folder/middle.yaml\n")
    assert (config.name, config.inner) == ("middle", Inner(a=1, b=2))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("extends: own.yaml\n", "own.yaml: extends: in a circle"),
        ("extends: 3\n", "own.yaml: extends: expected a config's name or a YAML file, got 3"),
        ("extends: bose.yaml\n", "own.yaml: extends: bose.yaml: no such config or file"),
        ("extends: base.yaml\nparts: {x: {a: '1'}}\n", "parts.x.a: expected a number, got '1'"),
    ],
)
def test_wrong_bases(place, text, complaint):
    with pytest.raises(InputError) as error:
        load(place, text)
    assert complaint in str(error.value)
