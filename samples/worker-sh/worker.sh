#!/bin/sh
# A worker of Ranvier in shell, with curl: it leases tasks of a queue, one at a
# time, and runs a command for each.
#
#   RANVIER_KEY=rv_live_... samples/worker-sh/worker.sh QUEUE COMMAND [ARG...]
#
# The command gets the task on its standard input, as JSON with "input" in it,
# and writes the output, any JSON, to its standard output. When it ends with
# another status than 0 the task has failed, for what it said last on its
# standard error. Its environment has TASK_ID and IDEMPOTENCY_KEY.
#
# RANVIER_URL says where the server is; http://127.0.0.1:8080 when it is not
# set. The key needs the role operator. SIGTERM ends the worker after the task
# that it is working on.
set -eu

[ $# -ge 2 ] || { echo "usage: RANVIER_KEY=... $0 QUEUE COMMAND [ARG...]" >&2; exit 2; }
: "${RANVIER_KEY:?set it to an API key with the role operator}"
url=${RANVIER_URL:-http://127.0.0.1:8080}
queue=$1
shift

umask 077
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
stopping=
trap 'stopping=yes' TERM INT
# In a file, so that nobody reads the key in the list of processes.
printf 'header = "Authorization: Bearer %s"\n' "$RANVIER_KEY" >"$dir/curl"

# request PATH FILE becomes a curl that sends the JSON of a file and prints the
# answer. What may pass is tried again: all that is sent may be sent twice.
request() {
	exec curl --config "$dir/curl" --silent --show-error --fail-with-body --max-time 90 --retry 8 --retry-connrefused \
		--header 'Content-Type: application/json' --data-binary "@$2" "$url$1"
}
post() { (request "$@"); }

# member NAME prints a plain member of the task. The server writes them before
# the input, so the first one of a name is the task's own.
member() {
	grep -o "\"$1\":\(\"[^\"]*\"\|[0-9]*\)" "$dir/task" | head -n 1 | sed 's/^[^:]*://; s/"//g'
}

# keep says that the worker is alive; it ends the command when the task is not
# this worker's any more.
keep() {
	while sleep "$3" && kill -0 "$$" 2>/dev/null; do # as long as this script runs
		status=0
		post "/v1/tasks/$1/heartbeat" "$dir/beat" >/dev/null 2>&1 || status=$?
		if [ "$status" = 22 ]; then # an answer that is no success
			: >"$dir/lost"
			kill "$2" 2>/dev/null || :
			return
		fi
	done
}

work() {
	TASK_ID=$(member task_id)
	IDEMPOTENCY_KEY=$(member idempotency_key)
	export TASK_ID IDEMPOTENCY_KEY
	lease=$(member lease)
	printf '{"lease":%s}' "$lease" >"$dir/beat"
	rm -f "$dir/lost"
	"$@" <"$dir/task" >"$dir/output" 2>"$dir/errors" &
	command=$!
	third=$(($(member lease_ms) / 3)) # of a lease, in milliseconds
	keep "$TASK_ID" "$command" "$((third / 1000)).$(printf %03d $((third % 1000)))" >/dev/null 2>&1 &
	alive=$!
	status=0
	wait "$command" || status=$?
	while kill -0 "$command" 2>/dev/null; do # a signal to this script ended the wait, not the command
		status=0
		wait "$command" || status=$?
	done
	kill -s KILL "$alive" 2>/dev/null || : # it may not have come to forget this script's trap
	wait "$alive" 2>/dev/null || :
	if [ -e "$dir/lost" ]; then
		echo "task $TASK_ID is lost" >&2
		return
	fi
	if [ "$status" = 0 ]; then
		{ printf '{"lease":%s,"output":' "$lease"; cat "$dir/output"; printf '}'; } >"$dir/end"
		post "/v1/tasks/$TASK_ID/complete" "$dir/end" >"$dir/answer" 2>&1 && return
		cp "$dir/answer" "$dir/errors" # such as an output that does not fit
		status=complete
	fi
	said=$(tail -n 1 "$dir/errors" | tr -d '"\\\000-\037' | cut -c 1-500)
	printf '{"lease":%s,"message":"%s: %s"}' "$lease" "$status" "$said" >"$dir/end"
	post "/v1/tasks/$TASK_ID/fail" "$dir/end" >/dev/null || echo "task $TASK_ID could not be ended" >&2
}

printf '{"worker":"%s-%s"}' "$(uname -n)" "$$" >"$dir/ask"
while [ -z "$stopping" ]; do
	status=0
	request "/v1/workers/$queue/lease?wait=50s" "$dir/ask" >"$dir/task" &
	asking=$!
	wait "$asking" || status=$?
	[ -z "$stopping" ] || { kill "$asking" 2>/dev/null || :; break; }
	case $status in
	0) ;;
	22) cat "$dir/task" >&2; exit 1 ;; # such as a bad key: asking again would not help
	*) sleep 2; continue ;;
	esac
	if grep -q '"task_id"' "$dir/task"; then
		# {"tasks":[{...}]} is the task once what is around it is gone.
		sed -i.bak 's/^{"tasks":\[//; s/\]}$//' "$dir/task"
		work "$@"
	fi
done
