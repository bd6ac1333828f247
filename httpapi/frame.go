package httpapi

// Frames: what a stream's client reads, one frame for each commit and each
// token chunk of its job.

import (
	"bytes"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine/job"
	"ranvier/events"
)

// Bounds of a step's output inside a frame, in bytes of JSON text.
const (
	maxOutput = 256 << 10 // a larger one is shown by a preview and its address
	preview   = 4 << 10
)

// item is a commit or a token chunk of a job. It is shared by all who watch the
// job, and so is its frame, which is encoded once.
type item struct {
	commit *events.Commit // exactly one of the two is set
	chunk  *events.Chunk

	whole, public encoded
}

// encoded is a frame that was encoded, or not yet.
type encoded struct {
	once  sync.Once
	bytes []byte
	err   error
}

// place is the item's own place in its job's stream.
func (it *item) place() events.Cursor {
	if it.commit != nil {
		return it.commit.Cursor()
	}
	return it.chunk.Cursor()
}

// size is about how many bytes the item holds.
func (it *item) size() int {
	if it.commit != nil {
		return len(it.commit.Bytes())
	}
	return len(it.chunk.Text)
}

// frame gives the bytes for a client whose place is at after the item; j has
// the item's commit folded in as its last. Every watcher folds the same job,
// so whoever is first encodes for all, unless the client's place is not the
// item's own. The caller must not change the bytes.
func (it *item) frame(j *job.Job, at events.Cursor) ([]byte, error) {
	return it.frameFor(&it.whole, j, at, false)
}

// publicFrame is frame for those who come with a share token.
func (it *item) publicFrame(j *job.Job, at events.Cursor) ([]byte, error) {
	return it.frameFor(&it.public, j, at, true)
}

func (it *item) frameFor(e *encoded, j *job.Job, at events.Cursor, public bool) ([]byte, error) {
	if at != it.place() {
		return it.encode(j, at, public)
	}
	e.once.Do(func() { e.bytes, e.err = it.encode(j, at, public) })
	return e.bytes, e.err
}

// encode writes the frame. The JSON is written right behind its "data: ": it
// has no line breaks, so a general SSE writer would only copy it again.
func (it *item) encode(j *job.Job, at events.Cursor, public bool) ([]byte, error) {
	var body any
	if it.commit != nil {
		body = commitBody(it.commit, j, at, public)
	} else {
		body = tokenBody(it.chunk, at)
	}
	var b bytes.Buffer
	b.WriteString("id: ")
	b.WriteString(at.String())
	b.WriteString("\ndata: ")
	err := json.MarshalWrite(&b, body, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, fmt.Errorf("encoding the frame %s: %w", at, err)
	}
	b.WriteString("\n\n")
	return b.Bytes(), nil
}

// The types of frames. Clients must tolerate others.
const (
	frameState    = "state_update"
	frameToken    = "token"
	frameReflex   = "reflex_call"
	frameBlock    = "content_block"
	frameComplete = "complete"
	frameError    = "error"
)

// frameHead is what all frames have in common.
type frameHead struct {
	Type   string        `json:"type"`
	JobID  string        `json:"job_id"`
	Cursor events.Cursor `json:"cursor"`
	At     events.Time   `json:"at"`
}

// tokenFrame is the JSON of a token chunk.
type tokenFrame struct {
	frameHead
	Token   string `json:"token"`
	Node    string `json:"node_id"`
	Visit   int    `json:"visit"`
	Attempt int    `json:"attempt"`
}

func tokenBody(t *events.Chunk, at events.Cursor) *tokenFrame {
	return &tokenFrame{
		frameHead: frameHead{frameToken, t.Subject.ID, at, t.At},
		Token:     t.Text, Node: t.Node, Visit: t.Visit, Attempt: t.Attempt,
	}
}

// commitFrame is the JSON of a commit. What its type does not have is absent.
type commitFrame struct {
	frameHead
	Status      job.Status   `json:"status"`
	Progress    float64      `json:"progress"`
	CurrentStep job.Ref      `json:"current_step"`
	WaitingFor  *job.Awaited `json:"waitingFor"`
	Events      []frameEvent `json:"events"`

	Block        *block         `json:",embed"`          // of a content_block: the step that ended
	Ended        []*block       `json:"ended,omitempty"` // further steps that ended with an output
	Call         *reflexCall    `json:",embed"`          // of a reflex_call; its node_id, visit and attempt are in Block
	Calls        []*reflexCall  `json:"calls,omitempty"` // further calls of the same step
	Result       jsontext.Value `json:"result,omitzero"`
	Preview      string         `json:"result_preview,omitzero"` // of a result that is too large for a frame
	Size         int64          `json:"result_bytes,omitzero"`
	URL          string         `json:"result_url,omitzero"`
	Error        *job.Error     `json:"error,omitzero"`
	FailedReason job.Ref        `json:"failedReason,omitzero"`
}

// frameEvent names an event of a commit.
type frameEvent struct {
	N       uint64 `json:"n"`
	Type    string `json:"type"`
	Node    string `json:"node,omitzero"`
	Visit   int    `json:"visit,omitzero"`
	Attempt int    `json:"attempt,omitzero"`

	TaskProgress jsontext.Value `json:"task_progress,omitzero"` // what a worker said
}

// block is a step that ended with an output. An output that is too large for
// a frame is shown by the start of its text and the address of the whole.
type block struct {
	Node      string         `json:"node_id"`
	Visit     int            `json:"visit"`
	Attempt   int            `json:"attempt"`
	Output    jsontext.Value `json:"output,omitzero"`
	Preview   string         `json:"output_preview,omitzero"`
	Size      int            `json:"output_bytes,omitzero"`
	OutputURL string         `json:"output_url,omitzero"`
}

// commitBody describes c, which is the last commit folded into j.
func commitBody(c *events.Commit, j *job.Job, at events.Cursor, public bool) *commitFrame {
	f := &commitFrame{
		frameHead: frameHead{frameState, c.Subject.ID, at, c.At()},
		Status:    j.Status, Progress: j.Progress, CurrentStep: j.CurrentStep, WaitingFor: j.WaitingFor,
		Events: make([]frameEvent, len(c.Events)),
	}
	if public {
		f.WaitingFor = publicAwaited(j)
	}
	result := resultOf(c)
	var of *block // the step of the commit's calls
	for i := range c.Events {
		e := &c.Events[i]
		f.Events[i] = frameEvent{N: e.N, Type: e.Fact.Type()}
		var output events.Payload
		f.Events[i].Node, f.Events[i].Visit, f.Events[i].Attempt, output = stepOf(e.Fact, j)
		if call := reflexOf(e.Fact, eventsURL(c), public); call != nil {
			f.Calls = append(f.Calls, call)
			of = &block{Node: f.Events[i].Node, Visit: f.Events[i].Visit, Attempt: f.Events[i].Attempt}
		}
		if said, ok := e.Fact.(*events.TaskProgressed); ok && !public {
			f.Events[i].TaskProgress = said.Progress.JSON()
		}
		if !output.IsZero() && output.Sum != result {
			f.Ended = append(f.Ended, endedBlock(f.Events[i], output, j, c.Subject, public))
		}
	}
	switch {
	case j.Status == job.Completed:
		f.Type, f.Result = frameComplete, j.Result
		f.Preview, f.Size, f.URL = j.ResultPreview, j.ResultBytes, j.ResultURL
	case j.Status == job.Failed:
		f.Type, f.Error, f.FailedReason = frameError, j.Error, j.FailedReason
	case len(f.Ended) > 0:
		f.Type, f.Block, f.Ended = frameBlock, f.Ended[0], f.Ended[1:]
	case len(f.Calls) > 0:
		f.Type, f.Block, f.Call, f.Calls = frameReflex, of, f.Calls[0], f.Calls[1:]
		f.Result, f.Error = f.Call.Result, f.Call.Error
		f.Preview, f.Size, f.URL = f.Call.Preview, int64(f.Call.Size), f.Call.ResultURL
		return f
	}
	if public {
		f.Result, f.Error, f.FailedReason = publicOutput(j, f.Result), publicError(f.Error), publicReason(f.FailedReason, f.Error)
		f.Preview, f.URL = "", "" // what is hidden in a result is not known of its start
	}
	return f
}

// resultOf gives the digest of the result with which c ends its job: the step
// that gave it needs not be shown twice.
func resultOf(c *events.Commit) events.Hash {
	for i := range c.Events {
		if f, ok := c.Events[i].Fact.(*events.JobCompleted); ok {
			return f.Result.Sum
		}
	}
	return events.Hash{}
}

// stepOf tells which step of j a fact is about, as far as it is about one, and
// the output with which it ends the step.
func stepOf(f events.Fact, j *job.Job) (node string, visit, attempt int, output events.Payload) {
	switch f := f.(type) {
	case *events.NodeStarted:
		return f.Node, f.Visit, f.Attempt, output
	case *events.NodeSucceeded:
		return f.Node, f.Visit, f.Attempt, f.Output
	case *events.NodeFailed: // with an output its error goes on as data
		return f.Node, f.Visit, f.Attempt, f.Output
	case *events.NodeRetrying:
		return f.Node, f.Visit, f.Attempt, output
	case *events.NodeWaiting:
		return f.Node, f.Visit, f.Attempt, output
	case *events.NodeFanned:
		return f.Node, f.Visit, f.Attempt, output
	case *events.ItemSucceeded:
		return fmt.Sprint(f.Node, "/", f.Index), f.Visit, 0, f.Output
	case *events.ItemFailed:
		return fmt.Sprint(f.Node, "/", f.Index), f.Visit, 0, output
	case *events.NodeSpawned:
		return f.Node, f.Visit, f.Attempt, output
	case *events.TurnCompleted:
		return f.Node, f.Visit, f.Attempt, output
	case *events.ReflexCalled:
		return f.Node, f.Visit, f.Attempt, output
	case *events.ReflexAnswered:
		return f.Node, f.Visit, f.Attempt, output
	case *events.NodeStopped:
		return f.Node, f.Visit, f.Attempt, output
	case *events.NodeReused:
		return f.Node, 0, 0, f.Output
	case *events.NodeSkipped:
		return f.Node, 0, 0, output
	case *events.NodeCancelled:
		return f.Node, f.Visit, f.Attempt, output
	case *events.SignalTaken:
		return f.Node, f.Visit, 0, output
	case *events.NodeLooped:
		return f.Node, 0, 0, output
	case *events.JobFailed:
		return f.Node, 0, 0, output
	case *events.InterventionOpened:
		return f.Node, f.Visit, 0, output
	case *events.InterventionAnswered:
		return nodeOf(f.ID, j), 0, 0, output
	case *events.InterventionExpired:
		return nodeOf(f.ID, j), 0, 0, output
	case *events.InterventionReminded:
		return nodeOf(f.ID, j), 0, 0, output
	}
	if t := taskOf(f, j); t != nil {
		return t.NodeID, t.Visit, t.Attempt, output
	}
	return "", 0, 0, output
}

// taskOf gives the task that a fact is about, nil when it is about none, or when
// it is over by now.
func taskOf(f events.Fact, j *job.Job) *job.Task {
	switch f := f.(type) {
	case *events.TaskOpened:
		return j.Task(f.ID)
	case *events.TaskLeased:
		return j.Task(f.ID)
	case *events.TaskExtended:
		return j.Task(f.ID)
	case *events.TaskProgressed:
		return j.Task(f.ID)
	case *events.TaskExpired:
		return j.Task(f.ID)
	}
	return nil
}

// nodeOf gives the node that asked an intervention.
func nodeOf(intervention string, j *job.Job) string {
	if iv := j.Intervention(intervention); iv != nil {
		return iv.NodeID
	}
	return ""
}

// endedBlock shows the output with which the step of e ended, to the public
// without what is not theirs: of one that is stored apart no more than its size.
func endedBlock(e frameEvent, output events.Payload, j *job.Job, subject events.Subject, public bool) *block {
	url := outputURL(subject, e.Node, e.Visit)
	apart := output.Apart
	switch {
	case public && apart != nil:
		return &block{Node: e.Node, Visit: e.Visit, Attempt: e.Attempt, Size: int(apart.Size)}
	case public:
		return blockOf(e, publicOutput(j, output.JSON()), "") // that page needs a key
	case apart != nil:
		return &block{Node: e.Node, Visit: e.Visit, Attempt: e.Attempt, Preview: apart.Preview, Size: int(apart.Size), OutputURL: url}
	}
	return blockOf(e, output.JSON(), url)
}

// blockOf shows the output with which the step of e ended; url is where the
// whole is to be had.
func blockOf(e frameEvent, raw jsontext.Value, url string) *block {
	b := &block{Node: e.Node, Visit: e.Visit, Attempt: e.Attempt}
	if len(raw) <= maxOutput {
		b.Output = raw
		return b
	}
	cut := preview
	for !utf8.RuneStart(raw[cut]) {
		cut--
	}
	b.Preview, b.Size, b.OutputURL = string(raw[:cut]), len(raw), url
	return b
}

// eventsURL is the page of the audit log that begins with c.
func eventsURL(c *events.Commit) string {
	before := events.Cursor{Job: c.Seq - 1}
	return "/v1/jobs/" + c.Subject.ID + "/events?after=" + before.String() + "&limit=1"
}
