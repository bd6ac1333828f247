package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/events"
)

// TestConfigure: what is not named stays, and what changes nothing is no event.
func TestConfigure(t *testing.T) {
	c := New("w")
	if _, err := c.Decide(&Configure{Name: new(string)}); err == nil {
		t.Error("a workspace that does not exist was configured")
	}
	var head events.Head
	apply := func(facts ...events.Fact) {
		t.Helper()
		m, err := events.Seal(events.Draft{Subject: events.CatalogSubject("w"), Head: head, ID: "c", At: events.Time{}}, facts...)
		if err != nil {
			t.Fatal(err)
		}
		head = m.Head()
		c.Apply(m)
	}
	apply(&events.WorkspaceCreated{Name: "W"})
	do := func(cmd *Configure) int {
		t.Helper()
		facts, err := c.Decide(cmd)
		if err != nil {
			t.Fatal(err)
		}
		if len(facts) > 0 {
			apply(facts...)
		}
		return len(facts)
	}
	name := "Nerves"
	do(&Configure{Concurrency: &map[string]int{"db": 2, "crm": 1}})
	do(&Configure{Quotas: &Quotas{OpenJobs: 3, Streams: 5}})
	do(&Configure{Name: &name})
	want := Settings{Concurrency: map[string]int{"db": 2, "crm": 1}, Quotas: Quotas{OpenJobs: 3, Streams: 5}}
	if d := cmp.Diff(want, c.Settings); d != "" || c.Name != name {
		t.Errorf("name %q, settings (-want +got):\n%s", c.Name, d)
	}
	if n := do(&Configure{Name: &name, Concurrency: &map[string]int{"crm": 1, "db": 2}, Quotas: &Quotas{OpenJobs: 3, Streams: 5}}); n != 0 {
		t.Errorf("%d events although nothing changes", n)
	}
	do(&Configure{Concurrency: &map[string]int{}, Quotas: &Quotas{}})
	if len(c.Settings.Concurrency) != 0 || c.Settings.Quotas != (Quotas{}) || c.Name != name {
		t.Errorf("after all was taken back: %q, %+v", c.Name, c.Settings)
	}
	instance := Quotas{OpenJobs: 9, EventBytes: 7}
	if got := (Quotas{OpenJobs: 3, Streams: 5}).Or(instance); got != (Quotas{OpenJobs: 3, EventBytes: 7, Streams: 5}) {
		t.Errorf("beside the instance's: %+v", got)
	}
}
