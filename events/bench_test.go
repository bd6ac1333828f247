package events

import "testing"

// benchCommit is what a step of a job leaves.
func benchCommit(b *testing.B) *Commit {
	b.Helper()
	c, err := Seal(Draft{Subject: JobSubject("ws", "job"), ID: "0198-c", At: noon, Actor: Actor{ID: "engine", Kind: "engine"}},
		samples["node.started-1"], samples["node.succeeded-1"])
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func BenchmarkSeal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		benchCommit(b)
	}
}

func BenchmarkDecode(b *testing.B) {
	c := benchCommit(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(c.Subject, 1, c.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	c := benchCommit(b)
	for b.Loop() {
		if _, err := Verify(Head{}, c); err != nil {
			b.Fatal(err)
		}
	}
}
