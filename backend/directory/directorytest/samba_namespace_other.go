//go:build !linux

package directorytest

import "os/exec"

// namespace exists on Linux only.
type namespace struct{ hosts, resolv, krb5 string }

func (ns *namespace) command(program string, args ...string) *exec.Cmd {
	return exec.Command(program, args...)
}
