package engine_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/events"
)

// fired folds from the log what the views would tell.
func fired(log events.Log) engine.Fired {
	return func(ctx context.Context, workspace, receptor string) (engine.Ticks, error) {
		jobs := map[string]*job.Job{}
		for c, err := range log.LoadWorkspace(ctx, workspace, 0) {
			if err != nil {
				return engine.Ticks{}, err
			}
			j := jobs[c.Subject.ID]
			if j == nil {
				j = &job.Job{}
				jobs[c.Subject.ID] = j
			}
			j.Apply(c)
		}
		var t engine.Ticks
		for id, j := range jobs {
			if string(j.ReceptorID) != receptor || j.Tick == nil {
				continue
			}
			if j.Tick.After(t.Last) {
				t.Last = j.Tick.Time
			}
			if !j.Status.Terminal() {
				t.Open = append(t.Open, id)
			}
		}
		slices.SortFunc(t.Open, func(a, b string) int { return jobs[b].Tick.Compare(jobs[a].Tick.Time) })
		return t, nil
	}
}

// startTicking starts an engine that fires schedules and takes up all jobs.
func startTicking(t testing.TB, log events.Log) *rig {
	t.Helper()
	var all []events.Subject
	for c, err := range log.LoadWorkspace(t.Context(), workspace, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(all, c.Subject) {
			all = append(all, c.Subject)
		}
	}
	return start(t, log, engine.Config{Fired: fired(log)}, all...)
}

// lasting defines a pathway whose jobs take some time, and gives its slug.
func (r *rig) lasting(d time.Duration) string {
	r.t.Helper()
	slug := fmt.Sprintf("takes-%d", d.Milliseconds())
	_, _, err := r.eng.StorePathway(r.t.Context(), workspace, tester, &catalog.StorePathway{New: true, Spec: catalog.PathwaySpec{
		Name: slug, Slug: slug, IsActive: true, Graph: jsontext.Value(echo(fmt.Sprintf(`{"delay_ms":%d}`, d.Milliseconds()))),
	}})
	if err != nil {
		r.t.Fatal(err)
	}
	return slug
}

// receptor stores the receptor "clock".
func (r *rig) receptor(isNew bool, target string, s catalog.Source) {
	r.t.Helper()
	r.define(&catalog.StoreReceptor{New: isNew, ID: "clock", Spec: catalog.ReceptorSpec{
		Name: "clock", Target: catalog.Target{Kind: "pathway", ID: target}, Channels: []string{catalog.ChannelCron}, Source: s, IsActive: true,
	}})
}

func (r *rig) define(cmd catalog.Command) {
	r.t.Helper()
	if _, err := r.eng.Define(r.t.Context(), workspace, tester, cmd); err != nil {
		r.t.Fatal(err)
	}
}

// pass lets virtual time go by, and all that comes of it.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // synctest: virtual time
	synctest.Wait()
}

// ticked tells what became of the ticks of the receptor "clock", in their
// order: "minutes:seconds after the bubble's beginning what".
func ticked(t testing.TB, log events.Log) []string {
	t.Helper()
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every bubble
	clock := func(at time.Time) string {
		d := at.Sub(began)
		return fmt.Sprintf("%02d:%02d", d/time.Minute, d%time.Minute/time.Second)
	}
	names := map[string]string{}
	jobs := map[string]*job.Job{}
	var lines []string
	for c, err := range log.LoadWorkspace(t.Context(), workspace, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := c.Events[0].Fact.(*events.JobSubmitted); ok {
			if f.ReceptorID != "clock" || f.Channel != catalog.ChannelCron || f.Tick == nil {
				t.Fatalf("a job that no tick started: %+v", f)
			}
			if c.At().Before(f.Tick.Time) {
				t.Errorf("the tick of %s started at %s", f.Tick, c.At())
			}
			names[c.Subject.ID] = clock(f.Tick.Time)
			jobs[c.Subject.ID] = &job.Job{}
		}
		jobs[c.Subject.ID].Apply(c)
	}
	for id, j := range jobs {
		line := names[id] + " job"
		if late := j.CreatedAt.Sub(j.Tick.Time); late > 0 {
			line += " late by " + late.String()
		}
		if j.FailedReason != "" {
			line += " " + string(j.FailedReason)
		}
		lines = append(lines, line)
	}
	for c, err := range log.Load(t.Context(), events.CatalogSubject(workspace), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			f, ok := c.Events[i].Fact.(*events.ReceptorSkipped)
			if !ok {
				continue
			}
			line := clock(f.Tick.Time) + " skipped"
			if f.Since != nil {
				line += " since " + clock(f.Since.Time)
			}
			if f.Job != "" {
				line += " for " + names[f.Job]
			}
			if f.Reason != "" {
				line += " " + f.Reason
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

func wantTicks(t testing.TB, log events.Log, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, ticked(t, log)); d != "" {
		t.Errorf("ticks (-want +got):\n%s", d)
	}
}

func TestAReceptorTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := startTicking(t, log)
		_, _, err := r.eng.StorePathway(t.Context(), workspace, tester, &catalog.StorePathway{New: true, Spec: catalog.PathwaySpec{
			Name: "p", Slug: "p", IsActive: true,
			Graph: jsontext.Value(`{"nodes":[{"id":"a","type":"transform","output":["{{ input.tick }}","{{ job.tick }}"]}],"edges":[]}`),
		}})
		if err != nil {
			t.Fatal(err)
		}
		pass(90 * time.Second)
		r.receptor(true, "p", catalog.Source{Schedule: "*/2 * * * *"})
		pass(5 * time.Minute)
		wantTicks(t, log, "02:00 job", "04:00 job", "06:00 job")
		for c, err := range log.LoadWorkspace(t.Context(), workspace, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if f, ok := c.Events[0].Fact.(*events.JobSubmitted); ok {
				run := r.until(c.Subject, ended)
				if want := fmt.Sprintf("[%q,%q]", f.Tick, f.Tick); string(run.Result) != want || c.Events[0].Actor.Kind != "engine" {
					t.Errorf("result %s by %s, want %s", run.Result, c.Events[0].Actor.Kind, want)
				}
			}
		}
	})
}

func TestOverlap(t *testing.T) {
	const replaced = " cancelled: replaced by a later tick"
	for overlap, want := range map[string][]string{
		"": {
			"01:00 job", "02:00 skipped for 01:00", "03:00 skipped for 01:00", "04:00 job", "05:00 skipped for 04:00", "06:00 skipped for 04:00", "07:00 job",
		},
		catalog.OverlapReplace: {
			"01:00 job" + replaced, "02:00 job" + replaced, "03:00 job" + replaced, "04:00 job" + replaced, "05:00 job" + replaced, "06:00 job" + replaced, "07:00 job",
		},
		catalog.OverlapQueue: {
			"01:00 job", "02:00 job", "03:00 job", "04:00 job", "05:00 job", "06:00 job", "07:00 job",
		},
	} {
		t.Run(overlap, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := events.NewMemLog()
				r := startTicking(t, log)
				r.receptor(true, r.lasting(150*time.Second), catalog.Source{Schedule: "* * * * *", Overlap: overlap})
				pass(7*time.Minute + time.Second)
				wantTicks(t, log, want...)
				atMostOne(t, log)
				r.stop()
			})
		})
	}
}

// atMostOne holds that no two jobs were at work at once.
func atMostOne(t *testing.T, log events.Log) {
	t.Helper()
	atWork := ""
	for c, err := range log.LoadWorkspace(t.Context(), workspace, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Events {
			switch c.Events[i].Fact.(type) {
			case *events.JobStarted:
				if atWork != "" {
					t.Errorf("%s started while %s was at work", c.Subject.ID, atWork)
				}
				atWork = c.Subject.ID
			case *events.JobCompleted, *events.JobFailed, *events.JobCancelled:
				if atWork == c.Subject.ID {
					atWork = ""
				}
			}
		}
	}
}

func TestMissedTicks(t *testing.T) {
	// Jobs take no time. The engine runs for 90 seconds, and again after a pause.
	for _, tc := range []struct {
		name   string
		source catalog.Source
		pause  time.Duration
		want   []string
	}{
		{"a restart costs no tick", catalog.Source{Schedule: "* * * * *"}, 59 * time.Second, []string{"01:00 job", "02:00 job late by 29s", "03:00 job"}},
		{"too late", catalog.Source{Schedule: "0/2 * * * *"}, 91 * time.Second, []string{"02:00 skipped since 00:00 missed: catch_up is off", "04:00 job"}},
		{"only the newest", catalog.Source{Schedule: "* * * * *"}, 5 * time.Minute, []string{
			"01:00 job", "05:00 skipped since 01:00 missed: catch_up is off", "06:00 job late by 30s", "07:00 job",
		}},
		{"made up for", catalog.Source{Schedule: "* * * * *", CatchUp: true}, 5 * time.Minute, []string{
			"01:00 job", "02:00 job late by 4m30s", "03:00 job late by 3m30s", "04:00 job late by 2m30s", "05:00 job late by 1m30s", "06:00 job late by 30s", "07:00 job",
		}},
		{"made up for, each in place of the one before", catalog.Source{Schedule: "* * * * *", CatchUp: true, Overlap: catalog.OverlapReplace}, 5 * time.Minute, []string{
			"01:00 job", "05:00 skipped since 01:00 missed: a later tick replaces it", "06:00 job late by 30s", "07:00 job",
		}},
		{"none", catalog.Source{Schedule: "10 * * * *", CatchUp: true}, 5 * time.Minute, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := events.NewMemLog()
				r := startTicking(t, log)
				r.receptor(true, r.lasting(0), tc.source)
				pass(90 * time.Second)
				r.stop()
				pass(tc.pause)
				startTicking(t, log)
				pass(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
				wantTicks(t, log, tc.want...)
			})
		})
	}
}

func TestCatchUpIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := startTicking(t, log)
		r.receptor(true, r.lasting(0), catalog.Source{Schedule: "@every 1s", CatchUp: true})
		pass(5 * time.Second)
		r.stop()
		const away = 400 * 24 * time.Hour
		pass(away)
		startTicking(t, log)
		pass(100 * time.Millisecond) // less than to the next tick
		all := ticked(t, log)
		late := slices.DeleteFunc(slices.Clone(all), func(line string) bool {
			return !strings.Contains(line, " job late by ") && !strings.HasSuffix(line, " skipped")
		})
		skipped := slices.DeleteFunc(slices.Clone(all), func(line string) bool { return !strings.Contains(line, " skipped since 00:05 ") })
		if len(late) != 99 || len(skipped) != 1 || !strings.HasSuffix(skipped[0], "missed: catch_up makes up for the newest 100 only") {
			t.Errorf("%d late, skipped %q", len(late), skipped)
		}
	})
}

func TestTwoEnginesFireATickOnce(t *testing.T) {
	for _, overlap := range []string{catalog.OverlapSkip, catalog.OverlapQueue, catalog.OverlapReplace} {
		t.Run(overlap, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := events.NewMemLog()
				r, other := startTicking(t, log), startTicking(t, log)
				other.lasting(time.Second) // it knows a catalog that is old soon
				target := r.lasting(0)
				r.receptor(true, target, catalog.Source{Schedule: "*/10 * * * * *", Overlap: overlap})
				pass(45 * time.Second)
				other.stop()
				pass(20 * time.Second)
				r.stop()
				startTicking(t, log)
				pass(20 * time.Second)
				wantTicks(t, log, "00:10 job", "00:20 job", "00:30 job", "00:40 job", "00:50 job", "01:00 job", "01:10 job", "01:20 job")
			})
		})
	}
}

func TestAChangeTakesEffectOnTheNextTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := startTicking(t, log)
		target := r.lasting(0)
		inactive := func() {
			r.define(&catalog.StoreReceptor{ID: "clock", Spec: catalog.ReceptorSpec{
				Name: "clock", Target: catalog.Target{Kind: "pathway", ID: target}, Channels: []string{catalog.ChannelCron},
				Source: catalog.Source{Schedule: "* * * * *", CatchUp: true},
			}})
		}
		r.receptor(true, target, catalog.Source{Schedule: "0 0 1 1 *"})
		pass(30 * time.Second)
		r.receptor(false, target, catalog.Source{Schedule: "* * * * *", CatchUp: true})
		pass(time.Minute) // 1:30
		inactive()
		pass(2 * time.Minute) // 3:30
		r.receptor(false, target, catalog.Source{Schedule: "* * * * *", CatchUp: true})
		pass(time.Minute) // 4:30
		r.receptor(false, target, catalog.Source{Schedule: "30 */5 * * * *", CatchUp: true})
		pass(2 * time.Minute) // 6:30
		r.define(&catalog.DeleteReceptor{ID: "clock"})
		pass(time.Hour)
		wantTicks(t, log, "01:00 job", "04:00 job", "05:30 job")
	})
}

func TestATickWithoutATarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := startTicking(t, log)
		target := r.lasting(0)
		r.receptor(true, target, catalog.Source{Schedule: "* * * * *"})
		pass(time.Minute)
		r.define(&catalog.DeletePathway{ID: target})
		pass(time.Minute)
		r.lasting(0)
		pass(time.Minute)
		wantTicks(t, log, "01:00 job", "02:00 skipped there is no pathway \"takes-0\", which this receptor starts", "03:00 job")
	})
}

func TestATickOutlastsAnUnavailableLog(t *testing.T) {
	for name, trouble := range map[string]func(*troubled){
		"failed": func(l *troubled) { l.failed.Store(20) },
		"lost":   func(l *troubled) { l.lost.Store(1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &troubled{Log: events.NewMemLog()}
				r := startTicking(t, log)
				r.receptor(true, r.lasting(0), catalog.Source{Schedule: "* * * * *"})
				pass(30 * time.Second)
				trouble(log)
				pass(2 * time.Minute)
				got := ticked(t, log)
				if len(got) != 2 || !strings.HasPrefix(got[0], "01:00 job") || !strings.HasPrefix(got[1], "02:00 job") {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestAChangeDuringALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		editor := start(t, log, engine.Config{}) // fires nothing
		target := editor.lasting(0)
		editor.receptor(true, target, catalog.Source{Schedule: "0 0 1 1 *"})
		views := fired(log)
		change := sync.OnceFunc(func() {
			editor.receptor(false, target, catalog.Source{Schedule: "* * * * *"})
			time.Sleep(time.Second) //nolint:forbidigo // synctest: until the change is known
		})
		start(t, log, engine.Config{Fired: func(ctx context.Context, workspace, receptor string) (engine.Ticks, error) {
			change()
			return views(ctx, workspace, receptor)
		}})
		pass(90 * time.Second)
		wantTicks(t, log, "01:00 job")
	})
}

func TestADescriptionDoesNotForgiveMissedTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := events.NewMemLog()
		r := start(t, log, engine.Config{}) // fires nothing
		target := r.lasting(0)
		r.receptor(true, target, catalog.Source{Schedule: "* * * * *", CatchUp: true})
		pass(150 * time.Second)
		r.receptor(false, target, catalog.Source{Schedule: "* * * * *", CatchUp: true, Input: jsontext.Value(`{"changed":true}`)})
		r.stop()
		startTicking(t, log)
		pass(time.Second)
		wantTicks(t, log, "01:00 job late by 1m30s", "02:00 job late by 30s")
	})
}

// A receptor that another process has just made inactive does not fire: its
// ticks wait until all that is in the log is known.
func TestTicksKnowTheLogsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lagging{MemLog: events.NewMemLog(), lag: time.Second}
		r := startTicking(t, log)
		target := r.lasting(0)
		r.receptor(true, target, catalog.Source{Schedule: "* * * * *"})
		pass(2*time.Minute - time.Millisecond)
		r.define(&catalog.DeleteReceptor{ID: "clock"})
		pass(time.Minute)
		wantTicks(t, log, "01:00 job")
	})
}

// lagging is a log whose tail comes late.
type lagging struct {
	*events.MemLog
	lag time.Duration
}

func (l *lagging) Tail(ctx context.Context, stream events.Stream, after uint64) iter.Seq2[[]*events.Commit, error] {
	return func(yield func([]*events.Commit, error) bool) {
		for batch, err := range l.MemLog.Tail(ctx, stream, after) {
			time.Sleep(l.lag) //nolint:forbidigo // synctest: virtual time
			if !yield(batch, err) {
				return
			}
		}
	}
}

// A tick whose job is stored, but whose answer is lost, is not taken for one
// without a target when that is gone before it is tried again.
func TestATickThatMayHaveAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &unreadable{troubled: troubled{Log: events.NewMemLog()}}
		r := startTicking(t, log)
		target := r.lasting(0)
		r.receptor(true, target, catalog.Source{Schedule: "* * * * *"})
		pass(30 * time.Second)
		log.lost.Store(1)
		log.broken.Store(true)
		pass(30*time.Second + time.Millisecond) // it is stored, and the first look for it fails
		r.define(&catalog.DeletePathway{ID: target})
		pass(time.Second)
		log.broken.Store(false)
		pass(20 * time.Second)
		wantTicks(t, log, "01:00 job")
	})
}

// unreadable is a log in which jobs cannot be loaded for a time.
type unreadable struct {
	troubled
	broken atomic.Bool
}

func (l *unreadable) Load(ctx context.Context, s events.Subject, after uint64) iter.Seq2[*events.Commit, error] {
	if s.Stream == events.Jobs && l.broken.Load() {
		return func(yield func(*events.Commit, error) bool) {
			yield(nil, fmt.Errorf("made to fail: %w", events.ErrUnavailable))
		}
	}
	return l.Log.Load(ctx, s, after)
}
