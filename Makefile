# Two commands do all that a newcomer needs: `make run` and `make test`. `make` lists the rest.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

# The demo box lives in the checkout, so that it is gone when the checkout is, and never mixes
# with a box of your own. To run that one: make run CONFIG=/path/to/box.toml
DEMO := .demo
CONFIG := $(DEMO)/box.toml

.PHONY: help run demo test setup setup-test lint format bench lock install uninstall clean \
	virtual-pi hil hil-controls soak

# What is wired to what on the bench; a virtual Pi needs nothing. For real boards: make hil RIG=FILE
RIG := hil/rig.toml
HIL := $(BIN)/python -m hil --rig '$(RIG)'

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

run: setup $(if $(filter file,$(origin CONFIG)),demo) ## play: the demo, or your own box with CONFIG=/path/to/box.toml
	@exec $(BIN)/python -m wkmp_pi.demo.broker '$(CONFIG)'

test: export PATH := $(CURDIR)/$(BIN):$(PATH)
test: setup-test ## all tests, with at least 90 % of the code reached, and the rig's
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report >.covered.txt || { cat .covered.txt; exit 1; }
	@tail -n 1 .covered.txt
	@$(HIL) --short --where-possible

virtual-pi: setup-test ## the kernel of the virtual Pi; built once, in some minutes
	@hil/virtual/kernel/build

hil: export PATH := $(CURDIR)/$(BIN):$(PATH)
hil: setup-test ## the box on the rig: what it promises and what was measured
	@$(HIL)

hil-controls: export PATH := $(CURDIR)/$(BIN):$(PATH)
hil-controls: setup-test ## break the product on purpose and see the rig notice
	@$(HIL) --controls

soak: export PATH := $(CURDIR)/$(BIN):$(PATH)
soak: setup-test ## a day of music in simulated time; some hours
	@$(HIL) --hours

setup: ## what run needs: Debian packages, .venv, locked Python packages
	@config/setup/prepare run

setup-test: ## the same for test and lint
	@config/setup/prepare test

lint: setup-test ## formatting, style, types, and who may import whom
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

format: setup-test ## put the sources into the shape that lint expects
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --quiet --fix

bench: export PATH := $(CURDIR)/$(BIN):$(PATH)
bench: setup-test ## measure this machine, beside MPD, in at most 10 minutes
	@config/setup/prepare bench
	@$(BIN)/python tests/bench/run.py

lock: setup-test ## resolve the dependencies anew
	@config/setup/lock

install: ## as root: the service, in /opt/wkmp-pi, started now and at every boot
	@config/setup/install

uninstall: ## as root: the service away again; the library in /var/lib/wkmp-pi stays
	@config/setup/install --remove

clean: ## remove the demo, .venv and everything else that can be made again
	rm -rf $(DEMO)* .venv build *.egg-info .coverage* .covered.txt .hypothesis .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

demo: setup
	@$(BIN)/python -m wkmp_pi.demo $(DEMO)
