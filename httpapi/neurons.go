package httpapi

// Neurons: configured executors of one step.

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/pathway"
	"ranvier/events"
)

// neuronRequest is the body of POST /v1/neurons and PUT /v1/neurons/{id}.
type neuronRequest struct {
	scoped
	Name         string         `json:"name"`
	Slug         string         `json:"slug"`
	Description  string         `json:"description"`
	Kind         string         `json:"kind"`
	Config       jsontext.Value `json:"config"`
	InputSchema  jsontext.Value `json:"input_schema"`
	OutputSchema jsontext.Value `json:"output_schema"`
	IsActive     *bool          `json:"is_active"`
}

// problems tells what the schema of the body cannot.
func (b *neuronRequest) problems() pathway.Problems {
	return checkTexts(b.Name, b.Slug, b.Description)
}

func (b *neuronRequest) spec() *catalog.NeuronSpec {
	return &catalog.NeuronSpec{
		Name: b.Name, Slug: b.Slug, Description: b.Description, Kind: b.Kind,
		Config: orElse(b.Config, "{}"), InputSchema: orElse(b.InputSchema, "null"),
		OutputSchema: orElse(b.OutputSchema, "null"), IsActive: isActive(b.IsActive),
	}
}

// neuronList is one page of neurons.
type neuronList struct {
	Neurons []*catalog.Neuron `json:"neurons"`
	Total   int               `json:"total"`
	Limit   int               `json:"limit"`
	Offset  int               `json:"offset"`
}

func (s *Server) listNeurons(w http.ResponseWriter, r *http.Request) error {
	f, err := definitionFilter(r)
	if err != nil {
		return err
	}
	list, total, err := s.store.Neurons(r.Context(), workspace(r), f)
	if err != nil {
		return fmt.Errorf("listing neurons: %w", err)
	}
	return writeJSON(w, http.StatusOK, &neuronList{Neurons: list, Total: total, Limit: f.Limit, Offset: f.Offset})
}

func (s *Server) getNeuron(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	n, err := s.store.Neuron(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "neuron")
	}
	return writeJSON(w, http.StatusOK, n)
}

func (s *Server) createNeuron(w http.ResponseWriter, r *http.Request) error {
	return s.storeNeuron(w, r, "")
}

func (s *Server) replaceNeuron(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	n, err := s.store.Neuron(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "neuron")
	}
	return s.storeNeuron(w, r, n.ID)
}

// storeNeuron makes a neuron, or gives the one of an id a new version.
func (s *Server) storeNeuron(w http.ResponseWriter, r *http.Request, id string) error {
	if err := noQuery(r); err != nil {
		return err
	}
	var body neuronRequest
	if _, err := s.decode(w, r, required, &body); err != nil {
		return tellMore(err, func() (pathway.Problems, error) {
			if body.Kind == "" {
				return nil, nil
			}
			return s.engine.CheckNeuron(body.spec()), nil
		})
	}
	id, seq, err := s.engine.StoreNeuron(r.Context(), workspace(r), actor(r), &catalog.StoreNeuron{
		New: id == "", ID: id, Spec: *body.spec(),
	})
	if err != nil {
		return err
	}
	if err := s.shown(r, seq); err != nil {
		return err
	}
	n, err := s.store.Neuron(r.Context(), workspace(r), id)
	if err != nil {
		return found(err, "neuron")
	}
	if r.Method == http.MethodPut {
		return writeJSON(w, http.StatusOK, n)
	}
	w.Header().Set("Location", "/v1/neurons/"+id)
	return writeJSON(w, http.StatusCreated, n)
}

func (s *Server) deleteNeuron(w http.ResponseWriter, r *http.Request) error {
	return s.define(w, r, func(id string) catalog.Command { return &catalog.DeleteNeuron{ID: id} })
}

// invokeRequest is the body of POST /v1/neurons/{id}/invoke.
type invokeRequest struct {
	scoped
	runOptions
	Message     *string      `json:"message"` // short for the input {"message": ...}
	Stream      bool         `json:"stream"`
	ClientNonce string       `json:"client_nonce"`
	TaskOptions *taskOptions `json:"neuron_task_options"`
}

// taskOptions tell what an invocation is for.
type taskOptions struct {
	TraceType string `json:"trace_type"` // kept as the job's label of this name
}

const traceTypeLabel = "trace_type"

func (s *Server) invokeNeuron(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := noQuery(r); err != nil {
		return err
	}
	var body invokeRequest
	request, err := s.decode(w, r, required, &body)
	if err != nil {
		return err
	}
	sub, err := body.submission(r)
	if err != nil {
		return err
	}
	stream := body.Stream && named(r.Header.Values("Accept"), mediaSSE)
	if !stream && !slices.Contains(about(r).accepted, mediaJSON) {
		return fail(codeNotAcceptable, `text/event-stream is served only when the body has "stream": true`)
	}
	sub.Neuron = id
	if body.ClientNonce == "" {
		err = name(r, &sub, "neurons/"+id+"/invoke", request)
	} else {
		err = body.name(r, &sub)
	}
	if err != nil {
		return err
	}
	if !stream {
		return s.startJob(w, r, sub)
	}
	receipt, err := s.submit(r, sub)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/jobs/"+receipt.Job+"/status")
	if receipt.Replayed {
		w.Header().Set("Idempotent-Replay", "true")
	}
	r, release, err := s.hold(r)
	if err != nil {
		return err
	}
	defer release()
	return s.streamJobOf(w, r, events.JobSubject(workspace(r), receipt.Job))
}

// problems is what the schema cannot say of an invocation.
func (b *invokeRequest) problems() pathway.Problems {
	var problems pathway.Problems
	options := b.runOptions
	inputs := 0
	for _, is := range []bool{given(b.Input), given(b.Data), b.Message != nil} {
		if is {
			inputs++
		}
	}
	if inputs != 1 {
		problems = append(problems, pathway.Problem{Message: "exactly one of input, data and message is needed"})
		options.Data = nil // one problem is said once
	}
	if !isLine(b.ClientNonce, maxIdemKey) {
		problems = append(problems, pathway.Problem{Path: "/client_nonce", Message: fmt.Sprintf("this must be at most %d bytes without control characters", maxIdemKey)})
	}
	if t := b.TaskOptions; t != nil && t.TraceType != "" {
		if _, twice := b.Labels[traceTypeLabel]; twice {
			problems = append(problems, pathway.Problem{Path: "/neuron_task_options/trace_type", Message: "the labels have a trace_type too: give one of them"})
		} else if !isLine(t.TraceType, maxLabelValue) {
			problems = append(problems, pathway.Problem{Path: "/neuron_task_options/trace_type", Message: fmt.Sprintf("a label's value must be at most %d bytes without control characters", maxLabelValue)})
		}
	}
	return append(problems, options.problems()...)
}

// submission is runOptions.submission with what only invocations have.
func (b *invokeRequest) submission(r *http.Request) (engine.Submission, error) {
	if b.Message != nil {
		v, err := json.Marshal(struct {
			Message string `json:"message"`
		}{*b.Message})
		if err != nil {
			return engine.Submission{}, fmt.Errorf("making an input of a message: %w", err)
		}
		b.Input, b.Data = v, nil
	}
	if t := b.TaskOptions; t != nil && t.TraceType != "" {
		if b.Labels == nil {
			b.Labels = map[string]string{}
		}
		b.Labels[traceTypeLabel] = t.TraceType
	}
	return b.runOptions.submission(r), nil
}

// name lets the client's nonce name the job within its trace. How the answer
// is wanted (stream) does not make another request of it.
func (b *invokeRequest) name(r *http.Request, sub *engine.Submission) error {
	if len(r.Header.Values("Idempotency-Key")) > 0 {
		return invalidAt("/client_nonce", "give one of client_nonce and the Idempotency-Key header")
	}
	asked := *b
	asked.Stream, asked.ClientNonce, asked.WorkspaceID = false, "", ""
	v, err := json.Marshal(struct {
		Neuron string         `json:"neuron"`
		Asked  *invokeRequest `json:"asked"`
	}{sub.Neuron, &asked})
	if err != nil {
		return fmt.Errorf("taking the digest of a request: %w", err)
	}
	sub.IdempotencyKey, sub.Route, sub.Request = b.ClientNonce, "traces/"+b.TraceID, digest(v)
	return nil
}
