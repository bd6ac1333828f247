package turns

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRoomLosesNothing draws any life of a Room and holds it to a plain model:
// everybody who waits is given room once, in the order of the package comment,
// and never more are at work than there is room for.
func TestRoomLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 4).Draw(t, "size")
		r := NewRoom[int](size)
		type waiting struct {
			name string
			turn Turn
			came int
		}
		line := map[int]waiting{}
		var turns []string // whose turn it is in front
		used, came := 0, 0
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				came++
				w := waiting{
					name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "workspace"), came: came,
					turn: Turn{Begun: rapid.Bool().Draw(t, "begun"), Priority: rapid.IntRange(0, 2).Draw(t, "priority"), Order: uint64(came)},
				}
				r.Wait(w.name, w.turn, came)
				line[came] = w
				if !slices.Contains(turns, w.name) {
					turns = append(turns, w.name)
				}
			},
			"next": func(t *rapid.T) {
				got, ok := r.Next()
				if ok != (used < size && len(line) > 0) {
					t.Fatalf("next: %v with %d of %d used and %d in line", ok, used, size, len(line))
				}
				if !ok {
					return
				}
				used++
				w := line[got]
				if w.name != turns[0] {
					t.Fatalf("%s was let in and it is the turn of %s", w.name, turns[0])
				}
				delete(line, got)
				turns = turns[1:]
				for _, o := range line {
					if o.name == w.name && earlier(o.turn, o.came, w.turn, w.came) {
						t.Fatalf("%+v was let in before %+v", w, o)
					}
				}
				if slices.ContainsFunc(slices.Collect(maps.Values(line)), func(o waiting) bool { return o.name == w.name }) {
					turns = append(turns, w.name)
				}
			},
			"take": func(t *rapid.T) {
				want := rapid.IntRange(0, 5).Draw(t, "want")
				n := r.Take(want)
				expected := min(want, size-used)
				if len(line) > 0 {
					expected = 0
				}
				if n != expected {
					t.Fatalf("took %d of %d, want %d", n, want, expected)
				}
				used += n
			},
			"give": func(*rapid.T) {
				if used > 0 {
					used--
					r.Give(1)
				}
			},
			"keep": func(t *rapid.T) {
				name, priority := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "workspace"), rapid.IntRange(0, 2).Draw(t, "priority")
				expected := len(line) == 0 || turns[0] == name
				for _, o := range line {
					if o.name == name && earlier(o.turn, o.came, Turn{Begun: true, Priority: priority}, came+1) {
						expected = false
					}
				}
				if got := r.Keep(name, priority); got != expected {
					t.Fatalf("keep %s: %v, want %v", name, got, expected)
				} else if got && len(turns) > 0 {
					r.Used(name)
					turns = append(turns[1:], turns[0])
				}
			},
			"": func(t *rapid.T) {
				if l := r.Load(); l != (Load{size, used, len(line)}) {
					t.Fatalf("load %+v, want %d used and %d waiting", l, used, len(line))
				}
			},
		})
	})
}

func earlier(a Turn, aCame int, b Turn, bCame int) bool {
	switch {
	case a.Begun != b.Begun:
		return a.Begun
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	}
	return aCame < bCame
}

// TestWorkspacesTakeTurns: who comes alone waits for one start of each other
// workspace, however many stand in line.
func TestWorkspacesTakeTurns(t *testing.T) {
	r := NewRoom[string](1)
	for i := range 5000 {
		r.Wait("large", Turn{Order: uint64(i), Priority: 9}, "large")
		r.Wait("other", Turn{Order: uint64(i), Begun: true}, "other")
	}
	r.Wait("small", Turn{Order: 9999}, "small")
	if jobs, workspaces := r.Ahead("small", Turn{Order: 9999}); jobs != 0 || workspaces != 2 {
		t.Errorf("ahead of it %d jobs, %d workspaces", jobs, workspaces)
	}
	if jobs, _ := r.Ahead("large", Turn{Order: 100, Priority: 9}); jobs != 100 {
		t.Errorf("%d jobs ahead of the 101st", jobs)
	}
	for starts := 0; ; starts++ {
		if starts > 2 {
			t.Fatal("it waited for more than one start of each other workspace")
		}
		who, ok := r.Next()
		if !ok {
			t.Fatal("nobody is let in")
		}
		if who == "small" {
			break
		}
		if r.Keep(who, 9) && who == "large" {
			t.Fatal("a workspace may go on although it is another's turn")
		}
		r.Give(1)
	}
}

// TestPlacesAreExact draws any life of some jobs of two keys and checks that
// nobody is let in over the limit, nobody who could be let in waits, and those
// who wait are let in in order.
func TestPlacesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPlaces[string]()
		limits := map[string]int{}
		open := false
		holders := map[string]string{} // job to key
		line := map[string]*Claim[string]{}
		keys := []string{"x", "y"}
		n := 0
		count := func(key string) int {
			held := 0
			for _, k := range holders {
				if k == key {
					held++
				}
			}
			return held
		}
		limit := func(c *Claim[string]) int {
			if c.Limit > 0 {
				return c.Limit
			}
			return limits[c.Key.Name]
		}
		fits := func(c *Claim[string]) bool {
			return open && (limit(c) == 0 || count(c.Key.Name) < limit(c))
		}
		first := func(key string) *Claim[string] {
			var best *Claim[string]
			for _, c := range line {
				if c.Key.Name == key && (best == nil || c.Turn.Compare(best.Turn) < 0) {
					best = c
				}
			}
			return best
		}
		granted := func(t *rapid.T, all []Claim[string]) {
			for _, c := range all {
				if best := first(c.Key.Name); best == nil || best.Job != c.Job || !fits(&c) {
					t.Fatalf("%s was let in with %d at work, limit %d; first in line is %+v", c.Job, count(c.Key.Name), limit(&c), best)
				}
				delete(line, c.Job)
				holders[c.Job] = c.Key.Name
			}
		}
		of := func(name string) Key { return Key{"w", name} }
		t.Repeat(map[string]func(*rapid.T){
			"stand": func(t *rapid.T) {
				n++
				c := &Claim[string]{
					Key: of(rapid.SampledFrom(keys).Draw(t, "key")), Job: fmt.Sprint("job", n),
					Turn:  Turn{Priority: rapid.IntRange(0, 2).Draw(t, "priority"), Order: uint64(n)},
					Limit: rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "own"),
				}
				head := first(c.Key.Name)
				may := fits(c) && (head == nil || c.Turn.Compare(head.Turn) < 0)
				if rapid.Bool().Draw(t, "take") {
					if got := p.Take(c); got != may {
						t.Fatalf("take: %v, want %v", got, may)
					}
				}
				placed, came := p.Stand(c)
				if placed != may || came == may {
					t.Fatalf("stand: placed %v, came %v, want a place %v", placed, came, may)
				}
				if placed {
					holders[c.Job] = c.Key.Name
				} else {
					line[c.Job] = c
				}
			},
			"again": func(t *rapid.T) {
				if len(line) == 0 {
					return
				}
				c := line[rapid.SampledFrom(slices.Sorted(maps.Keys(line))).Draw(t, "job")]
				if placed, came := p.Stand(c); placed || came {
					t.Fatal("one stood in line twice")
				}
			},
			"leave": func(t *rapid.T) {
				all := append(slices.Sorted(maps.Keys(line)), slices.Sorted(maps.Keys(holders))...)
				if len(all) == 0 {
					return
				}
				id := rapid.SampledFrom(all).Draw(t, "job")
				key := holders[id]
				waited := line[id] != nil
				if waited {
					key = line[id].Key.Name
				}
				delete(line, id)
				delete(holders, id)
				g, left := p.Leave(of(key), id)
				if left != waited {
					t.Fatalf("left the line: %v, want %v", left, waited)
				}
				granted(t, g)
			},
			"hold": func(t *rapid.T) {
				n++
				id, key := fmt.Sprint("job", n), rapid.SampledFrom(keys).Draw(t, "key")
				p.Hold(of(key), id)
				holders[id] = key
			},
			"configure": func(t *rapid.T) {
				limits = map[string]int{}
				for _, k := range keys {
					if l := rapid.IntRange(0, 3).Draw(t, "limit"); l > 0 {
						limits[k] = l
					}
				}
				granted(t, p.Configure("w", limits))
			},
			"open": func(t *rapid.T) {
				open = true
				granted(t, p.Open())
			},
			"": func(t *rapid.T) {
				if p.Waiting() != len(line) {
					t.Fatalf("%d wait, want %d", p.Waiting(), len(line))
				}
				for _, k := range keys {
					c := first(k)
					if c == nil {
						continue
					}
					if fits(c) {
						t.Fatalf("%s waits although there is a place: %d of %d", c.Job, count(k), limit(c))
					}
					h, ok := p.Held(of(k), c.Job, 2)
					if !ok || h.Ahead != 0 || h.Places != count(k) || h.Limit != limit(c) || len(h.Holders) != min(2, count(k)) {
						t.Fatalf("the first in line of %s is held by %+v (%v)", k, h, ok)
					}
				}
			},
		})
		for id, key := range holders { // whoever ends is forgotten
			delete(holders, id)
			g, _ := p.Leave(of(key), id)
			granted(t, g)
		}
		for id, c := range line {
			delete(line, id)
			g, _ := p.Leave(c.Key, id)
			granted(t, g)
		}
		for id, key := range holders {
			p.Leave(of(key), id)
		}
		if len(p.keys) != 0 {
			t.Fatalf("%d keys are remembered that nobody uses", len(p.keys))
		}
	})
}
