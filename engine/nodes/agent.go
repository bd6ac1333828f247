package nodes

// agent: a visit of a model that may call tools: turn after turn until the
// model asks for nothing more.
//
// A turn that asks for tools is recorded with all its calls at once, and each
// call's result when it is there. A visit is made of what is recorded and
// nothing else, so whoever goes on with it, in whatever process, makes no turn
// and no call again that has ended. A call that had begun and has no result is
// made again with the same idempotency key. The last turn is the outcome.

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	openai "github.com/sashabaranov/go-openai"

	"ranvier/engine/pathway"
)

// reply is a turn as it is recorded.
type reply struct {
	Text         string      `json:"text"`
	Calls        []askedCall `json:"calls,omitempty"`
	Model        string      `json:"model"`
	FinishReason string      `json:"finish_reason"`
}

// visit is a visit of a model in progress.
type visit struct {
	*llm
	r        *Request
	input    jsontext.Value
	request  openai.ChatCompletionRequest
	tools    map[string]*tool
	turns    int
	mended   int             // turns whose output did not fit
	ids      map[string]bool // of calls
	calls    []*call         // of the last turn
	consumed Usage           // as it is recorded
}

// call is a tool call of the last turn.
type call struct {
	Call
	asked   bool // a person, or a sub-job was started
	verdict *Verdict
	answer  *Answer
}

// Answer asks the model, and its tools, until it has an output.
func (n *llm) Answer(ctx context.Context, r *Request, input jsontext.Value) (Outcome, error) {
	request, err := n.request(ctx, r, input)
	if err != nil {
		return nil, err
	}
	v := &visit{llm: n, r: r, input: input, request: request, ids: map[string]bool{}}
	if err := v.equip(ctx); err != nil {
		return nil, err
	}
	for _, s := range r.Steps {
		if err := v.take(s); err != nil {
			return nil, err
		}
	}
	for {
		if outcome, err := v.makeCalls(ctx); outcome != nil || err != nil {
			return outcome, err
		}
		if err := v.exhausted(); err != nil {
			return nil, err
		}
		if done, err := v.turn(ctx); done != nil || err != nil {
			return done, err
		}
	}
}

// equip offers the model its tools.
func (v *visit) equip(ctx context.Context) error {
	all := v.llm.tools.fixed
	for i := range v.llm.tools.servers {
		more, err := v.types.serverTools(ctx, &v.llm.tools.servers[i])
		if err != nil {
			return err
		}
		all = append(all[:len(all):len(all)], more...)
	}
	v.tools = make(map[string]*tool, len(all))
	for _, t := range all {
		if v.tools[t.name] != nil {
			continue // the one that the author described comes first
		}
		v.tools[t.name] = t
		v.request.Tools = append(v.request.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: t.name, Description: t.description, Parameters: t.parameters,
		}})
	}
	return nil
}

// take goes on by a step that is recorded.
func (v *visit) take(s Step) error {
	switch s := s.(type) {
	case Turn:
		v.tell()
		var said reply
		if err := json.Unmarshal(s.Reply, &said); err != nil {
			return fmt.Errorf("read turn %d: %w", s.N, err)
		}
		v.turns, v.consumed = s.N, v.consumed.add(s.Usage)
		m := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: said.Text}
		for _, c := range said.Calls {
			m.ToolCalls = append(m.ToolCalls, openai.ToolCall{
				ID: c.ID, Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments},
			})
		}
		v.request.Messages = append(v.request.Messages, m)
		if len(said.Calls) == 0 {
			v.mended++
			_, misfit := v.output(&said)
			v.request.Messages = append(v.request.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: mend(misfit)})
		}
	case Call:
		v.ids[s.ID] = true
		v.calls = append(v.calls, &call{Call: s})
	case Answer:
		if c := v.called(s.Call); c != nil {
			c.answer = &s
		}
		v.consumed = v.consumed.add(s.Usage)
	case Asked:
		if c := v.called(s.Call); c != nil {
			c.asked = true
		}
	case Spawned:
		if c := v.called(s.Call); c != nil {
			c.asked = true
		}
	case Verdict:
		if c := v.called(s.Call); c != nil {
			c.verdict = &s
		}
	}
	return nil
}

func (v *visit) called(id string) *call {
	for _, c := range v.calls {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// tell gives the model the results of the last turn's calls.
func (v *visit) tell() {
	for _, c := range v.calls {
		v.request.Messages = append(v.request.Messages, openai.ChatCompletionMessage{
			Role: openai.ChatMessageRoleTool, ToolCallID: c.ID, Content: told(c.answer),
		})
	}
	v.calls = nil
}

// told is a result as the model is told it.
func told(a *Answer) string {
	if a == nil {
		return "" // no turn follows a call without one
	}
	text := string(a.Result)
	switch {
	case a.Code != "":
		text = `{"error":` + text + `}`
	case a.Result.Kind() == '"':
		if b, err := jsontext.AppendUnquote(nil, a.Result); err == nil {
			text = string(b)
		}
	}
	if len(text) > maxTold {
		text = fmt.Sprintf("%s\n... (cut: the whole has %d bytes)", strings.ToValidUTF8(text[:maxTold], ""), len(text))
	}
	return text
}

// exhausted is the failure of a visit that may not go on.
func (v *visit) exhausted() error {
	tokens := v.consumed.InputTokens + v.consumed.OutputTokens
	switch {
	case v.turns >= v.llm.turns:
		return v.limit(Usage{}, "the model came to no end in %d turns (max_turns)", v.turns)
	case v.tokens > 0 && tokens >= v.tokens:
		return v.limit(Usage{}, "the model has used %d tokens, and may use %d (max_tokens_total)", tokens, v.tokens)
	case v.cost > 0 && v.consumed.CostMicroUSD >= v.cost:
		return v.limit(Usage{}, "the model has cost %.6f USD, and may cost %.6f (max_cost_usd)", usd(v.consumed.CostMicroUSD), usd(v.cost))
	}
	return nil
}

func usd(micro int64) float64 { return float64(micro) / 1e6 }

func (v *visit) limit(u Usage, format string, args ...any) error {
	return &Failure{Code: CodeAgent, Final: true, Message: bounded(fmt.Sprintf(format, args...)), Usage: u}
}

// turn makes one turn. It gives an outcome when the model has come to an end.
func (v *visit) turn(ctx context.Context) (Outcome, error) {
	v.tell()
	key := v.r.Key
	if v.turns > 0 {
		key = fmt.Sprintf("%s/turn-%d", v.r.Key, v.turns+1)
	}
	c, err := v.ask(ctx, v.r, v.request, key)
	if err != nil {
		return nil, err
	}
	said := reply{Text: c.text.String(), Calls: c.asked, Model: c.model, FinishReason: c.reason}
	if len(said.Calls) > 0 {
		return nil, v.begin(ctx, &said, c.usage)
	}
	output, misfit := v.output(&said)
	switch {
	case misfit == "":
		return Done{Output: output, Usage: c.usage}, nil
	case v.mended >= v.mend || v.turns+1 >= v.llm.turns:
		return nil, c.fail(CodeOutputInvalid, false, "%s", misfit)
	}
	return nil, v.keep(ctx, &said, c.usage)
}

// begin records a turn and the calls that it asks for.
func (v *visit) begin(ctx context.Context, said *reply, used Usage) error {
	switch {
	case v.turns+1 >= v.llm.turns:
		return v.limit(used, "the model still asks for tools in turn %d, its last (max_turns)", v.turns+1)
	case len(v.ids)+len(said.Calls) > v.llm.calls:
		return v.limit(used, "the model has asked for %d tool calls, and may ask for %d (max_tool_calls)", len(v.ids)+len(said.Calls), v.llm.calls)
	}
	var more []Step
	for i := range said.Calls {
		asked := &said.Calls[i]
		if !toolName.MatchString(asked.ID) || v.ids[asked.ID] {
			asked.ID = fmt.Sprintf("call-%d-%d", v.turns+1, i+1)
		}
		v.ids[asked.ID] = true
		c := Call{Turn: v.turns + 1, ID: asked.ID, Name: asked.Name}
		var wrong error
		c.Arguments, wrong = v.arguments(asked)
		more = append(more, c)
		if wrong != nil {
			more = append(more, failedCall(c.ID, wrong, Usage{}))
		}
	}
	return v.keep(ctx, said, used, more...)
}

// arguments reads and checks what a model gives a tool. What it gives for
// nothing is told to it.
func (v *visit) arguments(asked *askedCall) (jsontext.Value, error) {
	text := strings.TrimSpace(asked.Arguments)
	if text == "" {
		text = "{}"
	}
	args := jsontext.Value(text)
	if len(text) > maxArguments || !args.IsValid() {
		quoted, err := json.Marshal(bounded(text))
		if err != nil {
			quoted = []byte("null")
		}
		if len(text) > maxArguments {
			return quoted, invalid("the arguments have %d bytes, and may have %d", len(text), maxArguments)
		}
		return quoted, invalid("the arguments are no JSON object; write them again")
	}
	t := v.tools[asked.Name]
	switch {
	case t == nil:
		return args, &Failure{Code: CodeTool, Message: bounded(fmt.Sprintf("there is no tool %.64q", asked.Name))}
	case args.Kind() != '{':
		return args, invalid("the arguments are no JSON object; write them again")
	case t.schema != nil:
		if p := t.schema.Check(args); len(p) > 0 {
			return args, invalid("the arguments do not fit the tool's parameters: %s", all(p))
		}
	}
	return args, nil
}

// all lists problems in one text.
func all(problems pathway.Problems) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "; ")
}

// keep records a turn with what belongs to it, and goes on from there.
func (v *visit) keep(ctx context.Context, said *reply, used Usage, more ...Step) error {
	raw, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("write turn %d: %w", v.turns+1, err)
	}
	steps := append([]Step{Turn{N: v.turns + 1, Reply: raw, Usage: used}}, more...)
	for i := range steps {
		steps[i] = v.r.clean(steps[i])
	}
	if err := v.r.record(ctx, steps...); err != nil {
		return err
	}
	for _, s := range steps {
		if err := v.take(s); err != nil {
			return err
		}
	}
	return nil
}

// makeCalls makes the calls that have no result, as far as that is possible now.
// It gives an outcome when some have to wait.
func (v *visit) makeCalls(ctx context.Context) (Outcome, error) {
	var now []*call
	var await Await
	waits := false
	for _, c := range v.calls {
		if c.answer != nil {
			continue
		}
		t := v.tools[c.Name]
		switch {
		case t == nil:
			now = append(now, c)
		case t.approval != nil && c.verdict == nil:
			if waits = true; !c.asked {
				await.Ask = append(await.Ask, question(t, c))
			}
		case t.approval != nil && c.verdict.Action != approve:
			now = append(now, c)
		case t.do == nil && t.pathway != nil:
			if waits = true; !c.asked || c.verdict != nil {
				await.Spawn = append(await.Spawn, SubJob{Pathway: t.pathway.ID, Version: t.pathway.Version, Input: c.Arguments, Call: c.ID})
			}
		default:
			now = append(now, c)
		}
	}
	if err := v.inParallel(ctx, now); err != nil {
		return nil, err
	}
	if waits {
		return await, nil
	}
	return nil, nil //nolint:nilnil // the visit goes on
}

// inParallel makes calls, some at a time, and records each result as it comes.
func (v *visit) inParallel(ctx context.Context, calls []*call) error {
	var wg sync.WaitGroup
	places := make(chan struct{}, maxToolsAtOnce)
	answers := make([]Answer, len(calls))
	errs := make([]error, len(calls))
	for i, c := range calls {
		places <- struct{}{}
		if ctx.Err() != nil {
			errs[i] = fmt.Errorf("call tool %s: %w", c.Name, context.Cause(ctx))
			break
		}
		wg.Go(func() {
			defer func() { <-places }()
			answers[i], errs[i] = v.make(ctx, c)
			if errs[i] == nil {
				answers[i], _ = v.r.clean(answers[i]).(Answer)
				errs[i] = v.r.record(ctx, answers[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, a := range answers {
		if err := v.take(a); err != nil {
			return err
		}
	}
	return nil
}

// make makes one call. The error is one that ends the attempt.
func (v *visit) make(ctx context.Context, c *call) (a Answer, err error) {
	used := Usage{ToolCalls: 1}
	t := v.tools[c.Name]
	switch {
	case t == nil:
		return failedCall(c.ID, &Failure{Code: CodeTool, Message: bounded(fmt.Sprintf("there is no tool %.64q any more", c.Name))}, Usage{}), nil
	case t.approval != nil && c.verdict.Action != approve:
		return failedCall(c.ID, &Failure{Code: CodeRejected, Message: c.verdict.rejection()}, Usage{}), nil
	case t.do == nil:
		return failedCall(c.ID, invalid("the tool is not pinned"), Usage{}), nil
	}
	defer func() {
		if p := recover(); p != nil {
			a, err = Answer{}, &Failure{
				Code: "INTERNAL_ERROR", Final: true, Message: "a tool failed inside the server",
				Err: fmt.Errorf("tool %s panicked: %v\n%s", c.Name, p, debug.Stack()),
			}
		}
	}()
	inner, cancel := context.WithTimeoutCause(ctx, t.timeout, errSlow)
	defer cancel()
	r := *v.r
	r.Scope = pathway.NewScope(v.input, nil, "")
	result, more, err := t.do.call(inner, &r, v.r.Key+"/"+c.ID, c.Arguments)
	used = used.add(more)
	if err == nil {
		if result == nil {
			result = jsontext.Value("null")
		}
		if r.Clean != nil {
			result = r.Clean(result, false)
		}
		return Answer{Call: c.ID, Result: result, Usage: used}, nil
	}
	if ctx.Err() != nil {
		return Answer{}, fmt.Errorf("call tool %s: %w", c.Name, context.Cause(ctx))
	}
	if inner.Err() != nil {
		err = &Failure{Code: CodeTimeout, Message: "the tool gave no result within " + t.timeout.String()}
	}
	var f *Failure
	if !errors.As(err, &f) {
		return Answer{}, fmt.Errorf("call tool %s: %w", c.Name, err)
	}
	failed := failedCall(c.ID, f, used)
	if r.Clean != nil {
		failed.Result = r.Clean(failed.Result, true)
	}
	return failed, nil
}

// rejection says why a call was not made.
func (v *Verdict) rejection() string {
	switch {
	case v.Expired:
		return "nobody allowed the call in time"
	case v.Action != reject:
		return "the people who were asked did not agree to allow the call"
	case v.Comment == "":
		return "rejected by a person"
	}
	return bounded("rejected by a person: " + v.Comment)
}

// failedCall is the result of a call that has none.
func failedCall(id string, err error, used Usage) Answer {
	f := &Failure{Code: CodeNode, Message: err.Error()}
	errors.As(err, &f)
	raw, merr := json.Marshal(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{f.Code, bounded(f.Message)})
	if merr != nil {
		raw = []byte("{}")
	}
	return Answer{Call: id, Code: f.Code, Result: raw, Usage: used}
}

// question asks whether a call may be made, and shows it whole.
func question(t *tool, c *call) Question {
	q := *t.approval
	q.Call = c.ID
	args := c.Arguments.Clone()
	if err := args.Indent(); err != nil || len(args) > maxPrompt/2 {
		args = c.Arguments
	}
	text := string(args)
	if len(text) > maxPrompt/2 {
		text = strings.ToValidUTF8(text[:maxPrompt/2], "") + "\n... (cut: the arguments of the call have the whole)"
	}
	q.Prompt = fmt.Sprintf("The model asks to call the tool %q with these arguments:\n\n%s", c.Name, text)
	return q
}

// output makes the output of a reply and says what of it does not fit.
func (v *visit) output(said *reply) (jsontext.Value, string) {
	out := struct {
		Text         string         `json:"text"`
		Data         jsontext.Value `json:"data,omitzero"`
		Model        string         `json:"model"`
		FinishReason string         `json:"finish_reason"`
		Turns        int            `json:"turns,omitzero"`
	}{Text: said.Text, Model: said.Model, FinishReason: said.FinishReason}
	if v.turns > 0 {
		out.Turns = v.turns + 1
	}
	if v.format != nil {
		data := jsontext.Value(strings.TrimSpace(out.Text))
		if !data.IsValid() {
			return nil, fmt.Sprintf("the answer is no JSON (finish_reason %.40q)", said.FinishReason)
		}
		if p := v.format.Check(data); len(p) > 0 {
			return nil, "the answer does not fit response_format: " + all(p)
		}
		out.Data = data
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, "the answer cannot be written: " + err.Error()
	}
	if v.r.Check != nil {
		if p := v.r.Check(raw); len(p) > 0 {
			return nil, "the output does not fit the neuron's output_schema: " + all(p)
		}
	}
	return raw, ""
}

// mend asks the model for an output that fits.
func mend(misfit string) string {
	return bounded(misfit) + "\n\nAnswer again, with the whole answer and nothing else, so that it fits."
}

func (u Usage) add(v Usage) Usage {
	return Usage{
		InputTokens: u.InputTokens + v.InputTokens, OutputTokens: u.OutputTokens + v.OutputTokens,
		ModelCalls: u.ModelCalls + v.ModelCalls, ToolCalls: u.ToolCalls + v.ToolCalls, CostMicroUSD: u.CostMicroUSD + v.CostMicroUSD,
	}
}

// usageIn is what an error says was consumed.
func usageIn(err error) Usage {
	var f *Failure
	if errors.As(err, &f) {
		return f.Usage
	}
	return Usage{}
}
