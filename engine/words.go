package engine

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"

	"ranvier/engine/job"
	"ranvier/events"
)

const (
	wordsPause = 30 * time.Millisecond // how long words are gathered while a step runs
	maxChunk   = 64 << 10              // bytes of text in one chunk
)

// words joins what an attempt says into token chunks. Nobody waits for the
// gathering: when the attempt ends, its last words are stored before its
// outcome is. Chunks and commits of a job are stored in turn, under its lock.
type words struct {
	engine  *Engine
	entry   *entry
	attempt job.Attempt

	mu     sync.Mutex // taken after the entry's
	text   []byte
	timer  *time.Timer // set while text waits
	closed bool
}

// add takes some words.
func (w *words) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	w.text = append(w.text, text...)
	if w.timer == nil {
		w.timer = time.AfterFunc(wordsPause, w.due)
	}
}

func (w *words) due() {
	w.entry.mu.Lock()
	defer w.entry.mu.Unlock()
	w.flush(w.engine.work)
}

// take gives the words gathered so far.
func (w *words) take() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	text := w.text
	w.text = nil
	return text
}

// flush stores the words gathered so far; the job's lock is held. Chunks are a
// convenience: what cannot be stored, or belongs to an attempt that the job no
// longer wants, is dropped. The attempt's outcome has the whole.
func (w *words) flush(ctx context.Context) {
	en := w.entry
	for text := w.take(); len(text) > 0; {
		if en.run == nil || !en.run.Current(w.attempt) {
			return
		}
		n := len(text)
		if n > maxChunk {
			for n = maxChunk; n > maxChunk-utf8.UTFMax && !utf8.RuneStart(text[n]); {
				n--
			}
		}
		c := &events.Chunk{
			Subject: en.subject, After: en.run.Head.Seq, At: events.At(time.Now()),
			Node: w.attempt.Node, Visit: w.attempt.Visit, Attempt: w.attempt.Attempt, Text: string(text[:n]),
		}
		if err := w.engine.log.AppendChunk(ctx, c); err != nil {
			w.engine.logger.Debug("words dropped", "job", en.subject.ID, "error", err)
			return
		}
		en.token = max(en.token, c.Seq)
		text = text[n:]
	}
}

// close takes no more words and drops those gathered.
func (w *words) close() {
	w.take()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}
