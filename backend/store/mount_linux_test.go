package store

import (
	"syscall"
	"testing"
)

// mountSmall makes dir a disk of one megabyte until the function it returns is
// called.
func mountSmall(t *testing.T, dir string) func() {
	t.Helper()
	if err := syscall.Mount("gatehouse-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (root and CAP_SYS_ADMIN are needed): %v", err)
	}
	return func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}

func remount(t *testing.T, dir string, readOnly bool) {
	t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if readOnly {
		flags |= syscall.MS_RDONLY
	}
	must(t, syscall.Mount("gatehouse-test", dir, "tmpfs", flags, "size=4m"))
}
