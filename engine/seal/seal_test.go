package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func box(t testing.TB, master string) *Box {
	t.Helper()
	b, err := New([]byte(master))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const master = "a master key of 32 bytes or more"

func TestSealAndOpen(t *testing.T) {
	secret := []byte("a secret that nobody may see")
	sealed := box(t, master).Seal(secret, "workspace", "id")
	if strings.Contains(sealed, "secret") || !strings.HasPrefix(sealed, prefix) {
		t.Errorf("got %q", sealed)
	}
	if again := box(t, master).Seal(secret, "workspace", "id"); again == sealed {
		t.Error("the same secret gives the same text")
	}
	got, err := box(t, master).Open(sealed, "workspace", "id") // by a later process
	if err != nil || !bytes.Equal(got, secret) {
		t.Errorf("got %q, %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another master key":  func() ([]byte, error) { return box(t, "b"+master[1:]).Open(sealed, "workspace", "id") },
		"another place":       func() ([]byte, error) { return box(t, master).Open(sealed, "workspace", "other") },
		"the words elsewhere": func() ([]byte, error) { return box(t, master).Open(sealed, "workspacei", "d") },
		"no place":            func() ([]byte, error) { return box(t, master).Open(sealed) },
		"changed":             func() ([]byte, error) { return box(t, master).Open(sealed[:len(sealed)-2]+"AA", "workspace", "id") },
		"cut":                 func() ([]byte, error) { return box(t, master).Open(sealed[:20], "workspace", "id") },
		"not sealed":          func() ([]byte, error) { return box(t, master).Open("whsec_AAAA", "workspace", "id") },
		"nothing":             func() ([]byte, error) { return box(t, master).Open("", "workspace", "id") },
	} {
		if got, err := open(); !errors.Is(err, ErrOpen) || got != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestMasterKeyTooShort(t *testing.T) {
	if _, err := New([]byte(master[:31])); err == nil {
		t.Error("31 bytes are taken")
	}
}

func TestBoxIsNotPrinted(t *testing.T) {
	b := box(t, master)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, b); got != "seal.Box" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(box(f, master).Seal([]byte("x"), "place"))
	f.Add("sealed1.")
	f.Fuzz(func(t *testing.T, text string) {
		b := box(t, master)
		if got, err := b.Open(text, "elsewhere"); err == nil {
			t.Fatalf("opened %q: %q", text, got)
		}
	})
}
