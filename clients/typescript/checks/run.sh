#!/usr/bin/env bash
# Holds programs of others against the API: bin/ranvier or RANVIER_BIN. Fails
# when a check fails. A check that cannot run here is told of at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

failed=() missing=()

check() {
	local name=$1 began=$SECONDS
	echo "== outside: $name"
	if timeout 120 npm run --silent "$name"; then
		echo "== outside: $name took $((SECONDS - began)) s"
	else
		failed+=("$name")
	fi
}

# An own Chromium, the system's, or Debian's where we may install it.
find_chromium() {
	command -v "${CHROMIUM:-chromium}" && return
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	{ timeout 60 apt-get update -q && DEBIAN_FRONTEND=noninteractive timeout 150 apt-get install -qy --no-install-recommends chromium; } >&2 || return 1
	command -v chromium
}

if ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null || ! command -v npm >/dev/null; then
	missing+=("all of them: Node 20 and npm are not here")
elif ! timeout 150 npm ci --no-audit --no-fund; then
	missing+=("all of them: npm ci could not install what they need")
else
	check lint
	check types
	check eventsource
	check webhooks
	if CHROMIUM=$(find_chromium | tail -n 1) && [ -n "$CHROMIUM" ]; then
		export CHROMIUM
		check browser
	else
		missing+=("browser: there is no Chromium, and it could not be installed")
	fi
fi

for what in "${missing[@]}"; do echo "!! NOT RUN: outside checks: $what"; done
for what in "${failed[@]}"; do echo "!! FAILED: outside check $what"; done
[ ${#failed[@]} = 0 ]
