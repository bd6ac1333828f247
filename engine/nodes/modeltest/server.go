// Package modeltest is a small server of the OpenAI chat API that answers from
// a script: for tests of models and of everything above them, and for trying
// the product without a key. It listens on the loopback interface only.
package modeltest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Reply is one scripted answer. The zero Reply says the user's message again.
type Reply struct {
	Text    string        // streamed word by word; "": "You said: " and the last user message
	Delay   time.Duration // before each word
	Finish  string        // finish_reason; "" is "stop", "none" leaves it out
	Refusal string        // the model refuses with this text instead
	Cut     int           // break the connection after so many words; 0: do not
	Hang    bool          // after the words be silent until the client goes; see Gone

	Status     int    // an HTTP status other than 200 refuses the request
	Error      string // the message of a refusal
	RetryAfter string // its Retry-After header

	// Raw, when given, is the whole body of the answer as it is.
	Raw string
	// Calls are tools that the model asks for, after the words of Text, of which
	// there are none then if it is empty.
	Calls []Call
	// Tokens that are reported; 0 counts words.
	InputTokens, OutputTokens int
}

// Call is a tool call. Its arguments are streamed in pieces, those of several
// calls in turn.
type Call struct{ ID, Name, Arguments string }

// Request is what a client sent.
type Request struct {
	Header http.Header
	Body   jsontext.Value
}

// maxKept bounds how many requests are remembered.
const maxKept = 100

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	// URL is the base URL for clients, with its version.
	URL string

	http    *http.Server
	running sync.WaitGroup
	gone    chan struct{}
	choose  func(Request) Reply // nil: script

	mu       sync.Mutex
	closed   bool
	script   []Reply
	requests []Request
}

// NewServer starts a server. It answers with the replies in turn and then
// with the last one for ever; without any with the zero Reply.
func NewServer(script ...Reply) (*Server, error) {
	return start(&Server{script: script})
}

// NewServerFunc starts a server that answers each request with what choose
// makes of it, from many goroutines.
func NewServerFunc(choose func(Request) Reply) (*Server, error) {
	return start(&Server{choose: choose})
}

func start(s *Server) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.URL, s.gone = "http://"+l.Addr().String()+"/v1", make(chan struct{}, maxKept)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.running.Go(func() { _ = s.http.Serve(l) }) // it only ever ends with ErrServerClosed or with its listener
	return s, nil
}

// Close breaks what is under way and waits until it is over.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	_ = s.http.Close() // the listener's error helps nobody
	s.running.Wait()
}

// begin counts a handler, unless Close already waits for them to end.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// Requests gives the last requests, the oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Gone gets a value whenever a client leaves a reply that hangs.
func (s *Server) Gone() <-chan struct{} { return s.gone }

// next remembers the request and takes the reply to it.
func (s *Server) next(r Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.requests) > maxKept {
		s.requests = s.requests[1:]
	}
	if len(s.script) == 0 {
		return Reply{}
	}
	reply := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	return reply
}

// What the server reads of a request.
type asked struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string         `json:"role"`
		Content jsontext.Value `json:"content"`
	} `json:"messages"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	request := Request{Header: r.Header.Clone(), Body: body}
	reply := s.next(request)
	if s.choose != nil {
		reply = s.choose(request)
	}
	var in asked
	if err := json.Unmarshal(body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "the request is no JSON of the chat API")
		return
	}
	switch {
	case reply.Status != 0 && reply.Status != http.StatusOK:
		if reply.RetryAfter != "" {
			w.Header().Set("Retry-After", reply.RetryAfter)
		}
		refuse(w, reply.Status, reply.Error)
	case reply.Raw != "":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, reply.Raw) // a client that has gone needs no answer
	default:
		s.stream(r.Context(), w, &in, &reply)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	type said struct {
		Message string `json:"message"`
		Type    string `json:"type"`
	}
	body, err := json.Marshal(map[string]said{"error": {message, "scripted"}})
	if err != nil {
		panic("modeltest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// stream writes the reply in chunks as server-sent events.
func (s *Server) stream(ctx context.Context, w http.ResponseWriter, in *asked, reply *Reply) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := chunks{w: w, flush: http.NewResponseController(w), model: in.Model}
	said := in.said()
	text := reply.Text
	if text == "" && reply.Refusal == "" && len(reply.Calls) == 0 {
		text = "You said: " + said
	}
	words := strings.SplitAfter(text, " ")
	out.delta(map[string]string{"role": "assistant", "content": ""}, nil)
	if reply.Refusal != "" {
		words = nil
		out.delta(map[string]string{"refusal": reply.Refusal}, nil)
	}
	for i, word := range words {
		if reply.Cut > 0 && i == reply.Cut {
			panic(http.ErrAbortHandler)
		}
		if reply.Delay > 0 {
			timer := time.NewTimer(reply.Delay)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
		}
		out.delta(map[string]string{"content": word}, nil)
	}
	out.calls(reply.Calls)
	if reply.Hang {
		<-ctx.Done()
		select {
		case s.gone <- struct{}{}:
		default: // nobody takes them
		}
		return
	}
	if reply.Finish != "none" {
		finish := reply.Finish
		if finish == "" {
			finish = "stop"
			if len(reply.Calls) > 0 {
				finish = "tool_calls"
			}
		}
		out.delta(map[string]string{}, &finish)
	}
	if in.StreamOptions.IncludeUsage {
		out.usage(count(reply.InputTokens, said), count(reply.OutputTokens, text))
	}
	out.event("[DONE]")
}

// said is the last user message as text.
func (a *asked) said() string {
	for i := len(a.Messages) - 1; i >= 0; i-- {
		if a.Messages[i].Role != "user" {
			continue
		}
		var text string
		if err := json.Unmarshal(a.Messages[i].Content, &text); err != nil {
			return string(a.Messages[i].Content) // parts, not text
		}
		return text
	}
	return ""
}

func count(given int, text string) int {
	if given != 0 {
		return given
	}
	return len(strings.Fields(text))
}

// chunks writes the events of one reply.
type chunks struct {
	w     io.Writer
	flush *http.ResponseController
	model string
}

type choice struct {
	Index        int     `json:"index"`
	Delta        any     `json:"delta"`
	FinishReason *string `json:"finish_reason"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

type chunk struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage"`
}

func (c *chunks) delta(delta map[string]string, finish *string) {
	c.chunk([]choice{{Delta: delta, FinishReason: finish}}, nil)
}

// calls writes tool calls: their heads, and then their arguments in pieces.
func (c *chunks) calls(calls []Call) {
	type function struct {
		Name      string `json:"name,omitzero"`
		Arguments string `json:"arguments"`
	}
	type piece struct {
		Index    int      `json:"index"`
		ID       string   `json:"id,omitzero"`
		Type     string   `json:"type,omitzero"`
		Function function `json:"function"`
	}
	write := func(p piece) { c.chunk([]choice{{Delta: map[string][]piece{"tool_calls": {p}}}}, nil) }
	most := 0
	for i, call := range calls {
		write(piece{Index: i, ID: call.ID, Type: "function", Function: function{Name: call.Name}})
		most = max(most, len(call.Arguments))
	}
	for at := 0; at < most; at += callPiece {
		for i, call := range calls {
			if at < len(call.Arguments) {
				write(piece{Index: i, Function: function{Arguments: call.Arguments[at:min(at+callPiece, len(call.Arguments))]}})
			}
		}
	}
}

// callPiece is how many bytes of arguments come in one chunk.
const callPiece = 5

func (c *chunks) usage(in, out int) {
	c.chunk(nil, &usage{PromptTokens: in, CompletionTokens: out, TotalTokens: in + out})
}

func (c *chunks) chunk(choices []choice, u *usage) {
	body, err := json.Marshal(chunk{ID: "chat-1", Object: "chat.completion.chunk", Model: c.model, Choices: choices, Usage: u})
	if err != nil {
		panic("modeltest: " + err.Error())
	}
	c.event(string(body))
}

func (c *chunks) event(data string) {
	_, _ = fmt.Fprintf(c.w, "data: %s\n\n", data) // a client that has gone needs no answer
	_ = c.flush.Flush()
}
