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

// reach calls fn with a path of the socket that is short enough. A long one is
// reached through the folder's descriptor, which Linux offers as a path.
func reach(dir string, fn func(path string) error) error {
	path := filepath.Join(dir, socketName)
	if len(path) <= longest || runtime.GOOS != "linux" {
		return fn(path)
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return fn(fmt.Sprintf("/proc/self/fd/%d/%s", f.Fd(), socketName))
}

// listenLocal opens the socket. The caller holds the folder's lock, so a file
// that is there was left by a process that is gone.
func listenLocal(dir string) (l net.Listener, err error) {
	err = reach(dir, func(path string) error {
		_ = os.Remove(path)
		if l, err = net.Listen("unix", path); err != nil {
			return err
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false) // this path may be gone by then
		return os.Chmod(path, 0o600)
	})
	return l, err
}

func dialLocal(ctx context.Context, dir string) (c net.Conn, err error) {
	err = reach(dir, func(path string) error {
		c, err = (&net.Dialer{}).DialContext(ctx, "unix", path)
		return err
	})
	return c, err
}

// removeLocal removes the socket's file. The caller still holds the lock.
func removeLocal(dir string) error {
	if err := os.Remove(filepath.Join(dir, socketName)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
