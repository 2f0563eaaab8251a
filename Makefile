# Everything a newcomer types. `make run` and `make test` are all the set-up there is.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= configs/netops.yaml
IN_PARALLEL := --numprocesses auto --dist worksteal
CORPUS ?= $(NETOPS_CORPUS)/snmprec
CATALOGUES := $(wildcard netops/locale/*/LC_MESSAGES/netops.po)

.PHONY: help install install-dev run demo test check format peers lock grafana bench bench-snmp bench-scale bench-exporter \
        bench-store bench-history bench-backup bench-alerts bench-syslog corpus fuzz messages schema changelog clean

help: ## Say what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.made:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends python3.11-venv; } || \
	  { echo "Python 3.11 with venv is needed: as root, apt-get install python3.11-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.lock pyproject.toml hatch_build.py $(CATALOGUES)
	@echo "Installing what netops runs on (locked, with hashes) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@echo "Installing what its tests run on …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

install: $(VENV)/.run ## Create .venv with netops in it

install-dev: $(VENV)/.dev ## The same, with the tools of its developers

run: install ## Start the daemon with configs/
	@$(BIN)/netops run --config $(CONFIG)

demo: install ## Start it beside a simulated network
	@$(BIN)/netops simulate --demo

test: install-dev ## Install what the tests need, and run them all
	@scripts/peers.sh --if-root
	@$(BIN)/pytest $(IN_PARALLEL)

check: install-dev ## All that the build checks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest $(IN_PARALLEL)

format: install-dev ## Put the code into its form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

peers: ## Install the programs that tests run beside (root)
	@scripts/peers.sh

bench: bench-snmp bench-store bench-history bench-backup bench-exporter bench-alerts bench-syslog bench-scale ## All benchmarks; figures go to docs/performance.md

bench-snmp: install-dev ## Engine and whole path against snmp_exporter, in one run
	@$(BIN)/python bench/snmp_engine.py

bench-scale: install-dev ## Thousands of simulated switches on this machine
	@$(BIN)/python bench/scale.py

bench-exporter: install-dev ## /metrics with a million samples, and /probe
	@$(BIN)/python bench/exporter_scale.py

bench-store: install-dev ## Writes a second, and bytes of log a poll
	@$(BIN)/python bench/store_writes.py

corpus: install-dev ## Polls of recorded devices against what is known of them (CORPUS=folder, OPTIONS=--misses)
	@$(BIN)/python -m bench.corpus $(OPTIONS) $(CORPUS)

bench-alerts: install-dev ## The shipped rules over 15,000 series; how soon a message leaves; a storm; a hundred kills
	@$(BIN)/python bench/rules.py
	@$(BIN)/python bench/alert_road.py latency
	@$(BIN)/python bench/alert_road.py storm
	@$(BIN)/python bench/alert_road.py kill

bench-history: install-dev ## Traffic history of 50,000 interfaces: insert, size, percentile, top, packing
	@$(BIN)/python bench/history.py

bench-backup: install-dev ## Sessions, slow streams, thousands of devices, an archive of years
	@$(BIN)/python bench/backup.py

bench-syslog: install-dev ## Messages read, signs looked for, a stream through the receiver
	@$(BIN)/python bench/syslog.py

fuzz: install-dev ## Ten million hostile datagrams (needs atheris)
	@$(BIN)/pip install --quiet --disable-pip-version-check atheris
	@$(BIN)/python bench/fuzz_snmp.py -runs=10000000 -max_len=1500

messages: install-dev ## Take new texts into the catalogues
	@$(BIN)/pybabel --quiet extract -F pyproject.toml --no-location --sort-output --project netops --copyright-holder 'the netops authors' \
	  --header-comment '# The texts of netops. Made by `make messages`.' -k _ -k ngettext:1,2 \
	  -o netops/locale/netops.pot netops
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -i netops/locale/netops.pot \
	  -d netops/locale -D netops -l zh_CN
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

schema: install-dev ## Write docs/schema and the settings reference from the models
	@$(BIN)/python -m netops.settings docs
	@$(BIN)/python -m netops.profiles docs

grafana: install-dev ## Write grafana/dashboards from their source
	@$(BIN)/python -m grafana.source

changelog: install-dev ## Show what the next release says
	@$(BIN)/towncrier build --draft

lock: install-dev ## Choose versions anew: names, versions and hashes only
	@scripts/lock.sh

clean: ## Remove what was built (never data/)
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
