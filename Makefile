# SPDX-License-Identifier: Apache-2.0
#
# The front door. Everything is built under build/; `make help` lists what there
# is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build demo run test setup-test test-cpp test-python fresh-test \
        test-ci test-all test-long asan tsan fuzz tidy format format-check \
        docker-test bench clean
# Targets share build folders and both cores.
.NOTPARALLEL:

# What apt installs runs, whatever else a machine has: other Pythons, Nodes and
# CMakes stand first in the PATH of many, and CMake looks for libraries beside
# the programs in it.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME

PACE ?= 1
ARGS ?=
FORMS ?=
FUZZ_S ?= 12
SOAK_S ?= 300
PYTHON ?= /usr/bin/python3
VENV := build/venv
NODE_CLIENT := clients/examples/node
NODE_INSTALLED := $(NODE_CLIENT)/node_modules/.package-lock.json
SPIKED := build/release/server/spiked
REPLAY := build/release/tests/chaos/spiked_replay
JOBS ?= $(shell nproc)

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

test:  ## Build and run all tests, C++, Python and Node
	@rm -rf build/test-results
	@$(MAKE) --no-print-directory setup-test
	@failed=0; \
	$(MAKE) --no-print-directory test-cpp || failed=1; \
	$(MAKE) --no-print-directory test-python || failed=1; \
	.ci/summary build/test-results cpp python || failed=1; \
	exit $$failed

setup-test:  ## Install and configure what the tests need
	@.ci/setup build python test
	@$(MAKE) --no-print-directory $(VENV)/installed-tests $(NODE_INSTALLED)
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null

test-cpp:
	@.ci/setup build test
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@mkdir -p build/test-results && rm -f build/test-results/cpp.xml
	@ctest --test-dir build/release --output-on-failure -j $(JOBS) \
	  --output-junit $(CURDIR)/build/test-results/cpp.xml

test-python: setup-test
	@cmake --build --preset release --target spiked spiked_replay -j $(JOBS)
	@mkdir -p build/test-results && rm -f build/test-results/python.xml
	@SPIKED_BINARY=$(CURDIR)/$(SPIKED) SPIKED_REPLAY=$(CURDIR)/$(REPLAY) \
	  $(VENV)/bin/python -m pytest -q \
	  -p no:cacheprovider --junit-xml=build/test-results/python.xml \
	  clients/python/tests tests/e2e tests/chaos tests/repository

test-ci: asan tsan tidy fuzz docker-test  ## Run what CI runs beyond `test`: sanitizers, lint, Docker

test-all: test test-ci test-long  ## Run everything

test-long: $(VENV)/installed-tests  ## Run the long tests, before a release
	@.ci/setup build test docker
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked spiked_replay \
	  spiked_long_tests -j $(JOBS)
	@mkdir -p build/test-results
	@build/release/tests/long/spiked_long_tests \
	  --gtest_output=xml:build/test-results/long.xml
	@SPIKED_BINARY=$(CURDIR)/$(SPIKED) SPIKED_REPLAY=$(CURDIR)/$(REPLAY) \
	  SPIKED_SOAK_S=$(SOAK_S) $(VENV)/bin/python -m pytest -q \
	  -p no:cacheprovider tests/chaos/soak.py
	@SPIKED_DOCKER_BUILD=full tests/docker/docker_test.sh
	@$(MAKE) --no-print-directory fresh-test

asan:  ## All C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@.ci/setup build test lint
	@cmake --preset asan --log-level=WARNING >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	@ctest --test-dir build/asan --output-on-failure -j $(JOBS)

tsan:  ## Core, session and conformance tests under ThreadSanitizer
	@.ci/setup build test lint
	@cmake --preset tsan --log-level=WARNING >/dev/null
	@cmake --build --preset tsan -j $(JOBS)
	@ctest --test-dir build/tsan --output-on-failure -j $(JOBS)

fuzz:  ## Fuzz what parses bytes of clients; FUZZ_S=seconds for each target
	@.ci/setup build test lint
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build --preset fuzz --target spiked_fuzzers -j $(JOBS)
	@tests/fuzz/run.sh build/fuzz/tests/fuzz $(FUZZ_S)

tidy: format-check  ## clang-tidy on the files that changed since they were found clean
	@.ci/setup build python test lint
	@cmake --preset asan --log-level=WARNING >/dev/null
	@cmake --build --preset asan --target spiked_proto -j $(JOBS) >/dev/null
	@.ci/tidy

format:  ## Format all C++ and proto files
	@.ci/setup lint
	@git ls-files '*.cc' '*.h' '*.proto' | xargs clang-format-14 -i

format-check:
	@.ci/setup lint
	@git ls-files '*.cc' '*.h' '*.proto' | xargs clang-format-14 --dry-run -Werror

docker-test: build $(VENV)/installed  ## Build the image with a Docker engine and try it
	@.ci/setup docker
	@tests/docker/docker_test.sh

fresh-test:  ## Try `demo` and what `test` installs in fresh Debian trees; FORMS="bare furnished user"
	@.ci/setup fresh
	@tests/fresh/fresh_test.sh $(FORMS)

bench:  ## Run the benchmarks; results in build/bench/results.csv
	@.ci/setup build test
	@cmake --preset release -DSPIKED_BUILD_TESTS=ON --log-level=WARNING >/dev/null
	@cmake --build --preset release --target spiked_benchmark -j $(JOBS)
	@mkdir -p build/bench
	@build/release/tests/benchmark/spiked_benchmark --csv build/bench/results.csv $(ARGS)

clean:  ## Remove everything that was built
	@rm -rf build

# ---- Python

PYTHON_SOURCES := $(shell find clients/python -name '*.py' -o -name pyproject.toml 2>/dev/null) \
                  $(wildcard proto/spiked/v1/*.proto)

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

# ---- Node

$(NODE_INSTALLED): $(NODE_CLIENT)/package-lock.json
	@.ci/setup test
	@echo "Installing the packages of the Node client"
	@cd $(NODE_CLIENT) && npm ci --no-audit --no-fund >/dev/null
	@touch $@
