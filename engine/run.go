package engine

import (
	"context"
	"sync"
	"time"

	"ranvier/events"
)

// resumers is how many unfinished jobs are loaded at once at the start.
const resumers = 16

// Run takes up the jobs that an earlier process left unfinished, fires receptors
// by their schedules and serves until ctx ends. Then no new attempt starts;
// those at work may go on for the grace time, and what has not ended by then is
// cut off and will be taken up by the next process. Run is called once, and
// returns when nothing of the engine runs any more. The error is the log's.
func (e *Engine) Run(ctx context.Context, unfinished []events.Subject) error {
	e.open.count(unfinished)
	e.resume(ctx, unfinished)
	close(e.queues.known)
	if ctx.Err() == nil {
		e.admitAll(e.places.Open()) // all that had begun have their places
	}
	var err error
	if e.fired != nil {
		following, cancel := context.WithCancel(ctx)
		t := newTriggers(following, e)
		err = t.follow(following)
		cancel()
		t.timers.stop()
		t.timers.fired.Wait()
	} else {
		<-ctx.Done()
	}
	e.shutdown()
	return err
}

// resume loads each unfinished job, sets its timer and puts it in line. An
// attempt that started and has no outcome gets another one (see entry.lost);
// whether anything else is ready is for the job to decide.
func (e *Engine) resume(ctx context.Context, unfinished []events.Subject) {
	var wg sync.WaitGroup
	next := make(chan events.Subject)
	for range min(resumers, len(unfinished)) {
		wg.Go(func() {
			for s := range next {
				err := insist(ctx, func() error { return e.takeUp(ctx, s) })
				if err != nil && ctx.Err() == nil {
					e.logger.Error("unfinished job not taken up", "job", s.ID, "error", err)
				}
			}
		})
	}
	for _, s := range unfinished {
		if ctx.Err() != nil {
			break
		}
		next <- s
	}
	close(next)
	wg.Wait()
}

func (e *Engine) takeUp(ctx context.Context, s events.Subject) error {
	en := e.jobs.take(s)
	defer e.dispatch()
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	if err := e.load(ctx, en); err != nil {
		return err
	}
	if en.run.Exists() && !en.run.Status.Terminal() {
		e.rearm(en)
		if en.run.Begun() {
			e.queue(en)
		}
	}
	e.stand(en)
	return nil
}

// shutdown ends the attempts, first gently.
func (e *Engine) shutdown() {
	e.closing.Store(true)
	e.stopStarting()
	e.timers.stop()
	done := make(chan struct{})
	go func() {
		e.timers.fired.Wait()
		e.attempts.Wait()
		close(done)
	}()
	grace := time.NewTimer(e.grace)
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
	}
	e.stopWork(errShutdown)
	<-done
}
