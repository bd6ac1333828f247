package projections

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

func TestJobFollowsItsHistory(t *testing.T) {
	h := newHistory(t)
	s := events.JobSubject("main", jobID(1))
	r := start(t, testPath(t), h.log)
	wait := func(seq uint64) {
		t.Helper()
		if err := r.Wait(t.Context(), events.Jobs, seq); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := r.Job(t.Context(), "main", s.ID); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before its first commit: %v", err)
	}
	wait(h.add(s, submit(events.JobSubmitted{PathwayID: "p", TraceID: "t"})...))
	j, err := r.Job(t.Context(), "main", s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if j.Status != job.Running || j.Cursor.Job != 1 || j.ID != s.ID {
		t.Fatalf("after its start: %+v", j)
	}
	if _, err := r.Job(t.Context(), "other", s.ID); !errors.Is(err, ErrNotFound) {
		t.Fatalf("in another workspace: %v", err)
	}
	if open, err := r.Unfinished(t.Context()); err != nil || !slices.Equal(open, []events.Subject{s}) {
		t.Fatalf("unfinished: %v, %v", open, err)
	}

	wait(h.add(s, succeed()...))
	j, err = r.Job(t.Context(), "main", s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if j.Status != job.Completed || j.Progress != 100 || j.Cursor.Job != 2 || r.Folded(events.Jobs) != 2 {
		t.Fatalf("after its end: %+v", j)
	}
	if open, err := r.Unfinished(t.Context()); err != nil || len(open) != 0 {
		t.Fatalf("unfinished: %v, %v", open, err)
	}
}

func TestUnfinishedAreOldestFirstInAllWorkspaces(t *testing.T) {
	h := newHistory(t)
	var want []events.Subject
	for i := range 30 {
		s := events.JobSubject([]string{"a", "b", "main"}[i%3], jobID(i))
		h.now = h.now.Add(time.Duration(i%2) * time.Millisecond)
		h.add(s, submit(events.JobSubmitted{})...)
		if i%5 == 0 {
			h.add(s, succeed()...)
		} else {
			want = append(want, s)
		}
	}
	r := start(t, testPath(t), h.log)
	got, err := r.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The bounds of a time range are strict, also within a millisecond.
func TestJobsCreatedBetween(t *testing.T) {
	h := newHistory(t)
	begin := h.now
	for i := range 5 {
		h.now = begin.Add(time.Duration(i) * time.Millisecond)
		h.add(events.JobSubject("main", jobID(i)), submit(events.JobSubmitted{})...)
	}
	at := func(ms, us int) time.Time {
		return begin.Add(time.Duration(ms)*time.Millisecond + time.Duration(us)*time.Microsecond)
	}
	r := start(t, testPath(t), h.log)
	for _, test := range []struct {
		name          string
		after, before time.Time
		want          []int
	}{
		{"all", time.Time{}, time.Time{}, []int{4, 3, 2, 1, 0}},
		{"after", at(1, 0), time.Time{}, []int{4, 3, 2}},
		{"after, within", at(1, 400), time.Time{}, []int{4, 3, 2}},
		{"before", time.Time{}, at(3, 0), []int{2, 1, 0}},
		{"before, within", time.Time{}, at(3, 400), []int{3, 2, 1, 0}},
		{"both", at(0, 999), at(2, 1), []int{2, 1}},
		{"nothing between", at(2, 0), at(3, 0), nil},
		{"crossed", at(3, 0), at(2, 0), nil},
		{"long ago", time.Time{}, time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), nil},
		{"before 1970", time.Date(1931, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, []int{4, 3, 2, 1, 0}},
	} {
		jobs, total, err := r.Jobs(t.Context(), "main", JobFilter{CreatedAfter: test.after, CreatedBefore: test.before})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, i := range test.want {
			want = append(want, jobID(i))
		}
		for _, j := range jobs {
			got = append(got, j.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" || total != len(want) {
			t.Errorf("%s: total %d\n%s", test.name, total, diff)
		}
	}
}

func neuron(id, slug, name, description string, version int) *events.NeuronStored {
	return &events.NeuronStored{ID: id, Slug: slug, Version: version, Definition: events.PayloadOf(catalog.NeuronSpec{
		Name: name, Slug: slug, Description: description, Kind: "echo", IsActive: true,
		Config: []byte(`{}`), InputSchema: []byte("null"), OutputSchema: []byte("null"),
	})}
}

func TestDefinitions(t *testing.T) {
	h := newHistory(t)
	main := events.CatalogSubject("main")
	h.add(main, &events.WorkspaceCreated{Name: "main"}, neuron("n1", "bravo", "Bravo", "the second letter", 1))
	h.now = h.now.Add(time.Second)
	h.add(main, neuron("n2", "alpha", "alpha", "the first LETTER", 1), neuron("n3", "ghost", "Ghost", "", 1))
	h.add(events.CatalogSubject("other"), neuron("n9", "bravo", "Other", "", 1))
	created := h.now
	h.now = h.now.Add(time.Second)
	h.add(main, neuron("n2", "zulu", "Zulu", "the last letter", 2))        // gives alpha free
	h.add(main, &events.NeuronDeleted{ID: "n3"})                           //
	h.add(main, neuron("n4", "alpha", "Again Alpha", "takes the slug", 1)) //
	h.add(main, &events.NeuronStored{ID: "n5", Slug: "broken", Version: 1, Definition: events.PayloadOf([]int{1})})
	h.add(main, &events.PathwayStored{ID: "p1", Slug: "flow", Version: 1, Definition: events.PayloadOf(catalog.PathwaySpec{
		Name: "Flow", Slug: "flow", Graph: []byte(`{"nodes":[]}`), Data: []byte("null"),
	})})
	r := start(t, testPath(t), h.log)

	for _, test := range []struct{ workspace, ask, want string }{
		{"main", "n1", "n1"}, {"main", "bravo", "n1"}, {"main", "n2", "n2"}, {"main", "zulu", "n2"},
		{"main", "alpha", "n4"}, {"main", "ghost", ""}, {"main", "n3", ""}, {"main", "n9", ""},
		{"other", "bravo", "n9"}, {"other", "n1", ""}, {"main", "broken", ""}, {"main", "", ""}, {"mai", "n", ""},
	} {
		n, err := r.Neuron(t.Context(), test.workspace, test.ask)
		switch {
		case test.want == "":
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of %s: %v, %v", test.ask, test.workspace, n, err)
			}
		case err != nil || n.ID != test.want:
			t.Errorf("%s of %s: %v, %v", test.ask, test.workspace, n, err)
		}
	}
	n, err := r.Neuron(t.Context(), "main", "zulu")
	if err != nil {
		t.Fatal(err)
	}
	if n.Version != 2 || !n.CreatedAt.Equal(created) || !n.UpdatedAt.Equal(h.now) || n.Name != "Zulu" {
		t.Errorf("the second version: %+v", n)
	}
	if p, err := r.Pathway(t.Context(), "main", "flow"); err != nil || p.ID != "p1" || string(p.Graph) != `{"nodes":[]}` {
		t.Errorf("the pathway: %v, %v", p, err)
	}
	if list, total, err := r.Pathways(t.Context(), "main", DefinitionFilter{}); err != nil || total != 1 || len(list) != 1 {
		t.Errorf("the pathways: %v, %d, %v", list, total, err)
	}

	for _, test := range []struct {
		f     DefinitionFilter
		want  string
		total int
	}{
		{DefinitionFilter{}, "n4 n2 n1", 3},
		{DefinitionFilter{Ascending: true}, "n1 n2 n4", 3},
		{DefinitionFilter{SortBy: ByCreated, Limit: 1, Offset: 1}, "n2", 3},
		{DefinitionFilter{SortBy: ByUpdated}, "n4 n2 n1", 3},
		{DefinitionFilter{SortBy: ByName, Ascending: true}, "n4 n1 n2", 3},
		{DefinitionFilter{SortBy: ByName}, "n2 n1 n4", 3},
		{DefinitionFilter{Search: "LETTER"}, "n2 n1", 2},
		{DefinitionFilter{Search: "alph"}, "n4", 1},
		{DefinitionFilter{Search: "zul"}, "n2", 1},
		{DefinitionFilter{Search: "nowhere"}, "", 0},
		{DefinitionFilter{Offset: 7}, "", 3},
	} {
		list, total, err := r.Neurons(t.Context(), "main", test.f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, n := range list {
			ids = append(ids, n.ID)
		}
		if got := strings.Join(ids, " "); got != test.want || total != test.total {
			t.Errorf("%+v: %s of %d", test.f, got, total)
		}
	}
	if _, _, err := r.Neurons(t.Context(), "main", DefinitionFilter{SortBy: "size"}); err == nil {
		t.Error("an unknown order was taken")
	}
}

func TestKeys(t *testing.T) {
	h := newHistory(t)
	key := func(id, text string) *events.KeyCreated {
		return &events.KeyCreated{ID: id, Hash: events.HashOf([]byte(text)), Name: "name of " + id, Role: "operator"}
	}
	main, other := events.CatalogSubject("main"), events.CatalogSubject("other")
	h.add(main, key("k2", "two"), key("k1", "one"))
	h.add(other, key("k3", "three"), key("k1", "another one"))
	r := start(t, testPath(t), h.log)
	find := func(text string) string {
		t.Helper()
		r.catchUp()
		k, err := r.Key(t.Context(), events.HashOf([]byte(text)))
		if errors.Is(err, ErrNotFound) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return k.Workspace + "/" + k.ID
	}
	for text, want := range map[string]string{"one": "main/k1", "two": "main/k2", "three": "other/k3", "another one": "other/k1", "four": ""} {
		if got := find(text); got != want {
			t.Errorf("key %s is %s, not %s", text, got, want)
		}
	}
	h.add(main, &events.KeyRevoked{ID: "k1"}, &events.KeyRevoked{ID: "k3"}) // the second is not its own
	for text, want := range map[string]string{"one": "", "two": "main/k2", "three": "other/k3", "another one": "other/k1"} {
		if got := find(text); got != want {
			t.Errorf("after the revocation key %s is %s, not %s", text, got, want)
		}
	}
	keys, err := r.Keys(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range keys {
		got = append(got, k.ID+" "+string(k.Role)+" "+k.Name)
	}
	if diff := cmp.Diff([]string{"k1 operator name of k1", "k3 operator name of k3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWaitEndsWithItsContextOrTheStore(t *testing.T) {
	h := newHistory(t)
	r := start(t, testPath(t), h.log)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, r.Wait(ctx, events.Jobs, 1), context.Canceled)
	if err := r.Wait(ctx, events.Jobs, 0); err != nil {
		t.Error("what is there already:", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- r.Wait(context.Background(), events.Catalog, 1) }()
	r.end()
	wantError(t, <-waited, ErrClosed)
	_, err := r.Job(t.Context(), "main", "x")
	wantError(t, err, ErrClosed)
}

// holed is a log that lost a commit.
type holed struct {
	*events.MemLog
	missing uint64
}

func (l holed) Tail(ctx context.Context, stream events.Stream, after uint64) iter.Seq2[[]*events.Commit, error] {
	return func(yield func([]*events.Commit, error) bool) {
		for batch, err := range l.MemLog.Tail(ctx, stream, after) {
			batch = slices.DeleteFunc(batch, func(c *events.Commit) bool { return c.Seq == l.missing })
			if !yield(batch, err) {
				return
			}
		}
	}
}

func TestGapIsReturned(t *testing.T) {
	h := newHistory(t)
	for i := range 5 {
		h.add(events.JobSubject("main", jobID(i)), submit(events.JobSubmitted{})...)
	}
	s, err := Open(Config{Path: testPath(t)}, holed{h.log, 3})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Run(t.Context()), events.ErrGap)
	if s.Folded(events.Jobs) > 2 {
		t.Error("it folded beyond the gap")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	h := newHistory(t)
	path := filepath.Join(t.TempDir(), "new", "views.db")
	r := start(t, path, h.log)
	if _, err := Open(Config{Path: path}, h.log); err == nil || !strings.Contains(err.Error(), "another process uses it") {
		t.Error("the second:", err)
	}
	r.end()
	start(t, path, h.log)
	if aside := asides(t, path); len(aside) != 0 {
		t.Error("put aside:", aside)
	}
}

func TestPathThatCannotWork(t *testing.T) {
	h := newHistory(t)
	path := testPath(t)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(Config{Path: path}, h.log); err == nil {
		t.Error("a folder was opened as a file", s.Close())
	}
}

func asides(t *testing.T, path string) []string {
	t.Helper()
	list, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return list
}
