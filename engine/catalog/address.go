package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ranvier/events"
)

// This file is how definitions are named: by an id, which is given once, and by
// a slug, which a client may choose.

// address is where a definition is found, and which version of it.
type address struct {
	id, slug string
	version  int
}

// named is what neurons, pathways and receptors have in common: each is a
// pointer, nil for none.
type named interface {
	comparable
	address() address
}

func (n *Neuron) address() address   { return address{n.ID, n.Slug, n.Version} }
func (p *Pathway) address() address  { return address{p.ID, p.Slug, p.Version} }
func (r *Receptor) address() address { return address{r.ID, r.Slug, r.Version} }

// find finds a definition by id or slug, nil when there is none.
func find[D named](all map[string]D, idOrSlug string) D {
	if d, ok := all[idOrSlug]; ok {
		return d
	}
	for _, d := range all {
		if d.address().slug == idOrSlug {
			return d
		}
	}
	var none D
	return none
}

// next is the address that a definition gets when it is stored: with isNew
// under a new id, else as the next version of the one that id or its slug
// names. what is the noun for messages.
func next[D named](all map[string]D, what string, isNew bool, id, slug, name string) (address, error) {
	var none D
	at := address{id: id}
	switch old := find(all, id); {
	case isNew && old != none:
		return at, takenID()
	case !isNew && old == none:
		return at, unknown(what)
	case !isNew:
		at = old.address()
	}
	at.version++
	var err error
	at.slug, err = chooseSlug(slug, at.slug, name, at.id, func(slug string) bool {
		other := find(all, slug)
		return other != none && other.address().id != at.id
	})
	return at, err
}

// reserved slugs stand in the place of an id in some route.
var reserved = []string{"fire", "share", "validate", "versions"}

// chooseSlug gives the slug asked for, or keeps the current one, or makes one
// from the name.
func chooseSlug(asked, current, name, id string, taken func(string) bool) (string, error) {
	if slug := cmp.Or(asked, current); slug != "" {
		switch {
		case events.CheckID(slug) != nil:
			return "", &Refusal{"VALIDATION_ERROR", "/slug", "a slug has 1 to 64 letters, digits, '_' or '-'"}
		case slices.Contains(reserved, slug):
			return "", &Refusal{"VALIDATION_ERROR", "/slug", "this slug is reserved: " + strings.Join(reserved, ", ")}
		case taken(slug):
			return "", &Refusal{"CONFLICT", "/slug", fmt.Sprintf("the slug %q is taken", slug)}
		}
		return slug, nil
	}
	slug := slugify(name)
	if slug == "" || slices.Contains(reserved, slug) || taken(slug) {
		return id, nil
	}
	return slug, nil
}

// slugify keeps letters and digits of ASCII, in lower case, and puts one '-'
// for everything between them.
func slugify(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if ('a' <= r && r <= 'z') || ('0' <= r && r <= '9') {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			if b.Len() >= 60 {
				break
			}
		} else {
			gap = true
		}
	}
	return b.String()
}
