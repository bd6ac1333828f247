package events

// The facts of a workspace: its definitions, keys and limits.

// WorkspaceCreated is the first fact of a catalog.
type WorkspaceCreated struct {
	Name string `json:"name"`
}

// NeuronStored: a neuron was made or got a new version.
type NeuronStored struct {
	Definition Payload `json:"definition"`
	ID         string  `json:"id"`
	Slug       string  `json:"slug"`
	Version    int     `json:"version"` // from 1
}

// NeuronDeleted: the neuron can no longer be named by new work.
type NeuronDeleted struct {
	ID string `json:"id"`
}

// PathwayStored: a pathway was made or got a new version.
type PathwayStored struct {
	Definition Payload `json:"definition"`
	ID         string  `json:"id"`
	Slug       string  `json:"slug"`
	Version    int     `json:"version"` // from 1
}

// PathwayDeleted: the pathway can no longer be named by new work.
type PathwayDeleted struct {
	ID string `json:"id"`
}

// KeyCreated: an API key was made. Only its hash is known afterwards.
type KeyCreated struct {
	ExpiresAt *Time  `json:"expires_at,omitzero"`
	Hash      Hash   `json:"hash"` // SHA-256 of the key's text
	ID        string `json:"id"`
	Instance  bool   `json:"instance,omitzero"` // may also make workspaces
	Name      string `json:"name"`
	Prefix    string `json:"prefix,omitzero"` // how the key's text begins, to recognise it; empty for a key that was not made here
	Role      string `json:"role"`            // viewer, operator or admin
}

// KeyRevoked: the key is refused from now on.
type KeyRevoked struct {
	ID string `json:"id"`
}

// ReceptorStored: a receptor was made or changed.
type ReceptorStored struct {
	Definition Payload  `json:"definition"` // all but the secrets
	ID         string   `json:"id"`
	Secrets    []string `json:"secrets,omitempty"` // what signs its webhooks, each sealed with the instance's master key
	Slug       string   `json:"slug"`
	Version    int      `json:"version"` // from 1
}

// ReceptorSkipped: a time of the receptor's schedule passed without a job,
// because one of an earlier time had not ended or for another reason.
type ReceptorSkipped struct {
	ID     string `json:"id"`
	Job    string `json:"job"`             // the one that had not ended; empty with Reason
	Reason string `json:"reason,omitzero"` // why there was no job, when it was not Job
	Since  *Time  `json:"since,omitzero"`  // every time after this one and up to Tick passed, not Tick alone
	Tick   Time   `json:"tick"`            // the time that passed
}

// ReceptorDeleted: the receptor starts nothing any more.
type ReceptorDeleted struct {
	ID string `json:"id"`
}

// ShareCreated: a share token was made. Only its hash is known afterwards.
type ShareCreated struct {
	ExpiresAt *Time  `json:"expires_at,omitzero"`
	Hash      Hash   `json:"hash"` // SHA-256 of the token's text
	ID        string `json:"id"`
	Job       string `json:"job,omitzero"`       // with Kind intervention: the job that asks
	Kind      string `json:"kind"`               // what it opens: receptor, job or intervention
	Responder string `json:"responder,omitzero"` // with Kind intervention: in whose name it answers
	Target    string `json:"target"`             // id of what it opens
}

// ShareRevoked: the token is refused from now on.
type ShareRevoked struct {
	ID string `json:"id"`
}

// WorkspaceConfigured: the workspace has new limits, in place of all earlier ones.
type WorkspaceConfigured struct {
	Name     string  `json:"name,omitzero"` // empty: as it was
	Settings Payload `json:"settings"`
}

// SecretStored: a secret was made or got a new value.
type SecretStored struct {
	Name    string `json:"name"`
	Sealed  string `json:"sealed"`  // with the instance's master key
	Version int    `json:"version"` // from 1
}

// SecretDeleted: the secret can no longer be used.
type SecretDeleted struct {
	Name string `json:"name"`
}
