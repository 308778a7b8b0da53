# Everything from a fresh clone with nothing but Python 3.11:
#
#   make demo    build .venv, install, train R1 end to end on the CPU and print the comparison table
#   make test    the whole test suite, in a process for each core; ARGS="-n 0" in one
#   make fast    the tests that need no torch, in seconds
#   make tiers   the tests that need more than a Python: several processes, DeepSpeed, vLLM, SLURM; TIERS=... chooses among
#                their marks, TIERS=long are those that take minutes
#   make check   lint, format, types, import rules
#   make bench   how long the command line and TAB take to answer, how fast and how rightly text is judged
#   make lock    write requirements.lock anew (needs uv)
#   make clean   remove .venv and caches; what was trained (outputs/) stays
#
# PYTHON=... chooses the interpreter, ARGS=... goes to `r1 run` or to pytest, DATA=... is where benchmarks find public data.

PYTHON ?= python3.11
TIERS ?= (distributed or vllm or slurm) and not long
DATA ?= ../shared/data
VENV := .venv
BIN := $(VENV)/bin
# A file's tests stay together, as they share what the first of them made, and in the order that tests/conftest.py gives them.
SIDE_BY_SIDE := --numprocesses auto --dist loadfile --no-loadscope-reorder
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
BESIDE := .tiers
INSTALLED_BESIDE := $(BESIDE)/.installed

.PHONY: demo test fast tiers check bench lock clean

demo: $(INSTALLED)
	$(BIN)/r1 run $(ARGS)

test: $(INSTALLED_DEV)
	@missing=; for program in chromium chromedriver bwrap zsh fish; do \
	    command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	    test -z "$$missing" || echo "not installed, so some tests skip:$$missing" \
	    "(Debian: apt-get install chromium chromium-driver bubblewrap zsh fish)"
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

fast: $(INSTALLED_DEV)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not torch and not slow and not long and not slurm" $(ARGS)

tiers: $(INSTALLED_DEV) $(INSTALLED_BESIDE)
	PYTHONPATH=$(CURDIR)/$(BESIDE) $(BIN)/python -m pytest -m "$(TIERS)" $(ARGS)

check: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict r1cli stages
	$(BIN)/lint-imports

bench: $(INSTALLED_DEV)
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.language
	$(BIN)/python -m benchmarks.completion
	$(BIN)/python -m benchmarks.verification
	$(BIN)/python -m benchmarks.scoring $(DATA)/model_outputs
	$(BIN)/python -m benchmarks.sandbox $(DATA) 40

# The head of the file stays; of what torch's builds for GPUs need, nothing comes in.
lock: $(INSTALLED_DEV)
	sed -n '/^#/p' requirements.lock > requirements.lock.new
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' | uv pip compile pyproject.toml --extra dev \
	    --python-version 3.11 --generate-hashes --constraint - --no-header --no-annotate \
	    --no-emit-package torch --no-emit-package triton --quiet \
	    | awk '/^[^ ]/ {skip = /^(cuda|nvidia)-/} !skip' >> requirements.lock.new
	mv requirements.lock.new requirements.lock

clean:
	rm -rf $(VENV) $(BESIDE) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The stamps make the second `make` instant; a changed requirement installs again.
$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing r1cli into $(VENV); the first time takes some minutes"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(INSTALLED_DEV): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing r1cli and its development tools into $(VENV); the first time takes some minutes"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $(INSTALLED) $@

# One by one, because one of them may not be to be had; then there is no stamp, and the next `make tiers` tries again.
$(INSTALLED_BESIDE): .ci/deepspeed.txt .ci/vllm.txt | $(INSTALLED_DEV)
	@echo "installing what the tiers need into $(BESIDE), which only they look at"
	@whole=yes; for list in $^; do \
	    DS_BUILD_OPS=0 $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --upgrade --target $(BESIDE) \
	        --requirement $$list || { whole=; echo "not installed: $$list; the tests that need it skip"; }; done; \
	    test -z "$$whole" || touch $@
