package catalog

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSecrets(t *testing.T) {
	c := New("w")
	refused(t, c, &DeleteSecret{Name: "b"}, "NOT_FOUND", "")
	obey(t, c, &StoreSecret{Name: "b", Sealed: "one"})
	obey(t, c, &StoreSecret{Name: "a", Sealed: "two"})
	before := c.Clone()
	obey(t, c, &StoreSecret{Name: "b", Sealed: "three"})
	want := []*Secret{
		{Name: "a", Workspace: "w", Version: 1, CreatedAt: noon.Add(time.Hour), UpdatedAt: noon.Add(time.Hour), Sealed: "two"},
		{Name: "b", Workspace: "w", Version: 2, CreatedAt: noon, UpdatedAt: noon.Add(2 * time.Hour), Sealed: "three"},
	}
	if d := cmp.Diff(want, c.Secrets()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := before.Secret("b").Sealed; got != "one" {
		t.Errorf("a clone was changed: %s", got)
	}
	obey(t, c, &DeleteSecret{Name: "b"})
	if c.Secret("b") != nil {
		t.Error("a deleted secret is still there")
	}
	obey(t, c, &StoreSecret{Name: "b", Sealed: "four"})
	if got := c.Secret("b").Version; got != 1 {
		t.Errorf("made again it has version %d", got)
	}
}

func TestMostSecrets(t *testing.T) {
	c := New("w")
	for i := range maxSecrets {
		c.secrets[fmt.Sprint("s", i)] = &Secret{Name: fmt.Sprint("s", i), Version: 1}
	}
	refused(t, c, &StoreSecret{Name: "more", Sealed: "x"}, "CONFLICT", "")
	obey(t, c, &StoreSecret{Name: "s1", Sealed: "x"})
}
