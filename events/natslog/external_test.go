package natslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"ranvier/events"
	"ranvier/events/logtest"
)

// runServer runs a NATS server on a free port of 127.0.0.1.
func runServer(t *testing.T, change func(*server.Options)) *server.Server {
	t.Helper()
	opts := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), MaxPayload: events.MaxCommit + headerRoom,
	}
	if change != nil {
		change(opts)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not get ready")
	}
	return s
}

func TestExternal(t *testing.T) {
	before := goleak.IgnoreCurrent()
	logtest.Run(t, func(t *testing.T) (events.Log, func() events.Log) {
		cfg := Config{URL: runServer(t, nil).ClientURL()}
		l := openAt(t, cfg)
		return l, func() events.Log {
			closeLog(t, l)
			l = openAt(t, cfg)
			return l
		}
	})
	goleak.VerifyNone(t, before)
}

// cluster runs three servers and gives their URLs.
func cluster(t *testing.T) string {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		free, err := net.Listen("tcp", "127.0.0.1:0") // a port nobody has
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &url.URL{Scheme: "nats-route", Host: free.Addr().String()})
		if err := free.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var urls []string
	for i, r := range routes {
		port, err := strconv.Atoi(r.Port())
		if err != nil {
			t.Fatal(err)
		}
		s := runServer(t, func(o *server.Options) {
			o.ServerName = fmt.Sprint("n", i)
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}
			o.Routes = routes
		})
		urls = append(urls, s.ClientURL())
	}
	// Stream creation is refused until there is a leader: ask until then.
	nc, err := nats.Connect(strings.Join(urls, ","))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		asking, cancel := context.WithTimeout(ctx, 5*time.Second)
		_, err := js.CreateStream(asking, jetstream.StreamConfig{Name: "READY", Subjects: []string{"ready"}, Replicas: 3})
		cancel()
		if err == nil {
			return strings.Join(urls, ",")
		}
		if ctx.Err() != nil {
			t.Fatalf("the cluster does not get ready: %v", err)
		}
	}
}

// TestCluster lets two processes' logs race on three replicas: each sees what
// the other stored, and one of them wins each subject.
func TestCluster(t *testing.T) {
	urls := cluster(t)
	cfg := Config{URL: urls, Replicas: 3, AppendTimeout: 10 * time.Second}
	logs := []*Log{openAt(t, cfg), openAt(t, cfg)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const jobs, each = 20, 5
	var mu sync.Mutex
	acked := make(map[uint64]string)
	var wg sync.WaitGroup
	for who, l := range logs {
		for j := range jobs {
			wg.Go(func() {
				s := events.JobSubject("ws", fmt.Sprint("job", j))
				var head events.Head
				for head.N < each*2 {
					id := fmt.Sprint(who, "-", j, "-", head.N)
					c := sealed(t, s, head, id)
					err := l.Append(ctx, c)
					switch {
					case err == nil:
						mu.Lock()
						if was := acked[c.Seq]; was != "" {
							t.Errorf("%d was acknowledged for %s and %s", c.Seq, was, id)
						}
						acked[c.Seq] = id
						mu.Unlock()
						head = c.Head()
					case errors.Is(err, events.ErrConflict):
						for c, err := range l.Load(ctx, s, head.Seq) {
							if err != nil {
								t.Error(err)
								return
							}
							head = c.Head()
						}
					default:
						t.Errorf("Append: %v", err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	if len(acked) != jobs*each {
		t.Errorf("%d commits were acknowledged, not %d", len(acked), jobs*each)
	}
	for who, l := range logs {
		seen := uint64(0)
		for batch, err := range l.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range batch {
				if seen++; c.Seq != seen || acked[seen] != c.ID {
					t.Errorf("log %d has %s at %d, acknowledged was %s", who, c.ID, c.Seq, acked[seen])
				}
			}
			if seen >= jobs*each {
				break
			}
		}
		if got := l.Last(events.Jobs); got != jobs*each {
			t.Errorf("log %d ends at %d", who, got)
		}
	}
}

// TestExternalGone: without its server the log says so, and heals.
func TestExternalGone(t *testing.T) {
	dir := t.TempDir()
	on := func(port int) func(*server.Options) {
		return func(o *server.Options) { o.StoreDir, o.Port = dir, port }
	}
	s := runServer(t, on(server.RANDOM_PORT))
	u, err := url.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	var port int
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, Config{URL: s.ClientURL(), AppendTimeout: 10 * time.Second})
	subject := events.JobSubject("ws", "job")
	first := sealed(t, subject, events.Head{}, "first")
	if err := l.Append(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	seen := make(chan uint64, 10)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		defer close(seen)
		for batch, err := range l.Tail(ctx, events.Jobs, 0) {
			if err != nil {
				t.Errorf("Tail: %v", err)
				return
			}
			for _, c := range batch {
				seen <- c.Seq
			}
			if batch[len(batch)-1].Seq == 2 {
				return
			}
		}
	}()
	if got := <-seen; got != 1 {
		t.Errorf("the tail saw %d first", got)
	}
	s.Shutdown()
	s.WaitForShutdown()
	second := sealed(t, subject, first.Head(), "second")
	short, cancel := context.WithTimeout(ctx, time.Second) // there is nobody to answer
	defer cancel()
	if err := l.Append(short, second); !errors.Is(err, events.ErrUnavailable) && !errors.Is(err, events.ErrUnknown) {
		t.Errorf("Append without a server: %v", err)
	}
	await(t, l, false)
	runServer(t, on(port))
	await(t, l, true)
	if err := l.Append(t.Context(), second); err != nil {
		t.Errorf("Append after the server came back: %v", err)
	}
	for seq := range seen {
		if seq != 2 {
			t.Errorf("the tail saw %d", seq)
		}
	}
}
