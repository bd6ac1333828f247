package events

import (
	"errors"
	"fmt"
	"strings"
)

// Stream names one of the two streams of commits.
type Stream string

// The streams of commits. Sequences of one say nothing about the other.
const (
	Jobs    Stream = "jobs"    // every commit of every job
	Catalog Stream = "catalog" // definitions: neurons, pathways, keys, workspaces
)

// Subject is what a commit is about: one job, or the catalog of one workspace.
type Subject struct {
	Stream    Stream
	Workspace string
	ID        string // the job's id; in the catalog always CatalogID
}

// CatalogID is the ID of every catalog subject: a workspace has one catalog,
// so that the uniqueness of a slug is a question to one history.
const CatalogID = "definitions"

// JobSubject names a job's history.
func JobSubject(workspace, job string) Subject { return Subject{Jobs, workspace, job} }

// CatalogSubject names the history of a workspace's definitions.
func CatalogSubject(workspace string) Subject { return Subject{Catalog, workspace, CatalogID} }

// String gives "<stream>.<workspace>.<id>", the form the log uses as its
// literal message subject.
func (s Subject) String() string {
	return string(s.Stream) + "." + s.Workspace + "." + s.ID
}

// ParseSubject reads what String wrote. The error wraps ErrID.
func ParseSubject(text string) (Subject, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || (parts[0] != string(Jobs) && parts[0] != string(Catalog)) {
		return Subject{}, fmt.Errorf("subject %.80q: %w", text, ErrID)
	}
	s := Subject{Stream(parts[0]), parts[1], parts[2]}
	return s, s.Check()
}

// Check tells whether both ids may stand in a subject. The error wraps ErrID.
func (s Subject) Check() error {
	if err := CheckID(s.Workspace); err != nil {
		return fmt.Errorf("workspace: %w", err)
	}
	return CheckID(s.ID)
}

// ErrID is returned by CheckID.
var ErrID = errors.New("an id has 1 to 64 letters, digits, '_' or '-'")

// CheckID is the one check of ids and slugs: `^[A-Za-z0-9_-]{1,64}$`. What
// fails it never reaches the log, where '.', '*' and '>' have a meaning.
func CheckID(id string) error {
	if id == "" || len(id) > 64 {
		return ErrID
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return ErrID
		}
	}
	return nil
}
