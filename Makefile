# make run       start the app                        make test     every check but the nightly ones
# make quick     the fast tests only                  make nightly  what takes a cluster, a wheel or the network
# make coverage  the fast tests with line coverage    make newer    the fast tests on Python 3.12, if it is found
# make format    format Python, scripts, sheets       make clean    remove what these made
# The first call makes .venv and installs into it; later calls install only when a requirements file has changed.

SHELL := /bin/sh
.DEFAULT_GOAL := run
.PHONY: run test format types tests quick nightly coverage newer clean venv app-packages test-packages browser cluster

HOST ?= 127.0.0.1
PORT ?= 7860
export HOST PORT

# The tests start many Pythons, which would compile the project each time where the environment says so.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
CAN_MAKE_VENV := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

# Tried by running it: a version manager can put a command on the path that fails when it is called.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1 && echo $$python && break; done)

# pip's command is the last thing that making a virtual environment writes, so a half-made one lacks it.
VENV_WORKS = test -x $(VENV)/bin/pip && $(VENV_PYTHON) -c '$(RECENT)' && $(VENV_PYTHON) -m pip --version

# The stamp is a copy of the file that was installed: a checkout changes a file's time without changing the file.
STAMP = $(VENV)/installed-$(subst /,-,$(1))
INSTALL = @cmp -s $(1) $(STAMP) || { \
	$(VENV_PYTHON) -m pip install --disable-pip-version-check -r $(1) && cp $(1) $(STAMP); }

# A worker takes a whole file, and with it the servers and models that the file's tests share. The order of the files is
# that of tests/conftest.py, the longest first. The summary names each test of a browser that was run once more.
CORES = -n auto --dist loadfile --no-loadscope-reorder -r fER

# From Python 3.12 on, coverage listens to sys.monitoring, which costs little; before, it traces each line.
COVERAGE_CORE = $(shell $(VENV_PYTHON) -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")')

run: app-packages
	$(VENV_PYTHON) app.py

test: test-packages browser
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV)/bin/biome format .
	$(VENV)/bin/biome lint .
	$(MAKE) --no-print-directory -j2 types tests

format: test-packages
	$(VENV_PYTHON) -m ruff check --fix-only --exit-zero .
	$(VENV_PYTHON) -m ruff format .
	$(VENV)/bin/biome format --write .

# Both at once: tests with a browser leave a part of two cores free, and types give way to them.
types: test-packages
	nice $(VENV_PYTHON) -m mypy explorer research app.py

tests: test-packages browser
	$(VENV_PYTHON) -m pytest $(CORES) -m "not nightly"

quick: test-packages
	$(VENV_PYTHON) -m pytest $(CORES) --ignore tests/browser -m "not slow and not nightly"

nightly: test-packages cluster
	$(VENV_PYTHON) -m tests.dependencies --audit
	$(VENV_PYTHON) -m pytest $(CORES) -m nightly
	$(MAKE) newer

coverage: test-packages
	COVERAGE_CORE=$(COVERAGE_CORE) $(VENV_PYTHON) -m pytest $(CORES) --ignore tests/browser -m "not slow and not nightly" \
		--cov=explorer --cov=research --cov-report=term:skip-covered

# A second virtual environment, so that the first one stays as it is. A version manager may hide the command; name its
# Python then, as in `make newer NEWER=/path/to/python3.12`.
NEWER ?= python3.12
newer:
	@if $(NEWER) -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1; then \
		$(MAKE) coverage VENV=.venv-3.12 PYTHON=$(NEWER); \
	else \
		echo "No $(NEWER) here, so its tests are skipped (name one with NEWER=/path/to/python3.12)."; \
	fi

app-packages: venv
	$(call INSTALL,requirements.txt)

test-packages: app-packages
	$(call INSTALL,tests/requirements.txt)

# The browser tests drive Debian's Chromium and Firefox; tests of one that cannot be installed are skipped, and say so.
# Chromium's headless shell is the same engine in fewer processes: the tests take it where it is, and Chromium elsewhere.
browser:
	@command -v chromium >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; \
		else \
			echo "No chromium here, so the browser tests are skipped (on Debian: apt install chromium)."; \
		fi; }
	@command -v chromium-headless-shell >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium-headless-shell \
				|| echo "Chromium's headless shell could not be installed, so the tests take Chromium."; \
		fi; }
	@command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends firefox-esr \
				|| echo "Firefox could not be installed, so its tests are skipped."; \
		else \
			echo "No Firefox here, so its tests are skipped (on Debian: apt install firefox-esr)."; \
		fi; }

# The tests of sweeps on a cluster start a Slurm of one node; without it they are skipped, and say so.
cluster:
	@command -v sbatch >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge \
				|| echo "Slurm could not be installed, so its tests are skipped."; \
		else \
			echo "No Slurm here, so its tests are skipped (on Debian: apt install slurm-wlm munge)."; \
		fi; }

# A Python given by hand, as in `make run PYTHON=python3.12`, gets the same checks as the ones that are tried.
venv:
	@{ $(VENV_WORKS); } >/dev/null 2>&1 || { \
		python='$(PYTHON)'; \
		if "$${python:-false}" -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1; then \
			echo "Making $(VENV) with $$python"; \
			"$$python" -m venv --clear $(VENV); \
		else \
			for python in $${python:-python3.11 python3.12 python3.13 python3}; do \
				if "$$python" -c '$(RECENT)' >/dev/null 2>&1; then \
					echo "$$python lacks the venv module: install it (on Debian: apt install python3-venv) and run make again." >&2; \
					exit 1; \
				fi; \
			done; \
			echo "Python 3.11 or newer is needed and none was found: install it, or name it with PYTHON=/path/to/python." >&2; \
			exit 1; \
		fi; }

# Run folders are the user's work and stay.
clean:
	rm -rf $(VENV) .venv-3.12 .coverage .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
