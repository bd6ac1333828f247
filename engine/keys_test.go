package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/events"
)

// TestOneEngineOfManyMakesAWorkspace: engines that know nothing of each other
// ask the log for the same slug, and its first commit decides.
func TestOneEngineOfManyMakesAWorkspace(t *testing.T) {
	log := events.NewMemLog()
	var mu sync.Mutex
	var made []string
	outcomes := map[string]int{}
	var all sync.WaitGroup
	for n := range 6 {
		r := start(t, log, engine.Config{})
		all.Go(func() {
			id, _, err := r.eng.CreateWorkspace(t.Context(), "research", tester, &catalog.CreateWorkspace{
				Name: fmt.Sprint("by engine ", n), KeyHash: events.HashOf([]byte{byte(n)}),
			})
			mu.Lock()
			defer mu.Unlock()
			var refusal *catalog.Refusal
			switch {
			case err == nil:
				outcomes["made"]++
				made = append(made, id)
			case errors.As(err, &refusal):
				outcomes[refusal.Code]++
			default:
				outcomes[err.Error()]++
			}
		})
	}
	all.Wait()
	if d := cmp.Diff(map[string]int{"made": 1, "CONFLICT": 5}, outcomes); d != "" {
		t.Fatal(d)
	}
	c := catalog.New("research")
	for m, err := range log.Load(t.Context(), events.CatalogSubject("research"), 0) {
		if err != nil {
			t.Fatal(err)
		}
		c.Apply(m)
	}
	if c.Head.N != 2 || c.Key(made[0]) == nil || c.Key(made[0]).Role != catalog.Admin {
		t.Errorf("the catalog has %d events and the keys %v", c.Head.N, c.Keys())
	}
}

// TestLastAdminStaysAcrossEngines: two engines revoke the two last admin keys
// at once; one of them is refused.
func TestLastAdminStaysAcrossEngines(t *testing.T) {
	log := events.NewMemLog()
	a, b := start(t, log, engine.Config{}), start(t, log, engine.Config{})
	var ids []string
	for _, r := range []*rig{a, b} {
		id, _, err := r.eng.CreateKey(t.Context(), workspace, tester, &catalog.CreateKey{Name: "admin", Role: catalog.Admin})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, r := range []*rig{a, b} {
		both.Go(func() {
			_, errs[i] = r.eng.Define(t.Context(), workspace, tester, &catalog.RevokeKey{ID: ids[i]})
		})
	}
	both.Wait()
	refused := 0
	for _, err := range errs {
		var refusal *catalog.Refusal
		switch {
		case errors.As(err, &refusal) && refusal.Code == "CONFLICT":
			refused++
		case err != nil:
			t.Error(err)
		}
	}
	if refused != 1 {
		t.Errorf("%d were refused: %v", refused, errs)
	}
}
