# Short names for the sessions of noxfile.py, which create the environments that they need, below .venv.
# PYTHON is only used to start nox: it looks for the interpreters to test with on this machine.
PYTHON ?= python3
NOX = .venv/nox/bin/nox

.DEFAULT_GOAL := help
.PHONY: help demo generate test test-full lint sanity package docs release publish bench scale soak emulator clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

demo: $(NOX) ## See the main job done, on an emulator on this machine
	@$(NOX) -s demo

test: $(NOX) ## Run the quick tests on the newest supported ansible-core, or with ARGS those that pytest is told
	@$(NOX) -s test -- $(ARGS)

test-full: $(NOX) ## Run what make test leaves out, and all tests as modules on the oldest supported ansible-core
	@$(NOX) -s test-full-newest test-full-oldest

generate: $(NOX) ## Write the text that follows from the modules, the kinds, and the checks
	@$(NOX) -s generate

lint: $(NOX) ## Format the code, and run the linters and type checks
	@$(NOX)

sanity: $(NOX) ## Run ansible-test sanity on the oldest and the newest supported ansible-core
	@$(NOX) -s sanity

package: $(NOX) ## Build what a release would be, and check it as Galaxy does
	@$(NOX) -s package

docs: $(NOX) ## Build the documentation site, and check its links and looks
	@$(NOX) -s docs

release: $(NOX) ## Make a release, VERSION=1.2.3 KEY="a key of GnuPG"
	@$(NOX) -s release -- --version "$(VERSION)" --key "$(KEY)"

publish: $(NOX) ## Publish that release to Galaxy
	@$(NOX) -s publish

bench: $(NOX) ## Measure speed side by side with what one would write without this collection
	@$(NOX) -s "measure(bench)" -- $(ARGS)

scale: $(NOX) ## Measure a job over many sandboxes, by the number of runners that share it
	@$(NOX) -s "measure(scale)" -- $(ARGS)

soak: $(NOX) ## Run the races and kills of the fault suite over and over, ARGS="--minutes 30"
	@$(NOX) -s soak -- $(ARGS)

emulator: $(NOX) ## Start the emulator, until interrupted
	@$(NOX) -s emulator -- $(ARGS)

# By one version of ansible-core: oldest, newest, or devel.
sanity-% test-full-% test-%: $(NOX)
	@$(NOX) -s $@

clean: ## Remove environments and build results
	rm -rf .venv .build

# uv does not read the settings of pip. Where an index is named only there, pip and virtualenv create the environments.
$(NOX): tests/tools/requirements-nox.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Use Python 3.11 or newer: make PYTHON=python3.11")'
	@echo "Creating .venv/nox; this is done one time"
	@rm -rf .venv/nox && $(PYTHON) -m venv .venv/nox
	@cd .venv/nox/bin && ./python -m pip install --quiet --disable-pip-version-check "$$(grep ^uv $(CURDIR)/$<)" \
	&& { ./uv pip install --quiet --python ./python -r $(CURDIR)/$< || ./python -m pip install --quiet -r $(CURDIR)/$< \
	&& ./python -m pip uninstall --quiet --yes uv; }
	@touch $@
