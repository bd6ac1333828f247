package main

import (
	"context"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/net/netutil"
)

// spareFiles are the file descriptors that clients never get: the log and the
// views must be able to open their files whoever is connected.
const spareFiles = 256

// listen opens the port. At most so many connections are served at once, 0
// stands for as many as file descriptors allow; others wait until one ends.
func listen(ctx context.Context, addr string, connections int) (net.Listener, error) {
	if connections == 0 {
		var files syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
			return nil, fmt.Errorf("the limit of open files: %w", err)
		}
		connections = affordable(files.Cur)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return netutil.LimitListener(l, connections), nil
}

// affordable is how many connections a limit of open files leaves room for, at
// least a few.
func affordable(files uint64) int {
	const most, least = 1 << 20, 16
	return int(min(max(files, spareFiles+least)-spareFiles, most))
}
