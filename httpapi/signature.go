package httpapi

// Signatures of webhooks, as Standard Webhooks has them
// (https://www.standardwebhooks.com): the headers webhook-id,
// webhook-timestamp and webhook-signature, HMAC-SHA-256 over
// "<id>.<timestamp>.<body>".

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	headerHookID        = "Webhook-Id"
	headerHookTime      = "Webhook-Timestamp"
	headerHookSignature = "Webhook-Signature"

	hookWindow    = 5 * time.Minute // before and after now
	maxHookID     = 255             // bytes
	maxSignatures = 16              // in one header
)

// signature is what the headers of a webhook say.
type signature struct {
	id, timestamp string
	at            time.Time
	macs          [][]byte // of version v1
}

// readSignature reads the headers. What cannot be the signature of anything
// is false.
func readSignature(h http.Header) (signature, bool) {
	one := func(name string) string {
		if v := h.Values(name); len(v) == 1 {
			return v[0]
		}
		return ""
	}
	s := signature{id: one(headerHookID), timestamp: one(headerHookTime)}
	if s.id == "" || !isLine(s.id, maxHookID) {
		return s, false
	}
	// Only the form in which a number is written: what was signed is its text.
	seconds, err := strconv.ParseUint(s.timestamp, 10, 40)
	if err != nil || strconv.FormatUint(seconds, 10) != s.timestamp {
		return s, false
	}
	s.at = time.Unix(int64(seconds), 0)
	for i, part := range strings.Fields(one(headerHookSignature)) {
		if i == maxSignatures {
			return s, false
		}
		version, text, _ := strings.Cut(part, ",")
		if version != "v1" {
			continue // others may come with it: v1a is asymmetric
		}
		if mac, err := base64.StdEncoding.Strict().DecodeString(text); err == nil && len(mac) == sha256.Size {
			s.macs = append(s.macs, mac)
		}
	}
	return s, len(s.macs) > 0
}

// signs tells whether one of the keys made one of the signatures of the body.
// It takes the same time wherever they differ.
func (s *signature) signs(body []byte, keys [][]byte) bool {
	good := false
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(s.id + "." + s.timestamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, got := range s.macs {
			good = hmac.Equal(want, got) || good
		}
	}
	return good
}

// recent tells whether the time of the message is near enough to now, so that
// one which was overheard cannot be sent again for ever.
func (s *signature) recent(now time.Time) bool {
	return now.Sub(s.at).Abs() <= hookWindow
}
