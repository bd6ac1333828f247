package httpapi

// The text of API keys: rv_live_<43 random characters><6 of a checksum>.

import (
	"crypto/rand"
	"hash/crc32"
	"strings"
)

const (
	keyPrefix   = "rv_live_"
	keyRandom   = 43 // base 62: 256 bits
	keyChecksum = 6  // base 62: holds 32 bits
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewKey makes the text of a new API key: the prefix rv_live_, 256 random
// bits, and the CRC-32 of both. The checksum lets a scanner tell a leaked key
// from other text, and the server refuse a mistyped one without looking it up.
func NewKey() string {
	var b strings.Builder
	b.WriteString(keyPrefix)
	for b.Len() < len(keyPrefix)+keyRandom {
		var random [64]byte
		_, _ = rand.Read(random[:]) // never fails: see crypto/rand
		for _, c := range random {
			// 248 is the largest multiple of 62 in a byte: beyond it some
			// characters would be likelier than others.
			if c < 248 && b.Len() < len(keyPrefix)+keyRandom {
				b.WriteByte(base62[c%62])
			}
		}
	}
	return b.String() + checksum(b.String())
}

// CheckKey tells whether text can be an API key. Text that looks like one of
// NewKey must have its form and its checksum; other text, such as the key that
// an instance is started with, is not judged.
func CheckKey(text string) bool {
	if !strings.HasPrefix(text, keyPrefix) {
		return true
	}
	if len(text) != len(keyPrefix)+keyRandom+keyChecksum {
		return false
	}
	body := text[:len(text)-keyChecksum]
	return checksum(body) == text[len(body):]
}

// checksum is the CRC-32 (IEEE) of body in base 62, most significant first.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var out [keyChecksum]byte
	for i := keyChecksum - 1; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}
