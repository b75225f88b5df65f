//go:build linux

package backend_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/backend/directory/directorytest"
)

// smallDisk makes dir a disk of its own of so many kilobytes until the test
// ends; the function it returns gives it another size.
func smallDisk(t *testing.T, dir string) func(kilobytes string) {
	t.Helper()
	if err := syscall.Mount("gatehouse-test", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (root and CAP_SYS_ADMIN are needed): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return func(kilobytes string) {
		t.Helper()
		must(t, syscall.Mount("gatehouse-test", dir, "tmpfs", syscall.MS_REMOUNT, "size="+kilobytes+"k"))
	}
}

// diskUsed is how much of the disk is in use, in kilobytes.
func diskUsed(t *testing.T, dir string) int64 {
	t.Helper()
	var disk syscall.Statfs_t
	must(t, syscall.Statfs(dir, &disk))
	return int64(disk.Blocks-disk.Bfree) * disk.Bsize >> 10
}

// A disk that fills up while a directory is read costs that read and nothing
// else, wherever it happens; with space again the next one is right.
func TestADiskThatFillsUpWhileReading(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 3000, Groups: 100, Memberships: 9000}.WriteFile})
	f := newFolder(t)
	must(t, os.Mkdir(f.dir, 0o700))
	resize := smallDisk(t, f.dir)
	f.connect(slapd)
	used := diskUsed(t, f.dir)
	stopped := 0
	for _, more := range []int64{200, 1000, 2500, 4500} { // kilobytes beyond what is used
		resize(fmt.Sprint(used + more))
		line, r := f.sync()
		if r.code == 0 {
			continue // it was enough
		}
		stopped++
		if line.Error != "" && !strings.Contains(line.Error+r.err, "full") {
			t.Errorf("with %d kB to spare: exit %d: %+v %s", more, r.code, line, r.err)
		}
		if line.Added+line.Changed+line.Removed != 0 {
			t.Errorf("with %d kB to spare something was changed: %+v", more, line)
		}
	}
	if stopped == 0 {
		t.Fatal("the disk was never full")
	}
	resize("200000")
	line, r := f.sync()
	if r.code != 0 || line.Coverage != "complete" {
		t.Fatalf("with space again: exit %d: %+v %s", r.code, line, r.err)
	}
	c := f.open()
	defer c.close()
	everyAccount(t, c, truthOf(t, slapd))
	if v := c.verify(); !v.OK {
		t.Errorf("audit: %+v", v)
	}
}

// A server that sends a few bytes at a time is waited for as long as it sends:
// the time-out is for silence.
func TestASlowServerIsWaitedFor(t *testing.T) {
	slapd := directorytest.Start(t, directorytest.Options{LDIF: directorytest.Company{Users: 300, Groups: 20, Memberships: 600}.WriteFile})
	w := wire(t, strings.TrimPrefix(slapd.URL, "ldap://"))
	f := newFolder(t)
	f.connect(slapd, "--url", "ldap://"+w.address, "--timeout", "1")
	w.slow(2<<10, 20*time.Millisecond) // 100 kB a second: more than the time-out for a page
	began := time.Now()
	line, r := f.sync()
	if r.code != 0 || line.Coverage != "complete" {
		t.Errorf("exit %d: %+v %s", r.code, line, r.err)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("the read took %s: it was not slow", took)
	}
}
