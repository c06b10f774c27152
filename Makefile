# The commands of the course; `make` alone lists them. They need Python 3.11 or newer, make and git (on Windows: in Git Bash).

VENV ?= .venv
# nbval compares the stored outputs; NBVAL=--nbval-lax only asks that the notebooks run.
NBVAL ?= --nbval

# Windows would otherwise read files in its own encoding.
export PYTHONUTF8 = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The older kernel that Colab has would warn of frozen modules on stderr.
export PYDEVD_DISABLE_FILE_VALIDATION = 1

# Each candidate is run, because a name on the PATH can be a shim with nothing behind it.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python 'py -3'; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$python" && break; done)
NO_PYTHON = No Python 3.11 or newer was found: install one, or name it with `make … PYTHON=/path/to/python3`
SETUP = $(or $(PYTHON),$(error $(NO_PYTHON))) code/setup_environment.py

BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY = $(VENV)/$(BIN)/python
PYTEST = -m pytest -c code/pyproject.toml --rootdir . -n 4 --dist loadscope --no-loadscope-reorder

# What the built book depends on. Folders of book/ are listed too, so that a deleted chapter counts as a change; the first
# one as `book/.`, because `book` is a command.
SOURCES = $(shell find book/. -not -path '*/.[!/]*'; \
	find code/decoderbook code/tinydecoder -type f -not -path '*/.*' -not -path '*/__pycache__/*')

.PHONY: help book build downloads test notebooks exercises lint format lock colab newest train weights bench bench-site repository clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

book: build ## build the book if something changed, serve it and print its address
	@$(PY) -m decoderbook.tools.serve _build/html

build: _build/.built ## build the book into _build/html; every warning is an error

downloads: build ## make the course as zip, PDF and EPUB beside the built pages, and link them (about four minutes)
	@$(PY) -m decoderbook.take_along _build/html

test: $(VENV)/.installed ## check everything: package, notebooks, built site in a browser
	@$(MAKE) --no-print-directory build
	$(PY) $(PYTEST) $(NBVAL) code/tests book

notebooks: $(VENV)/.installed ## run the notebooks that changed, store them in canonical form, and the page made from them
	@$(PY) -m decoderbook.tools.notebooks
	@$(PY) -m decoderbook.tools.teaching --write

exercises: $(VENV)/.installed ## try every declared answer of every exercise, and store the table of wrong ones
	@$(PY) -m decoderbook.tools.mutants --write

lint: $(VENV)/.installed ## check style, spelling, workflows, notebooks' form and derived addresses
	$(PY) -m ruff check --config code/pyproject.toml code book
	$(PY) -m ruff format --check --config code/pyproject.toml code book
	$(PY) -m codespell_lib --skip '*.min.js' --ignore-words-list abd,aer,caf,ege,doubleclick,mane,ontext,pinter,trough *.md CITATION.cff Makefile .github book code
	$(VENV)/$(BIN)/zizmor --offline --quiet .github
	$(PY) -m decoderbook.tools.notebooks --check
	$(PY) -m decoderbook.tools.repository --check

format: $(VENV)/.installed ## put code and cells into the style that lint asks for
	$(PY) -m ruff check --fix --config code/pyproject.toml code book
	$(PY) -m ruff format --config code/pyproject.toml code book

lock: ## pin anew what the requirements pull in; UPGRADE=--upgrade moves the old pins too
	@test -x $(PY) || $(MAKE) --no-print-directory $(VENV)/.installed
	@for suffix in '' -colab; do \
		sed '/^-c /d' requirements$$suffix.txt | $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
			--no-annotate --custom-compile-command 'make lock' --no-emit-package inside-the-decoder $(UPGRADE) \
			--output-file constraints$$suffix.txt - || exit 1; \
	done

colab: .venv-colab/.installed ## run every notebook with the versions that Colab has
	.venv-colab/$(BIN)/python $(PYTEST) --nbval-lax book

newest: ## make test with the newest versions that the package allows, in .venv-newest
	@$(MAKE) --no-print-directory VENV=.venv-newest .venv-newest/.installed
	.venv-newest/$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager -e ./code
	@$(MAKE) --no-print-directory VENV=.venv-newest NBVAL=--nbval-lax test

train: $(VENV)/.installed ## train anew the model that comes with the package (about two minutes)
	$(PY) -m tinydecoder train --threads 2 --steps 2000 --out code/tinydecoder/assets/english-kannada.safetensors

bench: $(VENV)/.installed ## time training and decoding beside torch's own model
	$(PY) -m tinydecoder bench --threads 2

bench-site: build ## time what a reader of the site waits for
	$(PY) code/tests/bench_site.py

repository: $(VENV)/.installed ## rewrite what is derived; URL=https://github.com/OWNER/REPO TITLE="My course" makes a fork
	@$(PY) -m decoderbook.tools.repository $(URL) $(if $(TITLE),--title "$$TITLE")

clean: ## remove all that these commands made, environments included
	rm -rf _build .venv .venv-colab .venv-newest

# The trained model as the pages' script reads it: 1.5 MB of weights, and runs recorded beforehand.
weights: _build/page_model/runs.json ## write the trained model for the pages, and check what it takes

_build/page_model/runs.json: $(VENV)/.installed $(wildcard code/decoderbook/page_model/*.py code/tinydecoder/*.py code/tinydecoder/*/*.py code/tinydecoder/assets/*)
	@$(PY) -m decoderbook.page_model $(@D)

_build/.built: $(VENV)/.installed _config.yml _toc.yml $(SOURCES) _build/page_model/runs.json
	@rm -rf _build/html
	@$(PY) -m decoderbook.tools.chromium --install
	@$(PY) code/setup_environment.py run jupyter-book build . --all -W -n --keep-going -q
	@touch $@

# Each environment is marked as installed by its own last step, so half of one never counts.
.venv/.installed .venv-newest/.installed: requirements.txt constraints.txt code/pyproject.toml
	@$(SETUP) install $(@D) requirements.txt

.venv-colab/.installed: requirements-colab.txt constraints-colab.txt code/pyproject.toml
	@$(SETUP) install $(@D) requirements-colab.txt
