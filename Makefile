# `make generate` and `make test` do all their own set-up: they need Python and make alone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OWN := examples/own_distribution

.DEFAULT_GOAL := help
.PHONY: help generate check test test-fast explore lint types bench mutants upgrade-rehearsal clean

help:  ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[generate,dev]'
	touch $@

generate: $(STAMP)  ## Regenerate `generated/`, the table in `docs` and the example's classes.
	$(BIN)/tfp-trainables generate
	$(BIN)/tfp-trainables table --update docs/classes.md
	cd $(OWN) && $(abspath $(BIN))/tfp-trainables generate

check: $(STAMP)  ## Fail if one of these is not what the compiler renders.
	$(BIN)/tfp-trainables check
	$(BIN)/tfp-trainables table --check docs/classes.md
	cd $(OWN) && $(abspath $(BIN))/tfp-trainables check

# TensorFlow keeps every program until its process ends, and the suites of the compiled methods
# and of training make thousands of them: they have processes of their own.
COMPILED := tests/contract/test_compiled.py
TRAINING := tests/contract/test_recovery.py
PYTEST := $(BIN)/python -m pytest -n auto

# CLASSES='Wishart*' runs what concerns these classes alone.
test: $(STAMP)  ## Run the tests; of certain CLASSES alone, if they are named.
ifdef CLASSES
	$(PYTEST) tests/contract --classes '$(CLASSES)'
else
	$(PYTEST) --ignore $(COMPILED) --ignore $(TRAINING)
	$(PYTEST) tests/contract --fast --execution graph
	$(PYTEST) tests/contract --fast --execution xla
	$(PYTEST) $(COMPILED) -k test_answers
	$(PYTEST) $(COMPILED) -k "not test_answers"
	$(PYTEST) $(TRAINING)
endif

test-fast: $(STAMP)  ## Run the tests that answer within two minutes, on a dozen classes.
	$(PYTEST) --fast

explore: $(STAMP)  ## Draw other examples, for MINUTES or until interrupted; of CLASSES, from a SEED.
	$(BIN)/python tests/explore.py $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(CLASSES),--classes '$(CLASSES)')

lint: $(STAMP)  ## Check style.
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .

types: $(STAMP)  ## Check types.
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(STAMP)  ## Measure against TFP's ways, side by side.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/run.py

mutants: $(STAMP)  ## Put mistakes into MODULES, one by one: do the tests see them?
	PYTHONPATH=tests $(BIN)/python -m mutants $(MODULES)

upgrade-rehearsal: $(STAMP)  ## Generate, test and compare what several versions of TFP give.
	$(BIN)/python tests/upgrades/rehearse.py

clean:  ## Remove the virtual environment and caches.
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .ruff_cache .mutants
