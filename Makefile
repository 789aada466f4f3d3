# skylua: `make`, `make demo`, `make test`. README.md says what each shows.
#
# Sources are found by wildcard, floor by floor (src/README.md); the Lua half is
# compiled into the binary by src/embed.lua. SANITIZE=address|thread builds a
# second tree beside the first.

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc) --no-print-directory
endif

FLOORS := base os graph store eval nodes bind
TESTED := base os graph store eval nodes

ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60

ifeq ($(SANITIZE),address)
B := build-asan
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else ifeq ($(SANITIZE),thread)
B := build-tsan
SAN := -fsanitize=thread
else
B := build
SAN :=
endif

WARN := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes \
	-Wswitch-enum -Wvla -Wundef -pedantic $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
# Asked once, and only when something is compiled: pkg-config may have to be
# installed first.
LUA_INC = $(eval LUA_INC := $$(patsubst -I%,-isystem %,\
	$$(shell pkg-config --cflags lua5.4 lua5.4-luv libuv libxxhash)))$(LUA_INC)
LUA_DIR = $(eval LUA_DIR := $$(shell pkg-config --variable=libdir lua5.4))$(LUA_DIR)
static_or = $(or $(wildcard $(LUA_DIR)/lib$(1).a),-l$(1))
LUA_LIB = $(call static_or,lua5.4-luv) $(call static_or,lua5.4)
SKY_CFLAGS = -std=c17 -D_GNU_SOURCE -Isrc $(LUA_INC) $(WARN) $(SAN) -pthread $(CFLAGS)
LIBS := -luv -lxxhash -lpthread -ldl -lm

# One short line for each step; V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1) $(2)")

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
SRCS := $(foreach f,$(FLOORS),$(sort $(wildcard src/$(f)/*.c)))
OBJS := $(call obj,$(SRCS) src/main.c) $(B)/obj/embed.o
TEST_LIB := $(call obj,$(foreach f,$(TESTED),$(filter src/$(f)/%,$(SRCS))))
TEST_HELP := $(call obj,$(filter-out spec/c/test_%,$(wildcard spec/c/*.c)))
TESTS := $(patsubst spec/c/%.c,$(B)/test/%,$(sort $(wildcard spec/c/test_*.c)))
FUZZERS := $(patsubst spec/fuzz/%.c,build-fuzz/%,$(sort $(wildcard spec/fuzz/*.c)))

.PHONY: all deps demo test asan tsan torture real bench fmt lint fuzz install clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/skylua

deps:
	@.ci/deps

$(B)/skylua: $(OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(CFLAGS) $(LDFLAGS) -Wl,-E -o $@ $(OBJS) $(LUA_LIB) $(LIBS)

$(B)/obj/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(SKY_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/embed.o: $(B)/gen/embed.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(SKY_CFLAGS) -MMD -MP -c -o $@ $<

# Run always, written only when something changed: so a removed file counts too.
$(B)/gen/embed.c: FORCE | deps
	@mkdir -p $(@D)
	@lua5.4 src/embed.lua $@

$(B)/test/%: $(B)/obj/spec/c/%.o $(TEST_HELP) $(TEST_LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/spec/c/%.o: SKY_CFLAGS += -Ispec

# The same program with system calls that fail on demand (spec/fault/fault.c).
WRAPPED := openat open read pread readlinkat write pwrite copy_file_range fstatat fstat readdir \
	renameat unlinkat mkdirat symlinkat linkat fchmod fchmodat ftruncate fdatasync fsync mmap \
	flock clone
$(B)/skylua-fault: $(OBJS) $(B)/obj/spec/fault/fault.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(SAN) $(CFLAGS) $(LDFLAGS) $(WRAPPED:%=-Wl,--wrap=%) -Wl,-E -o $@ $^ \
		$(LUA_LIB) $(LIBS)

FORCE:

-include $(OBJS:.o=.d) $(B)/obj/spec/fault/fault.d $(TEST_HELP:.o=.d) $(patsubst $(B)/test/%,$(B)/obj/spec/c/%.d,$(TESTS))

# ---- what it shows ----

demo: all
	@spec/support/demo.sh $(B)/skylua

test:
	@.ci/deps test
	@$(MAKE) WERROR=1 .run-tests

.PHONY: .run-tests
.run-tests: $(B)/skylua $(B)/skylua-fault $(TESTS)
	@SKYLUA=$(CURDIR)/$(B)/skylua lua5.4 spec/support/run.lua $(TESTS)

asan:
	@$(MAKE) SANITIZE=address test

tsan:
	@SKYLUA_EVALUATORS=4 $(MAKE) SANITIZE=thread test

# Minutes: a small build killed at each system call, refused each of them, and its
# state damaged in each way; then random edits.
TORTURE_STEPS ?= 2000
torture: all $(B)/skylua-fault
	@SKYLUA=$(CURDIR)/$(B)/skylua lua5.4 spec/fault/torture.lua
	@SKYLUA=$(CURDIR)/$(B)/skylua SKYLUA_ORACLE_STEPS=$(TORTURE_STEPS) \
		lua5.4 spec/oracle/random_builds.lua

real: all
	@SKYLUA=$(CURDIR)/$(B)/skylua spec/real/run.sh

bench: all
	@SKYLUA=$(CURDIR)/$(B)/skylua spec/bench/run.sh

# ---- care ----

fmt:
	clang-format -i $(wildcard src/*.c src/*/*.[ch] spec/c/*.[ch] spec/fuzz/*.c)

lint: | deps
	luacheck --quiet lua rules spec src/embed.lua
	@! command -v cppcheck >/dev/null || cppcheck --quiet --std=c11 --enable=warning,portability \
		--inline-suppr --error-exitcode=1 -Isrc src
	@! command -v clang-tidy >/dev/null || clang-tidy --quiet $(SRCS) src/main.c -- \
		-std=c17 -D_GNU_SOURCE -Isrc $(LUA_INC)

build-fuzz/%: spec/fuzz/%.c $(SRCS) | deps
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang -std=c17 -D_GNU_SOURCE -Isrc -g -O1 -fsanitize=fuzzer,address,undefined -o $@ $< \
		$(foreach f,$(TESTED),$(filter src/$(f)/%,$(SRCS))) $(LIBS)

fuzz: $(FUZZERS) $(B)/skylua
	@set -e; for f in $(FUZZERS); do \
		mkdir -p $$f.corpus; echo "== $$f ($(FUZZ_SECONDS) s)"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$$f. $$f.corpus; done
	$(B)/skylua lua spec/engine/random.lua seconds=$(FUZZ_SECONDS)

install: all
	install -D -m 755 $(B)/skylua $(DESTDIR)$(PREFIX)/bin/skylua

clean:
	rm -rf build build-asan build-tsan build-fuzz
