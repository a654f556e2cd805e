# Everything a person does with Trivsel from a checkout. Each target does its own set-up, on a fresh
# Debian 12 as well as the hundredth time; the stamp files in .venv make the hundredth time quick.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
LOCK := $(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --quiet
ARGS ?=

.PHONY: help
help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# -- the house on this machine --------------------------------------------------------------------------

.PHONY: run
run: $(VENV)/.assets ## Start broker, services, gateway and mailbox with an invented municipality; Ctrl-C stops all
	@exec $(PY) -m deploy.local.run $(ARGS)

.PHONY: demo
demo: $(VENV)/.assets ## Rate a whole round through the API, check that nothing is lost, doubled or leaked, and stop
	@exec $(PY) -m deploy.local.run --demo $(ARGS)

# -- for developers -------------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/.dev $(VENV)/.assets ## Run every test but the slow ones (ARGS="-k word" for some)
	$(PY) -m tests $(ARGS)

.PHONY: test-slow
test-slow: $(VENV)/.dev ## Run the slow tests only
	$(PY) -m pytest -m slow --timeout 1800 $(ARGS)

.PHONY: test-rabbit
test-rabbit: $(VENV)/.dev ## Run the tests of bus, services and faults on RabbitMQ 4, from a Debian 13 in .run (as root)
	deploy/local/debian13.sh .run/debian13
	RABBITMQ_ROOT=$(abspath .run/debian13) $(PY) -m pytest -m "not slow" -q tests/integration tests/faults $(ARGS)

.PHONY: faults
faults: $(VENV)/.dev ## Kill, cut and pause everything, some hundreds of times, and count what is lost or doubled (long)
	$(PY) -m tests.faults $(ARGS)

.PHONY: bench
bench: $(VENV)/.bench ## Measure speed beside two peers and the limit (long; ONLY=chain for one part)
	$(PY) -m bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## Check style, types and who imports whom
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-cache

.PHONY: format
format: $(VENV)/.dev ## Put the code in the agreed form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: docs
docs: $(VENV)/.dev ## Write anew what is made from code: docs/events.md, docs/asyncapi.json, the roles of docs/sign-in.md
	$(PY) -W ignore -m services.chassis.documents docs
	$(PY) -m services.gateway.documents docs

TEXTS := services/gateway/translations
.PHONY: screenshots
screenshots: $(VENV)/.dev $(VENV)/.assets ## Take the pictures of docs/images anew, in a small house with invented people
	$(PY) -m deploy.local.screenshots

.PHONY: texts
texts: $(VENV)/.dev ## Gather what pages say into the English catalogue; translate what is empty there by hand
	cd services/gateway && $(abspath $(VENV))/bin/pybabel -q extract -F translations/babel.cfg -k N_ -k _l --no-location \
	    --sort-output --omit-header -o $(abspath $(VENV))/texts.pot .
	$(VENV)/bin/pybabel -q update -i $(VENV)/texts.pot -d $(TEXTS) -l en --no-fuzzy-matching --ignore-obsolete \
	    --omit-header --no-wrap

.PHONY: lock
lock: $(VENV)/.dev ## Pin what pyproject.toml asks for, with hashes (ARGS=--upgrade for newer ones)
	$(LOCK) $(ARGS) --output-file requirements.lock
	$(LOCK) $(ARGS) --group dev --output-file requirements-dev.lock
	$(LOCK) $(ARGS) --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock
	$(VENV)/bin/uv pip compile --group pyproject.toml:node --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --quiet $(ARGS) --output-file requirements-node.lock

.PHONY: image
image: ## Build the container image on a base made on this machine (needs buildah and debootstrap, as root)
	deploy/image/build.sh

.PHONY: clean
clean: ## Delete what `make run` has stored (.run); the next run begins with a new municipality
	rm -rf .run

# -- set-up ---------------------------------------------------------------------------------------------

$(VENV)/bin/python:
	deploy/local/venv.sh $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up Python libraries ..."
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.assets: deploy/assets/package-lock.json deploy/local/assets.py $(VENV)/.run
	@echo "Fetching the design system ..."
	$(PY) -m deploy.local.assets
	touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.run
	@echo "Setting up the peers that the benchmark measures ..."
	$(PIP) --require-hashes -r requirements-bench.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Setting up Python libraries for developing ..."
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@
