# The course's commands: `make lab` to learn, `make test` for all that CI runs. README.md says what each is for.

PYTHON = python3
LAB_ARGS =
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check
# Scripts in .venv/bin name their own place, so a repository that was moved is installed anew.
STAMP = $(VENV)/installed-$(shell pwd | cksum | cut -d' ' -f1)

# Two BLAS threads on a busy two-core machine are slower than one, and hang faiss after a fork.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1

.PHONY: lab install test check build lock clean lint types gates pytest

lab: $(STAMP)
	@$(BIN)/course lab -- $(LAB_ARGS)

install: $(STAMP)

test: lint types gates pytest

check: lint types gates

build: $(STAMP)
	$(BIN)/course build

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

gates: $(STAMP)
	$(BIN)/course build --check
	$(BIN)/course check

pytest: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

$(STAMP): requirements.lock pyproject.toml
	@if ! grep -qsF '$(CURDIR)/$(BIN)/' $(BIN)/pip; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "$(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing); the course needs Python 3.11 or newer:" \
	      "install one and name it, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV); fi
	@echo "Installing what requirements.lock names into $(VENV): once, a minute or two"
	@$(PIP) --no-deps -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q course autograde datasets
	@touch $@

# Keeps each version that still fits; remove requirements.lock first to move all of them to their newest.
lock:
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install -qq --disable-pip-version-check uv
	@build/lock/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' | \
	  build/lock/bin/uv pip compile --quiet pyproject.toml - --extra test --universal --fork-strategy fewest \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock
	@! grep -nE '://|^-|@ ' requirements.lock || { echo "requirements.lock names a host or a path: mend it" >&2; exit 1; }

# Never work/ (a learner's answers) and never cohort/ (submissions and grades).
clean:
	rm -rf $(VENV) build *.egg-info test-artifacts .course/check-cache.json .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find course autograde datasets tests -name __pycache__ -type d -prune -exec rm -rf {} +
