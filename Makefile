# `make edit` and `make test` set up what is missing: in .venv from the package index, and what tests drive from Debian.

VENV := .venv
BIN := $(VENV)/bin
PICTURE := docs/images/tabby.jpg

.PHONY: edit test lint types unit editors benchmark clean

edit: $(VENV)/.engine
	mkdir -p out
	$(BIN)/flexit edit $(PICTURE) out/lion.png --from cat --to lion --force
	@echo "The picture was $(PICTURE); the result is out/lion.png"

test: lint types unit

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev
	$(BIN)/mypy

# Most tests keep one core busy, so two processes share them, the longest first; the editors' have clocks.
unit: $(VENV)/.dev $(VENV)/.packages
	$(BIN)/pytest -n 2 --dist loadfile tests/installer tests/engine tests/plugin
	$(BIN)/pytest tests/editors

# `unit` has the plug-ins in this machine's Krita and in GIMP 3.0; here they are in the other versions,
# each in a Debian of its own: as root, without a screen, some minutes for each the first time.
editors: $(VENV)/.dev $(VENV)/.packages
	FLEXIT_GIMP=sid $(BIN)/pytest tests/editors/gimp
	FLEXIT_KRITA=trixie $(BIN)/pytest tests/editors/krita
	FLEXIT_KRITA=sid $(BIN)/pytest tests/editors/krita
	FLEXIT_KRITA=experimental $(BIN)/pytest tests/editors/krita

benchmark: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

$(VENV)/.engine: pyproject.toml
	scripts/make-venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[engine]'
	touch $@

$(VENV)/.dev: $(VENV)/.engine
	$(BIN)/pip install --quiet --editable '.[engine,train,dev]'
	touch $@

$(VENV)/.packages: scripts/install-test-packages | $(VENV)/.engine
	scripts/install-test-packages
	touch $@

clean:
	rm -rf $(VENV) out build *.egg-info engine/*.egg-info
