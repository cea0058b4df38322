# Each word does its own set-up, and repeats in seconds.
PYTHON := .venv/bin/python
TESTING := EDC_ENVIRONMENT=test

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check fix bench soak

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1|/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: ## Install, start everything on this machine, print address and log-ins; Ctrl-C stops
	@python3 scripts/setup.py demo
	@exec $(PYTHON) scripts/demo.py

demo-reset: ## Forget the demonstration's data
	@python3 scripts/setup.py demo
	@$(PYTHON) scripts/demo.py reset

test: ## Run all tests, with real PostgreSQL, Redis, worker and browser; ARGS="-k name" chooses
	@python3 scripts/setup.py test
	@$(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## Lint, types, layers, migrations, generated docs, catalogue, locks; writes nothing
	@python3 scripts/setup.py check
	@$(TESTING) $(PYTHON) scripts/check.py

fix: ## Write what check would complain of, where a machine can
	@python3 scripts/setup.py check
	@$(TESTING) $(PYTHON) scripts/check.py --fix

bench: ## Measure speed as ratios and write docs/performance.md
	@python3 scripts/setup.py test
	@$(PYTHON) -m pytest tests/bench -m bench -p no:randomly --durations=0 $(ARGS)

soak: ## Long fault and concurrency runs, bounded in count and time
	@python3 scripts/setup.py test
	@$(PYTHON) -m pytest tests/soak -m soak $(ARGS)
