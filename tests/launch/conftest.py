"""Other programs, played by scripts."""

import pytest


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a shell script on the PATH under a name; what it was asked is written beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def make(name, body):
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "$@" >> {folder}/{name}.asked\n{body}\n')
        script.chmod(0o755)
        return lambda: (folder / f"{name}.asked").read_text().splitlines()

    return make
