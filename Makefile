# Rexus Backups. Each target does all the set-up it needs; see README.md.
SHELL := /bin/bash
PYTHON := $(if $(PYTHON),$(PYTHON),python3)
export PYTHON
RUN := .venv/bin/python
# Kept compiled, modules are compiled once, and not in each of the processes that tests start.
export PYTHONDONTWRITEBYTECODE :=

# Size of the benchmark's data, how often each way is measured; ONLY=borg measures those peers alone.
SIZE_MIB ?= 1024
RUNS ?= 3
ONLY ?=
# How many random retention plans.
PLANS ?= 1000000
# Of which planners changes are tried: schedule retention health; empty: all.
PLANNERS ?=
# Every batch that the demonstration on SQL Server sends is written there too.
TRACE_SQL ?=
# Which tests; more options for pytest.
TESTS ?= tests
# Runs a Windows Python on Debian; its own variable WINDOWS_LAB names the folder it works in.
LAB ?= ../shared/tools/windows-lab

.PHONY: help setup demo demo-sqlserver run test compiled test-sqlserver faults plans mutate lint bench bench-judgements bench-sqlserver bench-ui pictures test-windows picture-windows windows-python lock catalogues house clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 24

setup:  ## make .venv with what the program needs
	@scripts/setup.sh run

demo: setup  ## three databases: back up, prove, damage, restore
	@$(RUN) main_backup.py demo

demo-sqlserver: setup  ## the same on SQL Server, with a point in time: TRACE_SQL=FILE writes every batch there
	@TRACE_SQL="$(TRACE_SQL)" $(RUN) scripts/demo_sqlserver.py

run: setup  ## the window; on example data while nothing is configured
	@[[ -e backup_config.json ]] || $(RUN) main_backup.py example
	@config=backup_config.json; [[ -e $$config ]] || config=example/backup_config.json; $(RUN) main_backup.py --config $$config

test:  ## linters, the window's tests on PyQt6, then all tests on PySide6
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory -j 2 lint compiled
	@QT_API=pyqt6 $(RUN) -m pytest -v -n 4 --dist worksteal tests/gui
	@QT_API=pyside6 $(RUN) -m pytest -v -n 4 --dist worksteal $(TESTS)

test-sqlserver: lint  ## what is asked of SQL Server alone; REXUS_SQLCMD names a sqlcmd
	@$(RUN) -m pytest -v -n $(if $(REXUS_TEST_SQLSERVER),0,2) --dist worksteal $(wildcard \
	  tests/engines/test_sqlcmd_*.py tests/engines/test_odbc_*.py tests/engines/test_tds_*.py \
	  tests/engines/test_tsql*.py tests/engines/test_bak_*.py tests/engines/test_chain_*.py \
	  tests/engines/test_double_*.py tests/engines/test_sqlserver_*.py tests/e2e/test_sqlserver_*.py)

faults: lint  ## a failure and a kill at every single call, every failure of a server; an hour
	@REXUS_EVERY_POINT=1 $(RUN) -m pytest -v -n 4 --dist worksteal tests/faults $(wildcard tests/e2e/test_sqlserver_*.py)

plans:  ## a million random retention plans against a model: PLANS=1000000
	@scripts/setup.sh test
	@$(RUN) tests/jobs/million_plans.py $(PLANS)

mutate:  ## change the planners spot by spot; their tests must notice 90 %: PLANNERS="schedule health"
	@scripts/setup.sh test
	@$(RUN) scripts/mutate.py $(PLANNERS)

compiled:
	@$(RUN) -m compileall -q rexus main_backup.py tests/sqlcmd_double tests/sqlserver_double
	@QT_API=pyside6 $(RUN) -m pytest -q -q --collect-only tests/gui $(TESTS) >/dev/null 2>&1 || : # the tests tell what is wrong

lint:  ## style and types
	@scripts/setup.sh test
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check -q .
	@$(RUN) -m mypy

bench: setup  ## against the peers: SIZE_MIB=1024 RUNS=3
	@scripts/setup.sh bench || echo "Not all peers could be installed; those missing are reported as absent." >&2
	@$(RUN) benchmarks/run.py --size-mib $(SIZE_MIB) --runs $(RUNS) --only "$(ONLY)"
	@$(RUN) benchmarks/judgements.py

bench-judgements: setup  ## ten thousand sets: plan, prune --plan, health, list; and a service that waits
	@$(RUN) benchmarks/judgements.py

bench-sqlserver:  ## SQL Server: seconds that we add to its own BACKUP of 2 GiB, and how long nothing is told
	@scripts/setup.sh test
	@$(RUN) benchmarks/sqlserver.py

bench-ui: setup  ## the window: first paint, tabs, the longest wait while three databases are copied
	@$(RUN) benchmarks/ui.py

pictures:  ## the pictures of docs/screenshots, taken anew of the running window
	@scripts/setup.sh test
	@scripts/bootstrap.sh pictures >/dev/null
	@$(RUN) scripts/pictures.py

test-windows: windows-python  ## the same tests on a Windows Python; LAB names the script that runs one
	@PYTHONUTF8=1 WINDOWS_LAB_ENV="PYTHONUTF8" "$(LAB)" python -m pytest -v $(TESTS)

picture-windows: windows-python  ## the window on Windows, for docs/screenshots
	@PYTHONUTF8=1 WINDOWS_LAB_ENV="PYTHONUTF8" "$(LAB)" python scripts/pictures.py

windows-python:
	@[[ -x "$(LAB)" ]] || { echo "No $(LAB): set LAB, or run 'python -m pytest tests' on Windows." >&2; exit 1; }
	@"$(LAB)" setup
	@mkdir -p .test-windows && awk '/^[^ ]/ { others = !/^numpy==/ } others' requirements-test.lock >.test-windows/requirements.lock
	@"$(LAB)" pip -q --no-deps --require-hashes -r .test-windows/requirements.lock
	@"$(LAB)" pip -q 'numpy<2' # newer ones crash under Wine, not on Windows

lock:  ## pin the newest versions
	@scripts/lock.sh

catalogues:  ## read the code's sentences into the catalogues, compile them
	@scripts/setup.sh test
	@scripts/catalogues.sh

house:  ## write the tables of docs/house.md anew
	@$(PYTHON) scripts/house.py

clean:  ## remove what was made
	rm -rf .venv .test-windows .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants
