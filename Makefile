# Works with make and a python3 that has venv; everything else is fetched into .venv and node_modules.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := ivr handlers storage prompts
VENDOR := handlers/desk/static/vendor
TEAMS := handlers/assessment/static/vendor
GOVUK := node_modules/govuk-frontend/dist/govuk
# node and npm of the machine where they are new enough, else those that set-up takes from PyPI into .venv
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check format bench benchlists benchdesks benchcrowd benchhints screenshots browser age lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed $(VENDOR)/desk.css $(VENDOR)/live.css $(VENDOR)/clean.css $(VENDOR)/govuk-frontend.min.js $(VENDOR)/twilio.min.js $(TEAMS)/assessment.css $(TEAMS)/govuk-frontend.min.js ## set everything up; quick when nothing changed

demo: install ## run the whole line on this machine; ONCE=1 plays one call and ends, LINE=FILE plays another line
	@$(BIN)/hotline demo $(if $(ONCE),--once) $(if $(LINE),--line $(LINE))

test: install ## run every test
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -rs

check: install ## exactly what CI runs beside the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/djlint handlers ivr/simulator --lint
	$(BIN)/vulture
	$(BIN)/bandit -q -c pyproject.toml -r $(PACKAGES)
	@echo "make check: nothing found"

format: install ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## measure the line against a static route on the same server
	$(BIN)/python -m tests.benchmarks.run

benchlists: install ## measure long lists against short ones, on both databases
	$(BIN)/python -m tests.benchmarks.listing

benchdesks: install ## measure what a hundred open desks cost that ask each second
	$(BIN)/python -m tests.benchmarks.desks

benchcrowd: install ## let 500 callers ring at once where 20 handlers answer
	$(BIN)/python -m tests.benchmarks.crowd

benchhints: install ## print how much of what points to a caller the rules of sanitising mark
	$(BIN)/python -m tests.benchmarks.hints

screenshots: install ## take pictures of every page of the desk and of the practice phone
	$(BIN)/python -m tests.browser.screenshots

browser: ## install Chromium for the browser tests (Debian, root or sudo)
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then \
		echo "A browser is here."; \
	elif ! command -v apt-get >/dev/null; then \
		echo "No Chromium here, and no apt-get to install it with: install Chromium by hand or set CHROMIUM=/path."; \
		test "$$CI" != true; \
	elif [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	elif sudo -n true 2>/dev/null; then \
		sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends chromium; \
	else \
		echo "No Chromium here, and neither root nor sudo to install it: the browser tests will be skipped."; \
		test "$$CI" != true; \
	fi

age: ## install age, with which tests open what a team is given (Debian, root or sudo)
	@command -v age || { test "$$(id -u)" = 0 || set -- sudo -n; \
		"$$@" apt-get update -qq && "$$@" apt-get install -y -qq --no-install-recommends age; }

lock: $(VENV)/.locked ## choose versions anew: requirements.lock, requirements-node.lock, package-lock.json
	$(COMPILE) --all-extras --group dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --group pyproject.toml:node --output-file requirements-node.lock
	$(WITH_NODE) npm update --package-lock-only

clean: ## remove everything that set-up made, but no data
	rm -rf $(VENV) node_modules $(VENDOR) $(TEAMS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# ---- how set-up is done -------------------------------------------------------------------------------------------

# From PyPI alone, whatever this machine's own settings say, so that the hashes are everyone's.
COMPILE = $(BIN)/uv pip compile --no-config --default-index https://pypi.org/simple --quiet --upgrade --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 lacks venv: on Debian, apt install python3-venv"; exit 1; }

# uv is six times quicker than pip; where it does not run or PyPI is reached only by pip's own settings, pip does the same.
$(VENV)/.locked: requirements.lock | $(VENV)/pyvenv.cfg
	@echo "Installing what requirements.lock names ..."
	@awk '/^[^ #]/ { ours = /^uv==/ } ours' requirements.lock > $(VENV)/uv.txt
	@{ $(BIN)/python -m pip install --quiet --require-hashes -r $(VENV)/uv.txt \
		&& $(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock; } \
		|| { echo "uv could not; trying pip."; $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; }
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.package-lock.json: package-lock.json .npmrc $(VENV)/.locked
	@echo "Fetching the desk's front-end files ..."
	@{ command -v npm && node -e 'process.exit(Number(parseInt(process.versions.node) < 20))'; } >/dev/null 2>&1 || { \
		echo "No node 20 or newer with npm on this machine: taking both from PyPI."; \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements-node.lock; }
	@$(WITH_NODE) npm ci --loglevel=error || { echo "The npm registry could not be reached, or a file differs from"; \
		echo "package-lock.json. The desk's pages need these files: look at the network (npm ping), then try again."; exit 1; }
	@touch $@

$(VENDOR)/desk.css $(VENDOR)/live.css $(VENDOR)/clean.css: $(VENDOR)/%.css: handlers/desk/frontend/%.scss $(wildcard handlers/desk/frontend/_*.scss) node_modules/.package-lock.json
	@mkdir -p $(VENDOR)
	@$(WITH_NODE) node node_modules/sass/sass.js --style=compressed --no-source-map --pkg-importer=node $< $@

$(TEAMS)/assessment.css: $(wildcard handlers/assessment/frontend/*.scss) $(wildcard handlers/desk/frontend/_*.scss) node_modules/.package-lock.json
	@mkdir -p $(TEAMS)
	@$(WITH_NODE) node node_modules/sass/sass.js --style=compressed --no-source-map --pkg-importer=node handlers/assessment/frontend/assessment.scss $@

$(TEAMS)/govuk-frontend.min.js: $(VENDOR)/govuk-frontend.min.js
	@mkdir -p $(TEAMS)
	@cp $< $@

$(VENDOR)/govuk-frontend.min.js: node_modules/.package-lock.json
	@mkdir -p $(VENDOR)
	@sed 's,//# sourceMappingURL=.*$$,,' $(GOVUK)/govuk-frontend.min.js > $@

$(VENDOR)/twilio.min.js: node_modules/.package-lock.json
	@mkdir -p $(VENDOR)
	@cp node_modules/@twilio/voice-sdk/dist/twilio.min.js $@
