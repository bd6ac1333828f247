package natslog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"ranvier/events"
)

// BenchmarkAppend appends with many clients at once and compares with bare
// publishes to the same kind of stream, one by one by each client, in the same
// run. Metric "x-bare" is how many times as many commits get through.
func BenchmarkAppend(b *testing.B) {
	for _, clients := range []int{1, 8, 64, 256, 1024} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			dir := b.TempDir()
			l, err := Open(b.Context(), Config{Dir: dir})
			if err != nil {
				b.Fatal(err)
			}
			defer closeLog(b, l)
			ctx := context.Background()
			bare := l.current()
			if _, err := bare.js.CreateStream(ctx, commitStream("BARE", "bare.*", l.cfg)); err != nil {
				b.Fatal(err)
			}
			js, err := jetstream.New(bare.pub)
			if err != nil {
				b.Fatal(err)
			}
			body := sealed(b, events.JobSubject("ws", "job"), events.Head{}, "body").Bytes()
			var run atomic.Int64
			client := func(c int) string { return "c" + strconv.Itoa(c) }
			// each lets the clients do n things together and gives the time.
			each := func(n int, do func(client string, i int)) time.Duration {
				var next atomic.Int64
				var wg sync.WaitGroup
				began := time.Now()
				for c := range clients {
					wg.Go(func() {
						for i := 0; int(next.Add(1)) <= n; i++ {
							do(client(c), i)
						}
					})
				}
				wg.Wait()
				return time.Since(began)
			}
			// Commits are sealed beforehand: a head's sequence is not part of them.
			commits := func(n int) time.Duration {
				round := "r" + strconv.FormatInt(run.Add(1), 10)
				ready := make(map[string][]*events.Commit, clients)
				for c := range clients {
					var head events.Head
					name := client(c)
					for i := range 2*n/clients + 8 {
						commit := sealed(b, events.JobSubject(round, name), head, strconv.Itoa(i))
						head = commit.Head()
						ready[name] = append(ready[name], commit)
					}
				}
				return each(n, func(client string, i int) {
					mine := ready[client]
					if i >= len(mine) {
						b.Errorf("client %s got more than twice its share", client)
						return
					}
					if i > 0 {
						mine[i].After = mine[i-1].Seq
					}
					if err := l.Append(ctx, mine[i]); err != nil {
						b.Error(err)
					}
				})
			}
			publishes := func(n int) time.Duration {
				round := "r" + strconv.FormatInt(run.Add(1), 10)
				last := sync.Map{}
				return each(n, func(client string, i int) {
					var seq uint64
					if s, ok := last.Load(client); ok {
						seq = s.(uint64)
					}
					ack, err := js.Publish(ctx, "bare."+round+client, body, jetstream.WithExpectLastSequencePerSubject(seq))
					if err != nil {
						b.Error(err)
						return
					}
					last.Store(client, ack.Sequence)
				})
			}
			commits(clients)
			publishes(min(clients, 100))
			var ours, theirs time.Duration
			for b.Loop() {
				const slices = 4 // interleaved, so that both meet the same disk
				n := max(clients, 64) * 4
				for range slices {
					ours += commits(n) / time.Duration(n)
					m := min(n, 500)
					theirs += publishes(m) / time.Duration(m)
				}
			}
			b.ReportMetric(float64(theirs)/float64(ours), "x-bare")
			b.ReportMetric(float64(4*b.N)/ours.Seconds(), "commits/s")
			b.ReportMetric(float64(4*b.N)/theirs.Seconds(), "bare/s")
		})
	}
}

// BenchmarkTail reads a stored log from its beginning: "cold" from the server,
// "feed" from memory.
func BenchmarkTail(b *testing.B) {
	const n = 40_000
	cfg := Config{Dir: b.TempDir()}
	l, err := Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { closeLog(b, l) }()
	var wg sync.WaitGroup
	for w := range 1000 {
		wg.Go(func() {
			var head events.Head
			for i := range n / 1000 {
				c := sealed(b, events.JobSubject("ws", fmt.Sprint("job", w)), head, fmt.Sprint(w, "-", i))
				if err := l.Append(context.Background(), c); err != nil {
					b.Error(err)
				}
				head = c.Head()
			}
		})
	}
	wg.Wait()
	read := func(b *testing.B, after uint64, src *source[*events.Commit]) {
		count := 0
		for b.Loop() {
			for batch, err := range src.tail(b.Context(), l, after) {
				if err != nil {
					b.Fatal(err)
				}
				count += len(batch)
				if batch[len(batch)-1].Seq == n {
					break
				}
			}
		}
		b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "commits/s")
	}
	b.Run("feed", func(b *testing.B) { read(b, n-4000, l.commits(events.Jobs)) })
	closeLog(b, l)
	if l, err = Open(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	b.Run("cold", func(b *testing.B) { read(b, 0, l.commits(events.Jobs)) })
	b.Run("cold-undecoded", func(b *testing.B) {
		src := l.commits(events.Jobs)
		src.decode = func(_ string, seq uint64, _ []byte) (*events.Commit, error) { return &events.Commit{Seq: seq}, nil }
		read(b, 0, src)
	})
}

// BenchmarkLoad reads the 20 commits of one job.
func BenchmarkLoad(b *testing.B) {
	l, err := Open(b.Context(), Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer closeLog(b, l)
	s := events.JobSubject("ws", "job")
	var head events.Head
	for i := range 20 {
		c := sealed(b, s, head, fmt.Sprint(i))
		if err := l.Append(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		head = c.Head()
	}
	for b.Loop() {
		n := 0
		for _, err := range l.Load(b.Context(), s, 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 20 {
			b.Fatalf("%d commits", n)
		}
	}
}

// sealed makes a commit such as a step of a job leaves.
func sealed(t testing.TB, s events.Subject, h events.Head, id string) *events.Commit {
	t.Helper()
	c, err := events.Seal(events.Draft{Subject: s, Head: h, ID: id, At: events.At(time.Unix(1767000000, 0))},
		&events.NodeStarted{Attempt: 1, Kind: "neuron", Node: "a", Runner: "r", Visit: 1},
		&events.NodeSucceeded{Attempt: 1, Node: "a", Output: events.PayloadOf(map[string]string{"id": id}), Visit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// BenchmarkErase erases a job of 1,000 commits that lie among 7 MB of others: a
// block of the server's, which it writes anew for each of them.
func BenchmarkErase(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		l := openAt(b, Config{Dir: b.TempDir()})
		other := strings.Repeat("x", 7<<10)
		heads := map[events.Subject]events.Head{}
		put := func(s events.Subject, facts ...events.Fact) {
			c, err := events.Seal(events.Draft{Subject: s, Head: heads[s], ID: "c", At: events.At(time.Now())}, facts...)
			if err == nil {
				err = l.Append(b.Context(), c)
			}
			if err != nil {
				b.Fatal(err)
			}
			heads[s] = c.Head()
		}
		gone := events.JobSubject("ws", "gone")
		for i := range 1000 {
			put(gone, &events.NodeSucceeded{Node: "a", Visit: i, Output: events.PayloadOf("gone")})
			put(events.JobSubject("ws", "stays"), &events.NodeSucceeded{Node: "a", Visit: i, Output: events.PayloadOf(other)})
		}
		put(gone, &events.JobDeleted{})
		b.StartTimer()
		if err := l.Erase(b.Context(), gone); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		closeLog(b, l)
		l = openAt(b, Config{Dir: l.cfg.Dir}) // so that nothing is in memory
		began := time.Now()
		for batch, err := range l.Tail(b.Context(), events.Jobs, 0) {
			if err != nil {
				b.Fatal(err)
			}
			if batch[len(batch)-1].Seq == l.Last(events.Jobs) {
				break
			}
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/tail")
		began = time.Now()
		for _, err := range l.Load(b.Context(), gone, 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/load")
		closeLog(b, l)
		b.StartTimer()
	}
}
