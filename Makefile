# baton: the few commands that a person needs. meson and ninja do the work.
# SPDX-License-Identifier: GPL-2.0-or-later

DEBUG := build/debug
RELEASE := build/release
FUZZ := build/fuzz

.PHONY: all debug release test diff keywords demo bench soak soak-lan soak-gapless soak-faults soak-lvs \
	soak-checks fuzz mutants check-setup setup \
	configure format clean install uninstall

all: release

# Installs everything that building and testing need, by apt; only this, `make
# test` and `make demo` do.
setup:
	@tests/setup

# Building installs nothing: it says what is missing.
check-setup:
	@tests/setup --check

# To move a program to another address, page by page, is half of the start of one
# with sanitizers, and the tests start thousands.
$(DEBUG)/build.ninja: | check-setup
	meson setup $(DEBUG) -Doptimization=g \
		-Db_sanitize=address,undefined -Db_lundef=false \
		-Db_staticpic=false -Dc_args=-fno-pie -Dc_link_args=-no-pie

$(RELEASE)/build.ninja: | check-setup
	meson setup $(RELEASE) --buildtype=release

configure: $(DEBUG)/build.ninja $(RELEASE)/build.ninja
	@:

debug: $(DEBUG)/build.ninja
	@ninja -C $(DEBUG)

release: $(RELEASE)/build.ninja
	@ninja -C $(RELEASE)

# docs/KEYWORDS.md, from the tables of the configuration.
keywords: debug
	@tests/house/words.py $(DEBUG)/man/keywords --write

# The programs, their manual pages and bash's completion; DESTDIR is honoured.
install: release
	@meson install -C $(RELEASE) --no-rebuild

uninstall:
	@ninja -C $(RELEASE) uninstall

# All tests; ends with the line "N passed, N failed, N skipped". The debug build
# is for memory and undefined behaviour; the release simulates and explores, and
# can lock memory. All of that is built: it is what `make` builds, with more
# warnings than a build with sanitizers can have.
test: setup
	@$(MAKE) --no-print-directory -j2 -O configure
	@$(MAKE) --no-print-directory debug
	@ninja -C $(RELEASE)
	@tests/run

# FILES (20000) generated configurations under keepalived and under baton, from
# number FIRST (0): what the one runs, the other runs.
diff: release
	@tests/setup --check keepalived
	@nice tests/diff/run --first $(or $(FIRST),0) --files $(or $(FILES),20000)

# A million simulated LANs on both cores, then the larger explorations, and a
# million successions.
soak: release
	@pids=; for i in 0 1; do \
		nice $(RELEASE)/tests/sim/sim --first $$((i * 500000 + 1)) \
			--seeds 500000 & pids="$$pids $$!"; \
	done; status=0; for pid in $$pids; do wait $$pid || status=1; done; \
	[ $$status = 0 ] && nice $(RELEASE)/tests/explore/explore --soak && \
	nice $(RELEASE)/tests/succession/succession --seeds 1000000

# Side by side with keepalived; BENCH="one many --rounds 3" runs parts.
bench: release
	@tests/setup --check keepalived
	@tests/bench/bench $(BENCH)

# Two routers on a LAN, one fails, the other takes over: half a minute.
demo: setup
	@$(MAKE) --no-print-directory release
	@demo/demo

# 4000 virtual routers at 100 ms beside a busy core; SOAK="--seconds 60".
soak-lan: release
	@tests/bench/soak $(SOAK)

# Crashes, upgrades, handovers, reloads, attacks, floods, storms, and ledgers that
# were spoiled: ROUNDS (20) times each, one after another, since milliseconds are
# judged. Over an hour.
soak-gapless: release
	@tests/setup --check keepalived strace
	@BATON_BUILD=$(CURDIR)/$(RELEASE) BATON_ROUNDS=$(or $(ROUNDS),20) \
		/usr/bin/python3 -B -m pytest -q --no-header \
		-p no:cacheprovider tests/netns/test_gapless.py \
		tests/netns/test_hostile.py tests/netns/test_storm.py \
		tests/netns/test_turn.py tests/netns/test_ledger.py \
		tests/netns/test_windows.py tests/netns/test_flood.py \
		tests/netns/test_taken.py tests/netns/test_forger.py

# Processes die and freeze at random moments, ROUNDS (300) times, and a third of
# that in each of the other settings (tests/netns/faults.py). An hour; SEED (1)
# is that of the first round.
soak-faults: release
	@status=0; for setting in plain full blocked rich; do \
		rounds=$$(($(or $(ROUNDS),300) / 3)); \
		[ $$setting != plain ] || rounds=$(or $(ROUNDS),300); \
		BATON_BUILD=$(CURDIR)/$(RELEASE) nice tests/netns/faults.py \
			--setting $$setting --seed $(or $(SEED),1) \
			--rounds $$rounds || status=1; \
	done; exit $$status

# Each process of a director dies and freezes under load, ROUNDS (20) times, in
# the virtual machine: half an hour.
soak-lvs: release
	@BATON_ROUNDS=$(or $(ROUNDS),20) tests/vm/run --seconds 7200 -k deaths

# Health checks among servers that mean harm, for SECONDS (600); SEED: as it says.
soak-checks: release
	@$(RELEASE)/tests/siege/siege $(or $(SECONDS),600) $(SEED)

# Each fuzz target for FUZZ_SECONDS (300), with sanitizers, from the corpus.
$(FUZZ)/build.ninja: | check-setup
	@tests/setup --check clang
	CC=clang meson setup $(FUZZ) --buildtype=debugoptimized \
		-Db_sanitize=address,undefined -Db_lundef=false \
		-Dwerror=false -Dc_args="-fsanitize=fuzzer-no-link \
		-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"

fuzz: $(FUZZ)/build.ninja
	@ninja -C $(FUZZ) fuzz_targets
	@nice tests/fuzz/run $(FUZZ)

# Puts faults into the core, one at a time; the tests must catch every one.
mutants: check-setup
	@nice tests/mutants/run.py

clean:
	rm -rf build

format:
	clang-format -i $$(git ls-files '*.c' '*.h')
