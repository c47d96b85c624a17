# The course's commands: `make lab` to learn, `make test` for all that CI runs. README.md says what each is for.

# The environment's own LAB_ARGS and PYTHON count where the command line names none.
PYTHON ?= python3
LAB_ARGS ?=
VENV = .venv
BIN = $(VENV)/bin
# Scripts in .venv/bin name their own place, so a repository that was moved is installed anew.
PLACE = $(shell pwd | cksum | cut -d' ' -f1)
STAMP = $(VENV)/installed-$(PLACE)
TOOLS = $(VENV)/tools-$(PLACE)

# Two BLAS threads on a busy two-core machine are slower than one, and hang faiss after a fork.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
# A known mistake that uses Python's own hash answers alike on both sides of the wall.
export PYTHONHASHSEED = 0

.PHONY: lab install tools test check nightly build lock clean lint types gates pytest fast

lab: $(STAMP)
	@$(BIN)/course lab -- $(LAB_ARGS)

install: $(STAMP)

# What tests, gates and the author of a day need on top of what a learner has.
tools: $(TOOLS)

test: lint types gates pytest

check: lint types gates

# What repeats, for a night: every lesson run as it stands, every known mistake at hidden seeds, every day played on the
# reference and read in both themes.
nightly: $(TOOLS)
	$(BIN)/course check --nightly
	COURSE_NIGHTLY=1 $(BIN)/python -m pytest tests/house/test_notebook_reference.py tests/browser/test_access.py

build: $(TOOLS)
	$(BIN)/course build

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(TOOLS)
	$(BIN)/mypy

gates: $(TOOLS)
	$(BIN)/course build --check
	$(BIN)/course check

pytest: $(TOOLS)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# What another Python could break, in a minute: `make fast PYTHON=python3.13 VENV=build/python3.13`.
fast: $(TOOLS)
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/house tests/build/test_cutting.py tests/build/test_lesson.py

$(STAMP): requirements.lock pyproject.toml
	@if ! grep -qsF '$(CURDIR)/$(BIN)/' $(BIN)/pip; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "$(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing); the course needs Python 3.11 or newer:" \
	      "install one and name it, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV); fi
	@$(BIN)/python course/install.py requirements.lock
	@touch $@

$(TOOLS): $(STAMP) requirements-test.lock
	@$(BIN)/python course/install.py requirements-test.lock
	@touch $@

# Keeps each version that still fits; remove the locks first to move all of them to their newest.
LOCK = build/lock
COMPILE = $(LOCK)/bin/uv pip compile --quiet pyproject.toml - --universal --fork-strategy fewest --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --no-header
BACKEND = $(LOCK)/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])'

lock:
	@$(PYTHON) -m venv $(LOCK)
	@$(LOCK)/bin/python -m pip install -qq --disable-pip-version-check uv
	@$(BACKEND) | $(COMPILE) -o requirements.lock
	@$(BACKEND) | $(COMPILE) --extra test --constraints requirements.lock \
	  $$(sed -nE 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' requirements.lock) -o requirements-test.lock
	@rm -r $(LOCK)
	@! grep -nE '://|^-|@ ' requirements*.lock || { echo "a lock names a host or a path: mend it" >&2; exit 1; }

# Never work/ (a learner's answers) and never cohort/ (submissions and grades).
clean:
	rm -rf $(VENV) build *.egg-info test-artifacts .course/check-cache.json .course/told .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find course autograde datasets tests -name __pycache__ -type d -prune -exec rm -rf {} +
