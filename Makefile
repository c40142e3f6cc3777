# The commands of this project; each makes the Python environment it needs, below .venv.
# PYTHON is only used to start them: the interpreters to test with are looked for on this machine.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo test lint sanity package docs release bench scale soak emulator clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

demo: ## See the main job done, on an emulator on this machine
	@$(PYTHON) tests/tools/dev.py demo

test: ## Run all tests, on the oldest and the newest supported ansible-core
	@$(PYTHON) tests/tools/dev.py test $(ARGS)

lint: ## Run the linters and type checks
	@$(PYTHON) tests/tools/dev.py lint

sanity: ## Run ansible-test sanity
	@$(PYTHON) tests/tools/dev.py sanity

package: ## Build what a release would be, and check it as Galaxy does
	@$(PYTHON) tests/tools/dev.py package

docs: ## Build the documentation site, and check its links and looks
	@$(PYTHON) tests/tools/dev.py docs

release: ## Make a release, VERSION=1.2.3 KEY="a key of GnuPG"
	@$(PYTHON) tests/tools/dev.py release --version "$(VERSION)" --key "$(KEY)"

bench: ## Measure speed side by side with what one would write without this collection
	@$(PYTHON) tests/tools/dev.py bench $(ARGS)

scale: ## Measure a job over many sandboxes, by the number of runners that share it
	@$(PYTHON) tests/tools/dev.py scale $(ARGS)

soak: ## Run the races and kills of the fault suite over and over, ARGS="--minutes 30"
	@$(PYTHON) tests/tools/dev.py soak $(ARGS)

emulator: ## Start the emulator, until interrupted
	@$(PYTHON) tests/tools/dev.py emulator $(ARGS)

clean: ## Remove environments and build results
	rm -rf .venv .build
