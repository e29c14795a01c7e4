# Two commands do everything:  make run  ·  make test
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python
PORT ?= 8501
# how many test processes; each that meets a page starts a server and a browser of its own
JOBS ?= 2

.PHONY: run test check format setup setup-dev screenshot clean

run: setup
	$(VENV_PYTHON) -m dlviz app --port $(PORT)

setup:
	@$(PYTHON) scripts/environment.py

setup-dev:
	@$(PYTHON) scripts/environment.py --dev

test: setup-dev check
	DLVIZ_BROWSER="$$($(VENV_PYTHON) scripts/browser.py)" $(VENV_PYTHON) -m pytest -n $(JOBS) --dist loadfile $(TESTS)

check: setup-dev
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy

format: setup-dev
	$(VENV_PYTHON) -m ruff format .
	$(VENV_PYTHON) -m ruff check --fix .

screenshot: setup-dev
	DLVIZ_BROWSER="$$($(VENV_PYTHON) scripts/browser.py)" $(VENV_PYTHON) scripts/screenshot.py

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
