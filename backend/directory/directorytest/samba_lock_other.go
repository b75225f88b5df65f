//go:build !unix

package directorytest

import "testing"

func lockFile(t testing.TB, path string) (free func()) { return func() {} }

func tryLock(t testing.TB, path string) (free func(), ok bool) { return func() {}, true }
