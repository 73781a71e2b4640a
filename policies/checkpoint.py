"""Checkpoints: a directory of safetensors and JSON that is either complete and unharmed, or refused.

    step_000001234567/
        tensors.safetensors   weights, optimizer, environment rows, generator states
        state.json            everything else
        manifest.json         format, and sha256 and size of the two files; written last

A checkpoint is written under a hidden temporary name, its files and the directory are synced to the disk, and
only then is it renamed: a kill at any moment leaves the earlier checkpoints as they were. Nothing is pickled.
"""

import hashlib
import json
import os
import re
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

FORMAT = 1
"""Version of the layout described above."""

_TENSORS, _STATE, _MANIFEST = "tensors.safetensors", "state.json", "manifest.json"
_PARTIAL = ".partial"
_NAME = re.compile(r"step_(\d{12,})")


class CheckpointError(Exception):
    """A checkpoint is incomplete, damaged or of another format; the message is one line."""


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies in `folder`; names sort as their steps do."""
    return folder / f"step_{step:012d}"


def checkpoint_step(directory: Path) -> int:
    """Step in a checkpoint's name.

    Raises:
        ValueError: it isn't named like one.
    """
    match = _NAME.fullmatch(directory.name)
    if match is None:
        raise ValueError(f"{directory.name!r} is not a checkpoint's name")
    return int(match[1])


def list_checkpoints(folder: Path) -> list[Path]:
    """Directories named like checkpoints, newest first, damaged ones included."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    return sorted(found, key=checkpoint_step, reverse=True)


def save_checkpoint(directory: Path, tensors: Mapping[str, Tensor], state: dict[str, Any]) -> None:
    """Write a checkpoint; one that is already there is replaced.

    Args:
        directory: the checkpoint itself; its parent is made where it is missing, and what a killed process
            left unfinished in it is removed.
        tensors: by name, of any shape, device and dtype that safetensors has.
        state: what JSON can hold and give back unchanged: dicts with string keys, lists, strings, integers,
            floats (exact, NaN and infinities included), booleans, none.

    Raises:
        TypeError: `state` holds something that JSON would lose or change.
    """
    _check_json(state, "state")
    folder = directory.parent
    folder.mkdir(parents=True, exist_ok=True)
    _remove_partial(folder)
    partial = folder / f".{directory.name}{_PARTIAL}"
    partial.mkdir()
    files = {
        _TENSORS: safetensors.torch.save(_own_memory(tensors)),
        _STATE: json.dumps(state, indent=1).encode(),
    }
    for name, data in files.items():
        _write(partial / name, data)
    seal = {name: {"sha256": _sha256(data), "bytes": len(data)} for name, data in files.items()}
    _write(partial / _MANIFEST, json.dumps({"format": FORMAT, "files": seal}, indent=1).encode())
    _sync(partial)
    if directory.exists():
        directory.rename(folder / f".{directory.name}.replaced{_PARTIAL}")
    partial.rename(directory)
    _sync(folder)
    _remove_partial(folder)


def load_checkpoint(directory: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint, checking every byte of it against its manifest.

    Returns:
        The tensors, on the CPU, and the state, as they were given to `save_checkpoint`.

    Raises:
        CheckpointError: it is incomplete, damaged or of another format.
    """
    files = _read_verified(directory)
    try:
        return safetensors.torch.load(files[_TENSORS]), json.loads(files[_STATE])
    except (SafetensorError, ValueError) as error:
        raise CheckpointError(f"{directory}: unreadable although its checksums hold: {error}") from error


def verify_checkpoint(directory: Path) -> None:
    """Check that a checkpoint is complete and unharmed.

    Raises:
        CheckpointError: it is not; says which file and why.
    """
    _read_verified(directory)


def newest_valid_checkpoint(folder: Path, on_damage: Callable[[str], None] | None = None) -> Path | None:
    """The newest checkpoint in `folder` that is complete and unharmed, or none.

    Args:
        folder: may be missing.
        on_damage: called with one line for each damaged checkpoint passed over; by default it is a warning.
    """
    tell = on_damage or (lambda line: warnings.warn(line, stacklevel=3))
    for directory in list_checkpoints(folder):
        try:
            verify_checkpoint(directory)
        except CheckpointError as error:
            tell(f"passed over a damaged checkpoint: {error}")
        else:
            return directory
    return None


def prune_checkpoints(folder: Path, keep: int = 3) -> None:
    """Remove all checkpoints older than the newest `keep` valid ones.

    Damaged ones don't count, so that at least `keep` remain to go back to.

    Raises:
        ValueError: `keep` is less than 1.
    """
    if keep < 1:
        raise ValueError(f"keep: expected at least 1, got {keep}")
    valid = 0
    for directory in list_checkpoints(folder):
        if valid >= keep:
            # Renamed first: a kill in the middle must not leave half a checkpoint under a valid name.
            partial = folder / f".{directory.name}.pruned{_PARTIAL}"
            directory.rename(partial)
            shutil.rmtree(partial)
            continue
        try:
            verify_checkpoint(directory)
        except CheckpointError:
            continue
        valid += 1


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """One checksum over named tensors: equal where names, dtypes, shapes and every bit are equal."""
    return _sha256(safetensors.torch.save(_own_memory(tensors)))


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _own_memory(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """CPU copies where safetensors needs them: contiguous, no two in one storage."""
    taken: set[int] = set()
    owned: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        plain = tensor.detach().to("cpu").contiguous()
        place = plain.untyped_storage().data_ptr()
        owned[name] = plain.clone() if place in taken else plain
        taken.add(place)
    return owned


def _check_json(value: object, where: str) -> None:
    """Refuse what JSON would turn into something else: tuples, integer keys, objects."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: expected keys of type str, got {key!r}")
            _check_json(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_json(item, f"{where}[{index}]")
    elif value is not None and not isinstance(value, str | int | float):
        raise TypeError(f"{where}: JSON cannot hold a {type(value).__name__}")


def _read_verified(directory: Path) -> dict[str, bytes]:
    manifest = _read_manifest(directory)
    files: dict[str, bytes] = {}
    for name in (_TENSORS, _STATE):
        data = _read(directory, name)
        seal = manifest[name]
        if len(data) != seal["bytes"]:
            raise CheckpointError(
                f"{directory}: {name} has {len(data)} bytes, its manifest says {seal['bytes']}"
            )
        if _sha256(data) != seal["sha256"]:
            raise CheckpointError(f"{directory}: {name} does not match its checksum")
        files[name] = data
    return files


def _read_manifest(directory: Path) -> dict[str, dict[str, Any]]:
    try:
        manifest = json.loads(_read(directory, _MANIFEST))
        version, files = manifest["format"], manifest["files"]
        for name in (_TENSORS, _STATE):
            files[name] = {"bytes": int(files[name]["bytes"]), "sha256": str(files[name]["sha256"])}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{directory}: {_MANIFEST} is damaged") from error
    if version != FORMAT:
        raise CheckpointError(f"{directory}: format {version!r}, expected {FORMAT}")
    return files


def _read(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        raise CheckpointError(f"{directory}: {name}: {error.strerror}") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    """Make a directory's entries durable: a rename lives in its parent."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_partial(folder: Path) -> None:
    for path in folder.glob(f".step_*{_PARTIAL}"):
        shutil.rmtree(path)
