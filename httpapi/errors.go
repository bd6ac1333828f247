package httpapi

// Every answer that is not a 2xx: one shape, one table of codes, one mapping
// of the errors of the packages below.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"ranvier/engine"
	"ranvier/engine/catalog"
	"ranvier/engine/job"
	"ranvier/engine/pathway"
	"ranvier/events"
	"ranvier/projections"
)

// The codes that the server itself gives.
const (
	codeInvalid       = "VALIDATION_ERROR"
	codeAuth          = "AUTH_REQUIRED"
	codeForbidden     = "FORBIDDEN"
	codeNotFound      = "NOT_FOUND"
	codeMethod        = "METHOD_NOT_ALLOWED"
	codeNotAcceptable = "NOT_ACCEPTABLE"
	codeMediaType     = "UNSUPPORTED_MEDIA_TYPE"
	codeConflict      = "CONFLICT"
	codeGone          = "GONE"
	codeTooLarge      = "PAYLOAD_TOO_LARGE"
	codeInternal      = "INTERNAL_SERVER_ERROR"
	codeUnavailable   = "UNAVAILABLE"
)

// statuses is the one table of codes; refusals of jobs and definitions carry
// these codes themselves.
var statuses = map[string]int{
	codeInvalid:             http.StatusBadRequest,
	job.RefusedFinished:     http.StatusBadRequest,
	codeAuth:                http.StatusUnauthorized,
	codeForbidden:           http.StatusForbidden,
	codeNotFound:            http.StatusNotFound,
	codeMethod:              http.StatusMethodNotAllowed,
	codeNotAcceptable:       http.StatusNotAcceptable,
	codeConflict:            http.StatusConflict,
	job.RefusedNotWaiting:   http.StatusConflict,
	job.RefusedNotResumable: http.StatusConflict,
	job.RefusedAnswered:     http.StatusConflict,
	job.RefusedLease:        http.StatusConflict,
	"IDEMPOTENCY_MISMATCH":  http.StatusConflict,
	codeGone:                http.StatusGone,
	codeTooLarge:            http.StatusRequestEntityTooLarge,
	codeRateLimit:           http.StatusTooManyRequests,
	codeMediaType:           http.StatusUnsupportedMediaType,
	codeInternal:            http.StatusInternalServerError,
	codeUnavailable:         http.StatusServiceUnavailable,
}

const (
	internalMessage = "something went wrong in the server; its log has the request id"
	retrySeconds    = 1   // what Retry-After says
	maxMessage      = 500 // bytes of a message
	maxPointer      = 300 // bytes of a detail's path
	maxDetails      = 100 // problems named in one answer
)

// failure is an answer that is not a 2xx. Message and details are shown to
// the client, cause is logged.
type failure struct {
	code       string
	message    string
	details    pathway.Problems
	retryAfter int // seconds, of codeRateLimit
	cause      error
}

// fail makes a failure that is the client's to mend.
func fail(code, format string, args ...any) *failure {
	return &failure{code: code, message: fmt.Sprintf(format, args...)}
}

// invalid makes a VALIDATION_ERROR of all problems of a request.
func invalid(problems pathway.Problems) *failure {
	message := "the request has a problem"
	if len(problems) > 1 {
		message = fmt.Sprintf("the request has %d problems", len(problems))
	}
	if len(problems) > 0 {
		message += ": " + problems[0].String()
	}
	return &failure{code: codeInvalid, message: message, details: problems}
}

// invalidAt is invalid with one problem.
func invalidAt(path, format string, args ...any) *failure {
	return invalid(pathway.Problems{{Path: path, Message: fmt.Sprintf(format, args...)}})
}

// Error implements error.
func (f *failure) Error() string { return f.code + ": " + f.message }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// failureOf maps whatever a handler returned.
func failureOf(err error) *failure {
	var (
		f        *failure
		refused  *job.Refusal
		refusedD *catalog.Refusal
		problems pathway.Problems
	)
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &refused):
		f = &failure{code: known(refused.Code), message: refused.Message, details: refused.Problems}
		if refused.Code == engine.RefusedQuota {
			f.retryAfter = quotaSeconds
		}
		return f
	case errors.As(err, &refusedD):
		f = &failure{code: known(refusedD.Code), message: refusedD.Message}
		if refusedD.Path != "" {
			f.details = pathway.Problems{{Path: refusedD.Path, Message: refusedD.Message}}
		}
		return f
	case errors.As(err, &problems):
		return invalid(problems)
	case errors.Is(err, projections.ErrNotFound), errors.Is(err, events.ErrID):
		return fail(codeNotFound, "there is no such thing in this workspace")
	case errors.Is(err, events.ErrUnknown):
		return &failure{code: codeUnavailable, cause: err, message: "whether this was stored is not known: try again with the same Idempotency-Key, or read the state first"}
	case errors.Is(err, events.ErrUnavailable):
		return &failure{code: codeUnavailable, cause: err, message: "nothing can be stored now and nothing was: try again"}
	case errors.Is(err, events.ErrTooLarge):
		return fail(codeTooLarge, "what this would store is larger than one commit may be")
	case errors.Is(err, projections.ErrRebuilding), errors.Is(err, projections.ErrClosed),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &failure{code: codeUnavailable, cause: err, message: "the views are catching up with the log: try again"}
	}
	return &failure{code: codeInternal, message: internalMessage, cause: err}
}

// known keeps the codes of the table; a refusal that clients have no word for
// is a conflict.
func known(code string) string {
	if _, ok := statuses[code]; ok {
		return code
	}
	return codeConflict
}

// statusClientGone is logged for requests whose client went away. Hardly anybody
// reads it, but without a status net/http would say 200 to whoever does: a
// client that only closed its own direction is taken for gone.
const statusClientGone = 499

// refuse answers with what err maps to, and logs what the client is not told.
func (s *Server) refuse(w *recorder, r *http.Request, err error) {
	if r.Context().Err() != nil && w.status == 0 && !errors.Is(err, errSlowBody) {
		w.WriteHeader(statusClientGone)
		return
	}
	f := failureOf(err)
	if f.cause != nil {
		level := s.logger.Warn
		if f.code == codeInternal {
			level = s.logger.Error
		}
		level("request failed", "request_id", about(r).id, "error", f.cause)
	}
	if w.status != 0 {
		if f.cause == nil {
			s.logger.Error("an answer broke off", "request_id", about(r).id, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	switch f.code {
	case codeUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retrySeconds))
	case codeRateLimit:
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	case codeAuth:
		challenge := `Bearer realm="ranvier"`
		if r.Header.Get("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
	}
	w.Header().Del("ETag")
	if err := writeJSON(w, statuses[f.code], &errorBody{
		Message: bounded(f.message, maxMessage), Code: f.code, Details: detailsOf(f.details), RequestID: about(r).id,
		RetryAfter: f.retryAfter,
	}); err != nil {
		s.logger.Error("an error could not be answered", "request_id", about(r).id, "error", err)
	}
}

// errorBody is the JSON form of a failure.
type errorBody struct {
	Message    string           `json:"message"`
	Code       string           `json:"code"`
	Details    pathway.Problems `json:"details"`
	RequestID  string           `json:"request_id"`
	RetryAfter int              `json:"retryAfter,omitzero"` // seconds
}

// detailsOf bounds what an answer repeats of a request.
func detailsOf(problems pathway.Problems) pathway.Problems {
	out := make(pathway.Problems, 0, min(len(problems), maxDetails+1))
	for i, p := range problems {
		if i == maxDetails {
			out = append(out, pathway.Problem{Message: fmt.Sprintf("and %d more", len(problems)-maxDetails)})
			break
		}
		out = append(out, pathway.Problem{Path: bounded(p.Path, maxPointer), Message: bounded(p.Message, maxMessage)})
	}
	return out
}

// bounded cuts text that came from outside, on a rune's border.
func bounded(s string, most int) string {
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
