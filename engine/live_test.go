package engine

import (
	"ranvier/engine/job"
	"ranvier/events"
)

// Look shows a test a job as the engine has it in memory; nil when it has not.
func (e *Engine) Look(s events.Subject, at func(*job.Run)) {
	en := e.jobs.take(s)
	defer e.jobs.put(en)
	en.mu.Lock()
	defer en.mu.Unlock()
	at(en.run)
}
