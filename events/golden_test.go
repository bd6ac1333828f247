package events

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the missing files of testdata; the others are never touched")

var noon = At(time.Date(2026, 1, 2, 12, 0, 0, 345e6, time.UTC))

// samples has one example of each fact with every field set. An example is
// never changed: a fact that gets a field gets another example, named
// "<type>-2" and so on.
var samples = map[string]Fact{
	"job.submitted-1": &JobSubmitted{
		ConcurrencyKey: "k", Graph: PayloadOf(map[string]any{"nodes": []string{"a"}}), Input: PayloadOf("héllo <&>\u2028"),
		Labels: PayloadOf(map[string]string{"team": "x"}), NeuronID: "n1", Nodes: 3, PathwayID: "p1", PathwayVersion: 2,
		Priority: 9, ReceptorID: "r1", Request: HashOf([]byte("request")), RunAt: &noon, Timeout: 90_000, TraceID: "t1",
	},
	"job.started-1":   &JobStarted{Deadline: &noon},
	"job.waiting-1":   &JobWaiting{},
	"job.paused-1":    &JobPaused{},
	"job.resumed-1":   &JobResumed{},
	"job.completed-1": &JobCompleted{Result: PayloadOf([]any{1.5, nil, true, "x"})},
	"job.completed-2": &JobCompleted{Result: PayloadOf(strings.Repeat("é<\"", 500)).Detached()},
	"job.failed-1":    &JobFailed{Code: "TIMEOUT", Message: "took \"too\" long\n", Node: "a"},
	"job.cancelled-1": &JobCancelled{Reason: "by hand"},
	"job.deleted-1":   &JobDeleted{},
	"job.erased-1":    &JobErased{},
	"node.started-1":  &NodeStarted{Attempt: 2, Kind: "neuron", Node: "a", Recovered: true, Runner: "e1", Visit: 3},
	"node.succeeded-1": &NodeSucceeded{
		Attempt: 1, Dead: []int{2, 3}, Node: "a", Output: PayloadOf(map[string]int{"n": 1}), Taken: []int{0, 1},
		Usage: Usage{CostMicroUSD: 1, InputTokens: 2, ModelCalls: 3, OutputTokens: 4, ToolCalls: 5}, Visit: 1,
	},
	"node.failed-1": &NodeFailed{
		Attempt: 3, Code: "HTTP_500", Dead: []int{1}, Message: "no", Node: "b", Output: PayloadOf(map[string]string{"error": "no"}),
		Taken: []int{0}, Usage: Usage{CostMicroUSD: 1}, Visit: 2,
	},
	"node.retrying-1": &NodeRetrying{At: noon, Attempt: 1, Code: "C", Message: "m", Node: "b", Usage: Usage{ToolCalls: 1}, Visit: 1},
	"node.skipped-1":  &NodeSkipped{Dead: []int{4}, Kind: "end", Node: "c"},
	"node.waiting-1":  &NodeWaiting{Attempt: 1, Node: "d", Until: &noon, Visit: 1},
	"job.submitted-2": &JobSubmitted{
		FromNode: "b", Graph: PayloadOf(map[string]any{"nodes": []string{"a", "b"}}), Input: PayloadOf(nil), Nodes: 2, RerunOf: "job-0",
	},
	"node.reused-1": &NodeReused{
		Code: "HTTP_500", Dead: []int{1}, Kind: "http", Message: "no", Node: "a", Output: PayloadOf(map[string]string{"error": "no"}), Taken: []int{0},
	},
	"node.waiting-2":    &NodeWaiting{Attempt: 1, Events: []string{"paid", "order.cancelled"}, Node: "d", Until: &noon, Visit: 1},
	"node.waiting-3":    &NodeWaiting{Attempt: 1, Events: []string{"paid"}, Fresh: true, Node: "d", Visit: 1},
	"node.cancelled-1":  &NodeCancelled{Attempt: 2, Dead: []int{3, 4}, Kind: "http", Node: "a", Visit: 1},
	"signal.received-1": &SignalReceived{Data: PayloadOf(map[string]int{"amount": 5}), Key: HashOf([]byte("key")), N: 2, Name: "paid", Request: HashOf([]byte("request"))},
	"signal.received-2": &SignalReceived{Data: PayloadOf(nil), N: 1, Name: "go"},
	"signal.taken-1":    &SignalTaken{N: 2, Node: "d", Visit: 1},
	"node.looped-1":     &NodeLooped{Edge: 5, Edges: []int{2, 5}, Node: "a", Reset: []string{"a", "b"}, Times: 2},
	"intervention.opened-1": &InterventionOpened{
		Actions: []string{"approve", "reject"}, Default: "approve", ExpiresAt: &noon, Fields: PayloadOf(map[string]string{"type": "object"}),
		ID: "i1", Node: "h", OnExpire: "fail", Prompt: PayloadOf("Ship it?"), Required: 2, Visit: 1,
	},
	"intervention.answered-1": &InterventionAnswered{
		Action: "approve", Answer: PayloadOf(map[string]string{"comment": "ok"}), ID: "i1", Responder: "u1", Status: "approved",
	},
	"intervention.expired-1": &InterventionExpired{Action: "reject", ID: "i1"},
	"intervention.opened-2": &InterventionOpened{
		Actions: []string{"approve", "reject"}, ID: "i1", Node: "h", Prompt: PayloadOf("Ship it?"), RemindAfter: 90_000, Required: 2, Responders: 3, Visit: 1,
	},
	"intervention.answered-2": &InterventionAnswered{Action: "reject", ID: "i1", Outcome: "undecided", Responder: "u2", Status: "answered"},
	"intervention.reminded-1": &InterventionReminded{ID: "i1", Times: 2},
	"job.submitted-4": &JobSubmitted{
		Graph: PayloadOf(map[string]any{"nodes": []string{"a"}}), Nodes: 1,
		Parent: &Parent{Attempt: 1, Call: "c1", Depth: 2, Job: "job-0", Node: "each/3/sub", Visit: 1},
	},
	"node.started-2": &NodeStarted{Attempt: 2, Continued: true, Kind: "neuron", Node: "a", Runner: "e1", Visit: 1},
	"intervention.opened-3": &InterventionOpened{
		Actions: []string{"approve", "reject"}, Call: "c1", ID: "i1", Node: "h", Prompt: PayloadOf("May it?"), Required: 1, Visit: 1,
	},
	"node.fanned-1":       &NodeFanned{Attempt: 1, Concurrency: 5, Items: PayloadOf([]int{1, 2, 3}), MinSuccess: 2, Node: "each", Total: 3, Visit: 1},
	"node.fanned-2":       &NodeFanned{Attempt: 1, Concurrency: 10, Items: PayloadOf([]int{1, 2, 3}), MinSuccess: 2, Node: "each", Rest: "cancel", Total: 3, Until: &noon, Visit: 1},
	"item.succeeded-1":    &ItemSucceeded{From: "call", Index: 2, Node: "each", Output: PayloadOf("x"), Visit: 1},
	"item.failed-1":       &ItemFailed{Code: "HTTP_ERROR", Index: 1, Message: "no", Node: "each", Visit: 1},
	"node.spawned-1":      &NodeSpawned{Attempt: 1, Call: "c1", Child: "job-2", Node: "sub", Until: &noon, Visit: 1},
	"node.stopped-1":      &NodeStopped{Attempt: 1, Node: "a", Outcome: "stopped", Visit: 1},
	"task.opened-1":       &TaskOpened{Attempt: 1, ID: "t1", Input: PayloadOf(map[string]int{"n": 1}), Lease: 60_000, MaxLeases: 5, Node: "w", Queue: "gpu", Until: &noon, Visit: 1},
	"task.leased-1":       &TaskLeased{Expires: noon, ID: "t1", Lease: 1, Worker: "host-7"},
	"task.extended-1":     &TaskExtended{Expires: noon, ID: "t1", Lease: 1},
	"task.progressed-1":   &TaskProgressed{ID: "t1", Lease: 1, Progress: PayloadOf(map[string]int{"percent": 40})},
	"task.expired-1":      &TaskExpired{ID: "t1", Lease: 1},
	"turn.completed-1":    &TurnCompleted{Attempt: 1, Node: "a", Reply: PayloadOf(map[string]string{"text": "hm"}), Turn: 1, Usage: Usage{InputTokens: 9}, Visit: 1},
	"reflex.called-1":     &ReflexCalled{Arguments: PayloadOf(map[string]int{"n": 1}), Attempt: 1, Call: "c1", Name: "search", Node: "a", Turn: 1, Visit: 1},
	"reflex.answered-2":   &ReflexAnswered{Attempt: 1, Call: "c1", Name: "weather", Node: "a", Result: PayloadOf("found"), Usage: Usage{ToolCalls: 1}, Visit: 1},
	"reflex.answered-1":   &ReflexAnswered{Attempt: 1, Call: "c1", Code: "HTTP_ERROR", Node: "a", Result: PayloadOf("found"), Usage: Usage{ToolCalls: 1}, Visit: 1},
	"secret.stored-1":     &SecretStored{Name: "api-token", Sealed: "c2VhbGVk", Version: 1},
	"secret.deleted-1":    &SecretDeleted{Name: "api-token"},
	"workspace.created-1": &WorkspaceCreated{Name: "Main"},
	"neuron.stored-1":     &NeuronStored{Definition: PayloadOf(map[string]string{"kind": "echo"}), ID: "n1", Slug: "echo", Version: 1},
	"neuron.deleted-1":    &NeuronDeleted{ID: "n1"},
	"pathway.stored-1":    &PathwayStored{Definition: PayloadOf(map[string]any{"nodes": []any{}}), ID: "p1", Slug: "flow", Version: 7},
	"pathway.deleted-1":   &PathwayDeleted{ID: "p1"},
	"key.created-1":       &KeyCreated{ExpiresAt: &noon, Hash: HashOf([]byte("secret")), ID: "k1", Instance: true, Name: "ci", Role: "admin"},
	"key.created-2":       &KeyCreated{ExpiresAt: &noon, Hash: HashOf([]byte("secret")), ID: "k1", Instance: true, Name: "ci", Prefix: "rv_live_abcd", Role: "admin"},
	"key.revoked-1":       &KeyRevoked{ID: "k1"},
	"job.submitted-3": &JobSubmitted{
		Channel: "cron", ConcurrencyKey: "k", ConcurrencyLimit: 1, Graph: PayloadOf(map[string]any{"nodes": []string{"a"}}), Nodes: 1, ReceptorID: "r1", Tick: &noon,
	},
	"receptor.stored-1": &ReceptorStored{
		Definition: PayloadOf(map[string]string{"name": "Nightly"}), ID: "r1", Secrets: []string{"c2VhbGVk"}, Slug: "nightly", Version: 2,
	},
	"receptor.skipped-1": &ReceptorSkipped{ID: "r1", Job: "job-1", Tick: noon},
	"receptor.skipped-2": &ReceptorSkipped{ID: "r1", Reason: "missed", Since: &noon, Tick: noon},
	"receptor.deleted-1": &ReceptorDeleted{ID: "r1"},
	"share.created-1": &ShareCreated{
		ExpiresAt: &noon, Hash: HashOf([]byte("token")), ID: "s1", Job: "job-1", Kind: "intervention", Responder: "anna", Target: "i1",
	},
	"share.revoked-1":        &ShareRevoked{ID: "s1"},
	"workspace.configured-1": &WorkspaceConfigured{Settings: PayloadOf(map[string]int{"limit": 1})},
	"workspace.configured-2": &WorkspaceConfigured{Name: "Nerves", Settings: PayloadOf(map[string]int{"limit": 2})},
}

func typeOf(sample string) string { return sample[:strings.LastIndexByte(sample, '-')] }

// TestGolden: what was ever written is still written and read the same way.
func TestGolden(t *testing.T) {
	for name, fact := range samples {
		t.Run(name, func(t *testing.T) {
			subject := JobSubject("ws", "job-1")
			draft := Draft{
				Subject: subject, Head: Head{Seq: 41, N: 7, Hash: HashOf([]byte("before"))}, ID: "c-" + name, Token: 5,
				At: noon, Actor: Actor{ID: "key-1", Kind: "key"},
			}
			c, err := Seal(draft, fact)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".json")
			want, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) && *update {
				want = append(bytes.Clone(c.Bytes()), '\n')
				err = os.WriteFile(path, want, 0o644)
			}
			if err != nil {
				t.Fatalf("%v; go test ./events -update writes what is missing", err)
			}
			want = bytes.TrimSuffix(want, []byte("\n"))
			if d := cmp.Diff(string(want), string(c.Bytes())); d != "" {
				t.Errorf("stored form (-want +got):\n%s", d)
			}
			read, err := Decode(subject, 42, want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(fact, read.Events[0].Fact); d != "" {
				t.Errorf("read back (-want +got):\n%s", d)
			}
			head, err := Verify(draft.Head, read)
			if err != nil {
				t.Error(err)
			}
			if head != read.Head() || head.Seq != 42 || head.N != 8 {
				t.Errorf("the head is %+v, want that of the commit, %+v", head, read.Head())
			}
		})
	}
}

// TestGoldenComplete: each fact of the closed set has an example that sets
// every field, and no file is left over.
func TestGoldenComplete(t *testing.T) {
	set := make(map[string]bool) // "<type> <field>" that some example sets
	for name, fact := range samples {
		kind := typeOf(name)
		if fact.Type() != kind {
			t.Errorf("example %s is a %s", name, fact.Type())
		}
		for field, value := range fields(fact) {
			if !value.IsZero() {
				set[kind+" "+field] = true
			}
		}
	}
	for kind, make := range blank {
		if samples[kind+"-1"] == nil {
			t.Errorf("%s has no example", kind)
		}
		if got := make().Type(); got != kind {
			t.Errorf("%s reads as %s", kind, got)
		}
		for field := range fields(make()) {
			if !set[kind+" "+field] {
				t.Errorf("no example sets %s of %s", field, kind)
			}
		}
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if samples[strings.TrimSuffix(filepath.Base(f), ".json")] == nil {
			t.Errorf("%s belongs to no example", f)
		}
	}
	if len(files) != len(samples) {
		t.Errorf("%d files for %d examples", len(files), len(samples))
	}
}
