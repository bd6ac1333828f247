package httpapi

// Writing answers, and choosing their media type.

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Media types that are spoken here.
const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaSSE    = "text/event-stream"
	mediaYAML   = "application/yaml"
	mediaText   = "text/plain"
	mediaHTML   = "text/html"
	mediaCSS    = "text/css"
	mediaScript = "text/javascript"
)

// writeJSON answers with v's JSON. Nothing is written when v has none.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	write(w, status, mediaJSON, append(b, '\n'))
	return nil
}

// write answers with a whole body. A client that does not take it has gone
// away: there is nobody to tell.
func write(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON or our own YAML, never HTML, and sent with nosniff
}

// accepts gives those of offers that the Accept headers allow, the client's
// favourite first, equal ones as offered (RFC 9110, section 12.5.1). Without
// the header everything is welcome.
func accepts(headers []string, offers []string) ([]string, bool) {
	ranges := strings.Split(strings.Join(headers, ","), ",")
	if strings.TrimSpace(strings.Join(headers, "")) == "" {
		return offers, true
	}
	type choice struct {
		offer   string
		quality float64
	}
	var choices []choice
	for _, offer := range offers {
		quality, precise := 0.0, -1
		for _, text := range ranges {
			name, q := mediaRange(text)
			if p := precision(name, offer); p > precise {
				quality, precise = q, p
			}
		}
		if quality > 0 {
			choices = append(choices, choice{offer, quality})
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	var out []string
	for _, c := range choices {
		out = append(out, c.offer)
	}
	return out, len(out) > 0
}

// named tells whether the Accept headers ask for a media type by its name: a
// client that takes anything has not asked for it.
func named(headers []string, mediaType string) bool {
	for text := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if name, q := mediaRange(text); name == mediaType && q > 0 {
			return true
		}
	}
	return false
}

// mediaRange reads one element of Accept: its range in lower case and its
// weight. A weight that cannot be read is 1.
func mediaRange(text string) (name string, quality float64) {
	name, params, _ := strings.Cut(text, ";")
	quality = 1
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), "q") {
			if q, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil && q >= 0 && q <= 1 {
				quality = q
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), quality
}

// precision tells how precisely a range names a media type: -1 when it does
// not, 2 when it is the type itself.
func precision(name, offer string) int {
	kind, _, _ := strings.Cut(offer, "/")
	switch name {
	case offer:
		return 2
	case kind + "/*":
		return 1
	case "*/*":
		return 0
	}
	return -1
}
