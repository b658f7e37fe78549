# treewide: `make` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Debian packages, beside node, npm, git, make and apt.
# To unpack a kernel tree:
TREE_PACKAGES := xz-utils debian-archive-keyring
# For the tests: gpg signs a small archive; cpio reads ours back; b4, git send-email, get_maintainer.pl and public-inbox
# (whose search index needs libsearch-xapian-perl) are compared with; `treewide check` compiles a small tree, and its
# queue is on redis-server; feeds are validated by xmllint and read by feedparser; the workbench is looked at in chromium.
TEST_PACKAGES := $(TREE_PACKAGES) b4 cpio git git-email gpg gpg-agent libmailtools-perl libsearch-xapian-perl perl public-inbox \
	libxml2-utils python3-feedparser \
	bc bison flex gcc libc6-dev libelf-dev libssl-dev make gcc-aarch64-linux-gnu procps redis-server chromium
# To compile what a series touches (`treewide check`), for x86-64 and for the other architectures:
CHECK_PACKAGES := bc bison flex gcc libc6-dev libelf-dev libssl-dev make perl python3 \
	gcc-aarch64-linux-gnu gcc-powerpc64le-linux-gnu gcc-riscv64-linux-gnu gcc-s390x-linux-gnu
# To build and boot a kernel (`treewide boot`):
BOOT_PACKAGES := bc bison flex gcc git libc6-dev libelf-dev make perl qemu-system-x86
# What the benchmarks measure against:
BENCH_PACKAGES := coccinelle libsearch-xapian-perl public-inbox ripgrep time wrk

# The kernels that tests read, beside a small tree of their own.
TEST_KERNELS := 6.12 7.2 7.3
# The kernel that `make demo` audits and `make test-boot` boots.
DEMO_KERNEL := 7.3
DEMO_REPORT := treewide-report.html

.PHONY: help setup demo test lint format types trees unit test-boot test-check bench check-deps clean

help: ## list the targets
	@echo "treewide: who owns each PCI driver's IRQ vectors"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: node_modules/.package-lock.json ## install npm dependencies and build; then bin/treewide runs
	npm run --silent build

# Not `npm ci`: it refuses a lock file without the binaries of other platforms, which npm leaves out of the lock where
# a registry lacks them. Versions and checksums are the lock's all the same.
# No package's install script is run: none is needed, and none may download.
node_modules/.package-lock.json: package.json package-lock.json
	@node -e 'process.versions.node.split(".")[0] >= 20 || (console.error("Node 20 or later is needed, this is", process.version), process.exit(1))'
	npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

demo: setup ## get a real kernel tree, audit it, print the table and where the report is
	scripts/install-packages $(TREE_PACKAGES)
	tree=$$(bin/treewide tree get $(DEMO_KERNEL)); \
	bin/treewide audit "$$tree" || [ $$? -eq 1 ]; \
	bin/treewide audit "$$tree" --format html --output $(DEMO_REPORT) || [ $$? -eq 1 ]
	@echo "The report: file://$(CURDIR)/$(DEMO_REPORT)"

test: ## run everything that must pass; installs the Debian packages that tests need
	scripts/install-packages $(TEST_PACKAGES)
	$(MAKE) setup lint types trees unit

lint: node_modules/.package-lock.json ## check format and lint
	npx --no-install biome check --error-on-warnings .

format: node_modules/.package-lock.json ## fix format, and what lint can fix
	npx --no-install biome check --write .

types: node_modules/.package-lock.json ## check the types of sources and tests
	npx --no-install tsc -p test

trees: setup ## get the kernel trees that tests read, unless they are in ~/.cache/treewide
	for version in $(TEST_KERNELS); do bin/treewide tree get $$version; done

unit: setup ## run the tests alone
	npx --no-install vitest run

test-boot: setup ## run the whole conformance set on booted kernels
	scripts/install-packages $(BOOT_PACKAGES) $(TREE_PACKAGES)
	TREEWIDE_TREE="$$(bin/treewide tree get $(DEMO_KERNEL))" npx --no-install vitest run --config vitest.boot.config.ts

test-check: setup ## check commits broken on purpose on a real kernel
	scripts/install-packages $(CHECK_PACKAGES) $(TREE_PACKAGES)
	TREEWIDE_TREE="$$(bin/treewide tree get $(DEMO_KERNEL))" npx --no-install vitest run --config vitest.check.config.ts

bench: setup ## measure beside ripgrep, coccinelle and public-inbox
	scripts/install-packages $(BENCH_PACKAGES) $(TREE_PACKAGES)
	npx --no-install tsx bench/audit.ts
	npx --no-install tsx bench/archive.ts

check-deps: ## install the compilers that `treewide check` can use
	scripts/install-packages $(CHECK_PACKAGES)

clean: ## remove what was built and installed here; kernel trees in ~/.cache/treewide stay
	rm -rf dist node_modules $(DEMO_REPORT)
