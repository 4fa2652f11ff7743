# Builds, tests and installs the extension pg_anon and its companion binary. `make help` lists the targets.
#
# PGXS conventions: PG_CONFIG chooses the server, DESTDIR is put before every path that is installed to.

PG_CONFIG ?= pg_config
PREFIX ?= /usr/local
DESTDIR ?=
# A Cargo profile. `bench-fast` builds in seconds; what it builds is about 10 ns a call slower.
PROFILE ?= release
# Names of tests, separated by spaces. Empty: all of them.
TESTS ?=
# What bench measures: copy, dump, shop, restore, functions, library, scan, detectors, growth. Empty: all of them, and the results are kept.
BENCH ?=

CARGO_PGRX_VERSION = 0.18.1
# cargo-pgrx must be of pgrx's own version. Another version that the user has stays as it is: ours is put beside it.
TOOLS ?= $(HOME)/.cache/pg_anon/cargo-pgrx-$(CARGO_PGRX_VERSION)
CARGO_PGRX = $(or $(wildcard $(TOOLS)/bin/cargo-pgrx),cargo-pgrx)

PG_CONFIG_PATH = $(shell command -v $(PG_CONFIG))
PG_MAJOR = $(shell $(PG_CONFIG) --version | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p')
PKGLIBDIR = $(shell $(PG_CONFIG) --pkglibdir)
EXTENSIONDIR = $(shell $(PG_CONFIG) --sharedir)/extension
TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)/$(patsubst dev,debug,$(PROFILE))
FEATURES = --no-default-features --features pg$(PG_MAJOR)

export PG_CONFIG PROFILE TESTS CARGO_PGRX_VERSION TOOLS
export PGRX_HOME ?= $(CURDIR)/target/pgrx
# Without it cargo-pgrx links with another flag than plain cargo does, and everything is compiled twice.
export CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND = 1
# The extension and the binary in one run of cargo: in two, the crates that both use would have other features in each, and be
# compiled twice. The binary alone, without the server's headers, is `cargo build --release -p pg_anon_cli`.
export PGRX_BUILD_FLAGS = --locked --package pg_anon --package pg_anon_cli --bin pg_anon
# The same for every cargo command: a change of it runs bindgen again, which takes half a minute.
export PGRX_PG_CONFIG_PATH = $(PG_CONFIG_PATH)

all: build

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo
	@echo "PG_CONFIG=$(PG_CONFIG)  PREFIX=$(PREFIX)  DESTDIR=$(DESTDIR)  PROFILE=$(PROFILE)"

setup: ## install what is missing to build and test: Debian packages, Rust components, cargo-pgrx
	@tests/lib/setup.sh

build: ## build the extension and the binary into build/
	@tests/lib/setup.sh --check
	@mkdir -p $(PGRX_HOME)
	@grep -qsxF 'pg$(PG_MAJOR) = "$(PG_CONFIG_PATH)"' $(PGRX_HOME)/config.toml || \
	    $(CARGO_PGRX) pgrx init --pg$(PG_MAJOR)=$(PG_CONFIG_PATH) --no-run
	rm -rf build/ext
	$(CARGO_PGRX) pgrx package --pg-config $(PG_CONFIG_PATH) --profile $(PROFILE) $(FEATURES) --out-dir build/ext
	tests/lib/prefix.sh $(TARGET_DIR)/pg_anon build/prefix

install: ## copy what was built to the server of PG_CONFIG and to PREFIX; builds nothing
	@test -f 'build/ext$(PKGLIBDIR)/pg_anon.so' -a -x build/prefix/bin/pg_anon || \
	    { echo "Nothing is built for $(PG_CONFIG). Run: make PG_CONFIG=$(PG_CONFIG)" >&2; exit 1; }
	tests/lib/install.sh build/ext '$(DESTDIR)/'
	tests/lib/install.sh build/prefix '$(DESTDIR)$(PREFIX)'

uninstall: ## remove what install has put there
	rm -f '$(DESTDIR)$(PKGLIBDIR)/pg_anon.so' '$(DESTDIR)$(EXTENSIONDIR)/pg_anon.control' \
	    '$(DESTDIR)$(EXTENSIONDIR)'/pg_anon--*.sql
	rm -f '$(DESTDIR)$(PREFIX)/bin/pg_anon' \
	    '$(DESTDIR)$(PREFIX)/share/man/man1/pg_anon.1' '$(DESTDIR)$(PREFIX)/share/man/man1'/pg_anon-*.1 \
	    '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pg_anon' \
	    '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_pg_anon' \
	    '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/pg_anon.fish'

demo: setup ## mask a sample shop from end to end on a throw-away server
	@$(MAKE) --no-print-directory build
	@demo/run.sh

test: setup ## run all tests; TESTS="a b" runs only these
	@$(MAKE) --no-print-directory build
	@tests/run.sh unit regress e2e

test-unit: ## run the tests that need no server
	@tests/run.sh unit

test-regress: build ## run the SQL tests by pg_regress
	@tests/run.sh regress

test-e2e: build ## run the stories over a real server
	@tests/run.sh e2e

bench: setup ## measure against COPY, pg_dump, pg_restore and the Python tool; BENCH="a b" runs only these groups
	@$(MAKE) --no-print-directory build
	@bench/run.py $(BENCH)

bench-core: ## measure the masks and the writing of rows alone, without a server
	cargo bench --locked --package pg_anon_core $(patsubst core/benches/%.rs,--bench %,$(wildcard core/benches/*.rs))

# Clippy in the release profile shares its build scripts, bindgen above all, with the build of the extension.
lint: ## check format, clippy, shell scripts
	cargo fmt --all --check
	cargo clippy --locked --release --workspace --all-targets $(FEATURES) -- -D warnings
	shellcheck --external-sources .ci/run demo/*.sh tests/*.sh tests/lib/*.sh tests/e2e/scripts/*.sh

clean: ## remove everything that was built
	cargo clean
	rm -rf build

.PHONY: all help setup build install uninstall demo test test-unit test-regress test-e2e bench bench-core lint clean
