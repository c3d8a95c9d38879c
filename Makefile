# SPDX-License-Identifier: Apache-2.0
#
# Commands to build, run and test. Everything is built under build/; `make help`
# lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build build-all demo run test setup-test test-cpp test-python fresh-test \
        test-ci test-all test-long asan tsan fuzz tidy tidy-full format format-check \
        lint lint-proto lint-python lint-shell lint-node fresh-test-ci \
        docker-test bench soak docs wheel dist clean
# Targets run one after another, since they share build folders and all cores.
.NOTPARALLEL:

# Programs that apt installs come first in PATH. On many machines other versions
# of Python, Node and CMake do, and CMake looks for libraries beside the
# programs in PATH.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME

PACE ?= 1
ARGS ?=
FORMS ?=
FUZZ_S ?= 12
# Whether the tests of published numbers run with sanitizers, too: ON or OFF.
CONFORMANCE ?= OFF
SOAK_HOURS ?= 0.67
SOAK_OUT ?= build/soak
# Of calls changes crowd readers kills wire extremes; none: all.
SOAK_PARTS ?=
PYTHON ?= /usr/bin/python3
VENV := build/venv
EXAMPLE := clients/examples/node
EXAMPLE_INSTALLED := $(EXAMPLE)/node_modules/.package-lock.json
SPIKED := build/release/server/spiked
REPLAY := build/release/tests/chaos/spiked_replay
JOBS ?= $(shell nproc)

VERSION = $(shell sed -n 's/^project.spiked VERSION \([0-9.]*\) .*/\1/p' CMakeLists.txt)
DIST := build/dist
# auditwheel, at the version that clients/python/wheel pins.
WHEEL := build/venv-wheel

# Linters, at the versions that .ci/lint pins.
LINT := build/venv-lint
LINT_NODE := $(CURDIR)/.ci/lint/node_modules
LINT_PROTO := build/lint/proto
RUFF := --quiet --config clients/python/pyproject.toml --cache-dir build/lint/ruff
RUFF_CHECK := $(LINT)/bin/ruff check $(RUFF)
RUFF_FORMAT := $(LINT)/bin/ruff format $(RUFF)
PRETTIER := $(LINT_NODE)/.bin/prettier
PRETTY := '**/*.{ts,json}' ../../../.ci/lint/{eslint.config.js,package.json}

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build:  ## Build the daemon (build/release/server/spiked)
	@.ci/setup build
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked -j $(JOBS)

demo: build $(VENV)/installed  ## Run the columnar network and draw it; PACE=max: as fast as possible
	@$(VENV)/bin/python clients/examples/python/columnar_demo.py \
	  --server $(SPIKED) --pace $(PACE) --output-dir . $(ARGS)

run: build  ## Run the daemon in the foreground; ARGS="--help" lists its options
	@$(SPIKED) $(ARGS)

# ---- Tests

# $(call run_tests,PRESET): the tests of ctest, with counts for .ci/summary.
run_tests = rm -rf build/$(1)/test-results && mkdir -p build/$(1)/test-results && \
  ctest --test-dir build/$(1) --output-on-failure -j $(JOBS) \
    --output-junit $(CURDIR)/build/$(1)/test-results/ctest.xml >build/$(1)/ctest.log \
    || { tail -n 500 build/$(1)/ctest.log; exit 1; }

test:  ## Build and run all tests, C++, Python and Node
	@rm -rf build/test-results
	@$(MAKE) --no-print-directory setup-test
	@failed=0; \
	$(MAKE) --no-print-directory test-cpp || failed=1; \
	$(MAKE) --no-print-directory test-python || failed=1; \
	.ci/summary cpp=build/release/test-results \
	  python=build/test-results/python.xml \
	  chaos=build/test-results/chaos.xml || failed=1; \
	exit $$failed

# $(call pytest,NAME,FOLDERS): tests in Python, with counts for .ci/summary.
pytest = SPIKED_BINARY=$(CURDIR)/$(SPIKED) SPIKED_REPLAY=$(CURDIR)/$(REPLAY) \
  $(VENV)/bin/python -m pytest -q -p no:cacheprovider \
  --junit-xml=build/test-results/$(1).xml $(2)

setup-test:  ## Install and configure what the tests need
	@.ci/setup build python test
	@$(MAKE) --no-print-directory $(VENV)/installed-tests $(EXAMPLE_INSTALLED)
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null

test-cpp:
	@.ci/setup build test
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked spiked_replay spiked_tests -j $(JOBS)
	@$(call run_tests,release)

# Those in chaos/ wait for clocks and connections most of the time, so they run
# beside the others.
test-python: setup-test
	@cmake --build --preset release --target spiked spiked_replay -j $(JOBS)
	@mkdir -p build/test-results && rm -f build/test-results/{python,chaos}.xml
	@$(call pytest,chaos,tests/chaos) >build/test-results/chaos.log 2>&1 & \
	chaos=$$!; failed=0; \
	$(call pytest,python,clients/python/tests tests/e2e tests/repository) \
	  || failed=1; \
	wait $$chaos || failed=1; cat build/test-results/chaos.log; exit $$failed

test-ci: build-all asan fuzz tsan lint docker-test fresh-test-ci  ## Run what CI runs beyond `test`: sanitizers, lint, Docker

build-all: setup-test  ## Build everything, benchmarks and long tests included
	@cmake --build --preset release -j $(JOBS)

test-all: test test-ci test-long  ## Run everything

test-long: tidy-full $(VENV)/installed-tests  ## Run the long tests, before a release
	@.ci/setup build test docker
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked spiked_replay \
	  spiked_long_tests -j $(JOBS)
	@mkdir -p build/test-results
	@build/release/tests/long/spiked_long_tests \
	  --gtest_output=xml:build/test-results/long.xml
	@$(MAKE) --no-print-directory soak SOAK_HOURS=0.1
	@$(MAKE) --no-print-directory asan tsan CONFORMANCE=ON
	@SPIKED_DOCKER_BUILD=full tests/docker/docker_test.sh
	@$(MAKE) --no-print-directory fresh-test

asan:  ## C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@.ci/setup build test lint
	@cmake --preset asan -DSPIKED_CONFORMANCE=$(CONFORMANCE) --log-level=WARNING \
	  >/dev/null
	@cmake --build --preset asan --target spiked_tests spiked_fuzzer -j $(JOBS)
	@$(call run_tests,asan)
	@.ci/summary asan=build/asan/test-results

tsan:  ## Core and session tests under ThreadSanitizer
	@.ci/setup build test lint
	@cmake --preset tsan -DSPIKED_CONFORMANCE=$(CONFORMANCE) --log-level=WARNING \
	  >/dev/null
	@cmake --build --preset tsan --target spiked_tests -j $(JOBS)
	@$(call run_tests,tsan)
	@.ci/summary tsan=build/tsan/test-results

fuzz:  ## Fuzz what parses bytes of clients; FUZZ_S=seconds for each target
	@.ci/setup build test lint
	@cmake --preset asan --log-level=WARNING >/dev/null
	@cmake --build --preset asan --target spiked_fuzzer -j $(JOBS)
	@tests/fuzz/run.sh build/asan/tests/fuzz $(FUZZ_S)

tidy: $(LINT)/installed  ## clang-tidy on what changed since it was found clean
	@.ci/setup build test lint
	@cmake --preset asan -DSPIKED_CONFORMANCE=ON --log-level=WARNING >/dev/null
	@cmake --build --preset asan --target spiked_proto -j $(JOBS) >/dev/null
	@.ci/tidy build/asan $(LINT)/bin/clang-tidy

# Checks each file by itself, so that a missing #include is found, too.
tidy-full: $(LINT)/installed  ## clang-tidy with the static analyzer, file by file
	@.ci/setup build test lint
	@cmake --preset asan -B build/tidy -DSPIKED_CONFORMANCE=ON \
	  -DSPIKED_TOGETHER=1 --log-level=WARNING >/dev/null
	@cmake --build build/tidy --target spiked_proto -j $(JOBS) >/dev/null
	@.ci/tidy --analyze build/tidy $(LINT)/bin/clang-tidy

lint: format-check tidy lint-proto lint-python lint-shell lint-node  ## Check format, style and types: C++, proto, Python, shell, TypeScript

format: $(LINT)/installed $(LINT_NODE)/installed  ## Format everything, and mend what linters can
	@.ci/setup lint
	@git ls-files '*.cc' '*.h' '*.proto' | xargs clang-format-14 -i
	@.ci/sources python | xargs $(RUFF_CHECK) --fix-only
	@.ci/sources python | xargs $(RUFF_FORMAT)
	@cd $(EXAMPLE) && $(PRETTIER) --log-level warn --write $(PRETTY)

format-check:
	@.ci/setup lint
	@git ls-files '*.cc' '*.h' '*.proto' | xargs clang-format-14 --dry-run -Werror

lint-proto: $(LINT_NODE)/installed
	@cd proto && $(LINT_NODE)/.bin/buf lint

lint-python: $(LINT)/installed $(LINT_PROTO)/generated
	@.ci/sources python | xargs $(RUFF_CHECK)
	@.ci/sources python | xargs $(RUFF_FORMAT) --check
	@MYPYPATH=clients/python/src:$(LINT_PROTO) $(LINT)/bin/mypy \
	  --config-file clients/python/pyproject.toml --cache-dir build/lint/mypy

lint-shell: $(LINT)/installed
	@.ci/sources shell | xargs $(LINT)/bin/shellcheck

lint-node: $(LINT_NODE)/installed $(EXAMPLE_INSTALLED)
	@cd $(EXAMPLE) && $(PRETTIER) --log-level warn --check $(PRETTY)
	@cd $(EXAMPLE) && node_modules/.bin/tsc --noEmit
	@cd $(EXAMPLE) && $(LINT_NODE)/.bin/eslint --max-warnings 0 \
	  --config $(CURDIR)/.ci/lint/eslint.config.js .

docker-test: build $(VENV)/installed  ## Build the image with a Docker engine and try it
	@.ci/setup docker
	@tests/docker/docker_test.sh

fresh-test:  ## Try `demo`, `dist` and what `test` installs in fresh Debian trees; FORMS="bare furnished user"
	@.ci/setup fresh
	@tests/fresh/fresh_test.sh $(FORMS)

# The form with most packages that a build could use by mistake.
fresh-test-ci:
	@$(MAKE) --no-print-directory fresh-test FORMS=furnished

bench:  ## Run the benchmarks; results in build/bench/results.csv
	@.ci/setup build test
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked_benchmark -j $(JOBS)
	@mkdir -p build/bench
	@build/release/tests/benchmark/spiked_benchmark --csv build/bench/results.csv $(ARGS)

soak: build $(VENV)/installed-tests  ## All faults at once, for SOAK_HOURS=0.67; curves in SOAK_OUT=build/soak
	@$(VENV)/bin/python tests/chaos/soak.py --binary $(CURDIR)/$(SPIKED) \
	  --hours $(SOAK_HOURS) --out $(SOAK_OUT) --parts $(SOAK_PARTS)

# ---- What users get

docs: build $(VENV)/installed  ## Write the reference of all models, build/docs/models.html
	@$(VENV)/bin/python clients/python/docs/model_reference.py $(SPIKED) build/docs/models.html

# The time of files in a wheel, which is part of its checksum, is a fixed one.
# pip prefers the wheel with the daemon where it runs.
wheel: build $(WHEEL)/installed  ## Make wheels of the Python client, with the daemon and without, in build/dist
	@mkdir -p $(DIST) && rm -f $(DIST)/*.whl
	@SOURCE_DATE_EPOCH=315532800 $(WHEEL)/bin/pip wheel --quiet \
	  --disable-pip-version-check --no-deps --wheel-dir $(DIST) ./clients/python
	@$(WHEEL)/bin/python clients/python/wheel/make_wheel.py \
	  $(DIST)/spiked-$(VERSION)-py3-none-any.whl $(SPIKED) $(DIST)

# The archive has what is committed, so the wheels must be built from it, too.
dist:  ## Put wheels, source archive and checksums into build/dist
	@changed=$$(git status --porcelain); [[ -z $$changed ]] || \
	  { echo "make dist: commit or remove these first:"; echo "$$changed"; exit 1; } >&2
	@rm -rf $(DIST)
	@$(MAKE) --no-print-directory wheel
	@git archive --format=tar --prefix=spiked-$(VERSION)/ HEAD | gzip --no-name --best \
	  >$(DIST)/spiked-$(VERSION)-source.tar.gz
	@cd $(DIST) && sha256sum spiked-* >SHA256SUMS
	@ls $(DIST)

clean:  ## Remove everything that was built
	@rm -rf build

# ---- Python

# $(call pinned_venv,FOLDER,REQUIREMENTS): what the file names, and nothing else.
pinned_venv = $(PYTHON) -m venv --clear $(1) && \
  $(1)/bin/pip install --quiet --disable-pip-version-check --no-deps \
    --requirement $(2) && \
  { found=$$($(1)/bin/pip check --disable-pip-version-check) || \
    { echo "$$found"; exit 1; }; }

PYTHON_SOURCES := $(shell find clients/python -name '*.py' -o -name pyproject.toml 2>/dev/null) \
                  $(wildcard proto/spiked/v1/*.proto) CMakeLists.txt

$(VENV)/bin/python:
	@.ci/setup python
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python $(PYTHON_SOURCES)
	@echo "Installing the Python client into $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check ./clients/python
	@touch $@

$(VENV)/installed-tests: $(VENV)/installed
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check pytest
	@touch $@

$(WHEEL)/installed: clients/python/wheel/requirements.txt
	@.ci/setup python
	@echo "Installing the tools of wheels into $(WHEEL)"
	@$(call pinned_venv,$(WHEEL),$<)
	@touch $@

# ---- Linters

$(LINT)/installed: .ci/lint/requirements.txt
	@.ci/setup python
	@echo "Installing the linters of Python and shell into $(LINT)"
	@$(call pinned_venv,$(LINT),$<)
	@touch $@

# Types for mypy: of the modules that setup.py generates, and of the stubs, so
# that calls are checked, too.
$(LINT_PROTO)/generated: $(LINT)/installed $(wildcard proto/spiked/v1/*.proto)
	@rm -rf $(LINT_PROTO) && mkdir -p $(LINT_PROTO)
	@$(LINT)/bin/python -m grpc_tools.protoc --proto_path=proto \
	  --plugin=$(LINT)/bin/protoc-gen-mypy_grpc --pyi_out=$(LINT_PROTO) \
	  --mypy_grpc_out=quiet:$(LINT_PROTO) proto/spiked/v1/*.proto
	@touch $@

$(LINT_NODE)/installed: .ci/lint/package-lock.json
	@.ci/setup lint
	@echo "Installing the linters of proto files and TypeScript into .ci/lint"
	@cd .ci/lint && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# ---- The TypeScript example

$(EXAMPLE_INSTALLED): $(EXAMPLE)/package-lock.json
	@.ci/setup test
	@echo "Installing what the TypeScript example needs"
	@cd $(EXAMPLE) && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
