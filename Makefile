# Everything that is run on this project. "make" lists the targets.

GO       ?= go
BIN      := bin/ranvier
TOOLS    := $(CURDIR)/bin/tools
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT   := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
PKG      ?= ./...
TIMEOUT  ?= 10m
FUZZTIME ?= 20s
BENCH    ?= .

# The linter of this version, wherever it is: on the PATH, in Go's own
# directory, else in bin/tools, where "make tools" puts it.
LINT_VERSION := 2.15.0
GOBIN_DIR     = $(or $(shell $(GO) env GOBIN),$(shell $(GO) env GOPATH)/bin)
LINT          = $(firstword $(foreach f,$(TOOLS)/golangci-lint $(shell command -v golangci-lint) $(GOBIN_DIR)/golangci-lint,\
	$(if $(findstring version $(LINT_VERSION) ,$(shell $(f) version 2>/dev/null)),$(f))))

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/ranvier, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/ranvier

.PHONY: run
run: build ## build, then start a server with an example in it
	$(BIN) dev

.PHONY: test
test: ## all tests, with the race detector, in random order (PKG=./events)
	$(GO) test -race -shuffle=on -timeout $(TIMEOUT) $(PKG)

.PHONY: client
client: build ## build, check and test the TypeScript client; needs Node 20 and npm
	cd clients/typescript && npm ci --no-audit --no-fund && npm run lint && RANVIER_BIN=$(CURDIR)/$(BIN) node --test test/*.test.js

.PHONY: outside
outside: build ## hold others' programs against the API; needs Node 20, npm and Chromium
	RANVIER_BIN=$(CURDIR)/$(BIN) clients/typescript/checks/run.sh

.PHONY: check
check: fmt vet lint test ## all that a change must pass

.PHONY: fmt
fmt: ## fail when gofmt would change a file
	@files=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$files" ]; then echo "gofmt would change:" $$files; exit 1; fi

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: lint
lint: tools ## golangci-lint, with .golangci.yaml
	$(LINT) run

.PHONY: docs
docs: ## write again what is generated from the code: docs/configuration.md
	$(GO) test ./config -run 'TestConfigurationPage|TestFlagUsage' -update

.PHONY: bench
bench: ## all benchmarks (PKG=./events BENCH=Seal)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME, 20s
	@set -e; \
	for file in $$(git ls-files -co --exclude-standard '*_test.go' | xargs grep -lE '^func Fuzz'); do \
	  for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' $$file); do \
	    echo "$$file $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file); \
	  done; \
	done

.PHONY: tools
tools: ## install the linter into bin/tools unless its version is here already
	@if [ -z "$(LINT)" ]; then \
	  echo "installing golangci-lint $(LINT_VERSION) into bin/tools; this takes some minutes"; \
	  GOBIN=$(TOOLS) CGO_ENABLED=0 $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION); \
	fi

.PHONY: clean
clean: ## remove what was built; data directories stay
	rm -rf bin
