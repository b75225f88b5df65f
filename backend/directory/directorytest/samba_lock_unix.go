//go:build unix

package directorytest

import (
	"os"
	"syscall"
	"testing"
)

// lockFile waits for a lock that ends with the process at the latest.
func lockFile(t testing.TB, path string) (free func()) {
	t.Helper()
	f := openLock(t, path)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	return func() { f.Close() }
}

func tryLock(t testing.TB, path string) (free func(), ok bool) {
	t.Helper()
	f := openLock(t, path)
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, false
	}
	return func() { f.Close() }, true
}

func openLock(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	must(t, err)
	return f
}
