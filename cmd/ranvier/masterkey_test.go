package main

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ranvier/config"
)

func TestMasterKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, masterFile)
	cfg := config.Config{DataDir: dir}
	box, err := openBox(cfg)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 45 {
		t.Errorf("the file is %v (%v)", info, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left are %v (%v)", left, err)
	}
	sealed := box.Seal([]byte("x"))
	again, err := openBox(cfg) // the next start
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(sealed); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}

	cfg.MasterKey = "of the settings, and 32 bytes long"
	other, err := openBox(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := other.Open(sealed); err == nil {
		t.Errorf("another key opens it: %q", got)
	}

	cfg.MasterKey = ""
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := openBox(cfg); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openBox(cfg); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a short key: %v", err)
	}
}

// TestSigningSecretsAreSealed looks for the clear text of signing secrets in
// every file, log line and answer, and uses them after a restart.
func TestSigningSecretsAreSealed(t *testing.T) {
	tr := newTrial(t)
	var logged bytes.Buffer
	begin := func() {
		t.Helper()
		s, err := start(t.Context(), tr.cfg, slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
		if err != nil {
			t.Fatal(err)
		}
		tr.service, tr.client = s, newClient(s.url, tr.cfg.BootstrapKey.Reveal())
	}
	tr.stop()
	begin() // with a log that is looked at

	given := bytes.Repeat([]byte("canary!"), 5)
	givenText := "whsec_" + base64.StdEncoding.EncodeToString(given)
	type receptor struct {
		ID     string `json:"id"`
		Source struct {
			Secret string `json:"signing_secret"`
		} `json:"source_config"`
	}
	receptorOf := func(source map[string]any) (r receptor) {
		t.Helper()
		err := tr.client.call(t.Context(), http.MethodPost, "/v1/receptors", nil, map[string]any{
			"name": "Bell", "executable_target": map[string]string{"kind": "pathway", "id": samplePathwaySlug},
			"active_channels": []string{"webhook"}, "source_config": source,
		}, &r)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	made, held := receptorOf(nil), receptorOf(map[string]any{"signing_secret": givenText})
	madeKey, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Source.Secret, "whsec_"))
	if err != nil || len(madeKey) != 32 || held.Source.Secret != "" {
		t.Fatalf("%v: the secrets are %d bytes and %q", err, len(madeKey), held.Source.Secret)
	}
	tr.stop()
	begin()

	for id, secret := range map[string]string{made.ID: made.Source.Secret, held.ID: givenText} {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		signature, err := hook.Sign("msg", now, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		header := map[string]string{"webhook-id": "msg", "webhook-timestamp": strconv.FormatInt(now.Unix(), 10), "webhook-signature": signature}
		if err := tr.client.call(t.Context(), http.MethodPost, "/v1/hooks/"+id, header, map[string]any{}, nil); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	}
	var shown []byte
	for _, path := range []string{"/v1/receptors", "/v1/receptors/" + made.ID, "/v1/receptors/default/" + held.ID, "/v1/jobs"} {
		var answer jsontext.Value
		if err := tr.client.call(t.Context(), http.MethodGet, path, nil, nil, &answer); err != nil {
			t.Fatal(err)
		}
		shown = append(shown, answer...)
	}
	tr.stop() // everything is in the files
	defer begin()
	texts := map[string][]byte{
		"made": []byte(strings.TrimPrefix(made.Source.Secret, "whsec_")), "made, its bytes": madeKey,
		"given": []byte(strings.TrimPrefix(givenText, "whsec_")), "given, its bytes": given,
	}
	look := func(where string, in []byte) {
		for what, text := range texts {
			if bytes.Contains(in, text) {
				t.Errorf("the secret that was %s is in %s", what, where)
			}
		}
	}
	look("an answer", shown)
	look("the log", logged.Bytes())
	files, sealed := 0, false
	err = filepath.WalkDir(tr.cfg.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		sealed = sealed || bytes.Contains(b, []byte("sealed1."))
		look(path, b)
		return err
	})
	if err != nil || files < 5 || !sealed {
		t.Errorf("%d files were looked at, found sealed: %v (%v)", files, sealed, err)
	}
}
