package httpapi

// The feed: one client follows the commits of all jobs of a workspace, in the
// order of the log, from any place in their history on. It has no end.

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"ranvier/engine/job"
	"ranvier/events"
	"ranvier/projections"
)

// streamEvents answers GET /v1/events/stream.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) error {
	filter, err := feedQuery(r)
	if err != nil {
		return err
	}
	if err := s.resolveFilter(r, &filter); err != nil {
		return err
	}
	r, release, err := s.hold(r)
	if err != nil {
		return err
	}
	defer release()
	return s.streamWorkspace(w, r, workspace(r), filter)
}

// streamWorkspace answers with the feed of a workspace, as streamJobOf does
// with a job's stream.
func (s *Server) streamWorkspace(w http.ResponseWriter, r *http.Request, workspace string, filter projections.JobFilter) error {
	after, err := s.streamPlace(r)
	if err != nil {
		return err
	}
	f := &feed{
		log: s.log, workspace: workspace, filter: filter, after: after.Job,
		watcher: s.hub.watch(wholeWorkspace(workspace), false),
	}
	defer f.watcher.stop()
	return s.stream(w, r, func(out *streamWriter) error {
		if err := s.pumpFeed(r.Context(), f, out, r.Method == http.MethodHead); err != nil {
			return fmt.Errorf("the feed of workspace %s after %d: %w", workspace, f.after, err)
		}
		return nil
	})
}

// feedQuery reads the filters, the same as those of a list of jobs. Unknown
// parameters are passed over, as on every stream.
func feedQuery(r *http.Request) (projections.JobFilter, error) {
	q := queryOf(r)
	f := q.jobs()
	for name := range q.values {
		if strings.HasPrefix(name, "label.") && !q.asked[name] {
			q.problem(bounded(name, maxText), "a label's name must be 1 to %d bytes without control characters", maxLabelName)
		}
	}
	return f, q.wrong()
}

// pumpFeed writes frames until the client ends.
func (s *Server) pumpFeed(ctx context.Context, f *feed, out *streamWriter, headOnly bool) error {
	for !headOnly {
		items, err := f.read(ctx)
		if err != nil {
			return err
		}
		for _, it := range items {
			frame, err := f.advance(ctx, it)
			if err != nil {
				return err
			}
			if frame == nil {
				continue
			}
			if err := out.write(frame); err != nil {
				return err
			}
		}
		if err := out.flush(); err != nil {
			return err
		}
		if !f.live {
			continue
		}
		if err := out.idle(ctx, f.watcher, s.cfg.SSEPing); err != nil {
			return err
		}
	}
	return out.flush()
}

// feed reads the commits of a workspace in order, as follower does those of a
// job: history from the log until it meets the hub, then what the hub hands
// out, and the log again when it fell behind. It belongs to one goroutine.
type feed struct {
	log       events.Log
	watcher   *watcher
	workspace string
	filter    projections.JobFilter

	after uint64 // all commits at or below it were given
	live  bool   // history has met the hub
	folds folds
}

// read gives the next items without waiting for new ones. When it gives none
// and the feed is live, nothing is there. Each item must be given to advance,
// in order.
func (f *feed) read(ctx context.Context) ([]*item, error) {
	if f.live {
		items, behind := f.watcher.take()
		if !behind {
			return items, nil
		}
	}
	f.live = true
	var items []*item
	size := 0
	for c, err := range f.log.LoadWorkspace(ctx, f.workspace, f.after) {
		if err != nil {
			return nil, err
		}
		if len(items) == pageCommits || size > pageBytes {
			f.live = false
			break
		}
		items, size = append(items, &item{commit: c}), size+len(c.Bytes())
	}
	return items, nil
}

// advance moves the feed's place over an item and gives its frame, the same
// bytes as the job's own stream has for the commit. There is none when the
// filter does not want it, when it was given before, after a job's end, and of
// a deleted job.
func (f *feed) advance(ctx context.Context, it *item) (frame []byte, err error) {
	c := it.commit
	if c.Seq <= f.after {
		return nil, nil
	}
	known := f.folds.get(c.Subject.ID)
	if known == nil {
		if known, err = f.before(ctx, c); err != nil {
			return nil, err
		}
	}
	shown := known.take(c, &f.filter)
	if st := f.filter.Status; shown && (st == "" || st == known.job.Status) {
		if frame, err = it.frame(&known.job, c.Cursor()); err != nil {
			return nil, err
		}
	}
	known.rest()
	f.folds.keep(c.Subject.ID, known, len(c.Bytes()))
	f.after = c.Seq
	return frame, nil
}

// before folds c's job from the log, up to the commit before c.
func (f *feed) before(ctx context.Context, c *events.Commit) (*foldedJob, error) {
	known := &foldedJob{}
	if c.Events[0].N == 1 {
		return known, nil
	}
	for old, err := range f.log.Load(ctx, c.Subject, 0) {
		if err != nil {
			return nil, err
		}
		if old.Seq >= c.Seq || !known.take(old, &f.filter) {
			break
		}
		known.rest()
	}
	return known, nil
}

// foldedJob is a job as it was after some commit. Nothing is kept of a job that
// shows no more commits: one that the filter does not want, that has ended or
// that was deleted.
type foldedJob struct {
	job    job.Job
	mute   bool
	weight int // bytes of the commits that it was folded from
}

// take folds in the job's next commit and tells whether it may be shown.
func (k *foldedJob) take(c *events.Commit, filter *projections.JobFilter) bool {
	if k.mute {
		return false
	}
	if c.Deletes() || c.Erased() {
		*k = foldedJob{mute: true} // the job is gone
		return false
	}
	first := k.job.ID == ""
	k.job.Apply(c)
	k.weight += len(c.Bytes())
	if first && (k.job.ID == "" || !wants(filter, &k.job)) {
		*k = foldedJob{mute: true}
	}
	return !k.mute
}

// rest is called when the last commit taken was shown.
func (k *foldedJob) rest() {
	if k.job.Status.Terminal() {
		*k = foldedJob{mute: true}
	}
}

// wants tells whether a filter wants a job, by what never changes of it.
func wants(f *projections.JobFilter, j *job.Job) bool {
	var parent job.Ref
	if j.Parent != nil {
		parent = job.Ref(j.Parent.JobID)
	}
	for _, r := range []struct {
		want string
		is   job.Ref
	}{{f.PathwayID, j.PathwayID}, {f.NeuronID, j.NeuronID}, {f.ReceptorID, j.ReceptorID}, {f.TraceID, j.TraceID}, {f.ParentID, parent}} {
		if r.want != "" && r.want != string(r.is) {
			return false
		}
	}
	if len(f.Labels) == 0 {
		return true
	}
	var labels map[string]string
	if json.Unmarshal(j.Labels, &labels) != nil {
		return false // it has none that could be asked for
	}
	for name, want := range f.Labels {
		if is, ok := labels[name]; !ok || is != want {
			return false
		}
	}
	return true
}

// foldsWeight is how many bytes of commits a generation of folds was made
// from, about.
const foldsWeight = 4 << 20

// folds remembers jobs by their ids. It forgets the older of two generations
// whole. The zero value is empty and ready.
type folds struct {
	young, old map[string]*foldedJob
	weight     int // of young
}

func (f *folds) get(id string) *foldedJob {
	if k, ok := f.young[id]; ok {
		return k
	}
	return f.old[id]
}

// keep remembers a job that grew by so many bytes since it was got.
func (f *folds) keep(id string, k *foldedJob, grown int) {
	const entry = 1 << 10 // what an entry weighs beside its commits
	if f.young[id] != k {
		grown = k.weight + entry
	}
	if f.young == nil || f.weight+grown > foldsWeight {
		f.old, f.young, f.weight = f.young, map[string]*foldedJob{}, 0
		grown = k.weight + entry
	}
	f.young[id] = k
	f.weight += grown
}
