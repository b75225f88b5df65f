//go:build unix

package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
)

const socketName = "gatehouse.sock"

// longest is the longest path a socket's address holds (sockaddr_un), on the
// narrowest system.
const longest = 103

// reach calls fn with a path of a socket that is short enough. A long one is
// reached through the folder's descriptor, which Linux offers as a path.
func reach(dir, name string, fn func(path string) error) error {
	path := filepath.Join(dir, name)
	if len(path) <= longest || runtime.GOOS != "linux" {
		return fn(path)
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return fn(fmt.Sprintf("/proc/self/fd/%d/%s", f.Fd(), name))
}

// listenLocal opens the socket. The caller holds the folder's lock, so a file
// that is there was left by a process that is gone.
func listenLocal(dir string) (l net.Listener, err error) {
	err = reach(dir, socketName, func(path string) error {
		_ = os.Remove(path)
		if l, err = net.Listen("unix", path); err != nil {
			return err
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false) // this path may be gone by then
		return os.Chmod(path, 0o600)
	})
	return l, err
}

func dialLocal(ctx context.Context, dir string) (net.Conn, error) {
	return dialSocket(ctx, dir, socketName)
}

func dialSocket(ctx context.Context, dir, name string) (c net.Conn, err error) {
	err = reach(dir, name, func(path string) error {
		c, err = (&net.Dialer{}).DialContext(ctx, "unix", path)
		return err
	})
	return c, err
}

// closeLocal takes the socket's file away and returns a last connection, nil if
// there is no socket. The caller still holds the lock.
func closeLocal(dir string) (net.Conn, error) {
	const away = socketName + ".closed"
	err := os.Rename(filepath.Join(dir, socketName), filepath.Join(dir, away))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := dialSocket(context.Background(), dir, away)
	return c, errors.Join(err, os.Remove(filepath.Join(dir, away)))
}
