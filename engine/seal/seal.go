// Package seal keeps secrets that must be stored and used again: it encrypts
// them under the instance's master key, each bound to the place it belongs to.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// LeastMaster is the least length of a master key in bytes.
const LeastMaster = 32

// prefix tells sealed text from others, and its form from later ones.
const prefix = "sealed1."

// ErrOpen says that sealed text cannot be opened: it was sealed with another
// master key or for another place, or was changed.
var ErrOpen = errors.New("this was sealed with another master key, or for another place")

// Box seals and opens: AES-256-GCM (NIST SP 800-38D) with a random nonce, under
// a key that HKDF (RFC 5869) makes of the master key. It may be used from any
// goroutine, and cannot be printed.
type Box struct{ aead cipher.AEAD }

// New makes a box of a master key, which is as good as it is hard to guess.
func New(master []byte) (*Box, error) {
	if len(master) < LeastMaster {
		return nil, fmt.Errorf("a master key has at least %d bytes", LeastMaster)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "ranvier: sealed secrets", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return &Box{aead}, nil
}

// Seal encrypts a secret for a place, such as a workspace and an id: it opens
// there only. The same secret never gives the same text twice.
func (b *Box) Seal(secret []byte, place ...string) string {
	return prefix + base64.RawURLEncoding.EncodeToString(b.aead.Seal(nil, nil, secret, bind(place))) //nolint:gosec // the cipher makes the nonce
}

// Open decrypts what Seal gave for the same place, or gives ErrOpen.
func (b *Box) Open(sealed string, place ...string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, prefix)
	if !ok {
		return nil, ErrOpen
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, ErrOpen
	}
	secret, err := b.aead.Open(nil, nil, raw, bind(place))
	if err != nil {
		return nil, ErrOpen
	}
	return secret, nil
}

// String shows nothing.
func (b *Box) String() string { return "seal.Box" }

// GoString shows nothing.
func (b *Box) GoString() string { return b.String() }

// bind makes one text of a place, other places give others.
func bind(place []string) []byte {
	var b []byte
	for _, p := range place {
		b = fmt.Appendf(b, "%d %s", len(p), p)
	}
	return b
}
