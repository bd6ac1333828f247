package config

import "fmt"

// Secret is text that must not be printed. Every way of printing or encoding
// it gives a mark in its place; Reveal gives the text.
type Secret string

// Reveal gives the text, for the one place that uses it.
func (s Secret) Reveal() string { return string(s) }

// String gives "" for no secret, else a mark with the length in bytes.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("[%d bytes]", len(s))
}

// Format makes every verb of fmt, %x and %#v too, print what String gives.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText makes JSON and slog write what String gives.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
