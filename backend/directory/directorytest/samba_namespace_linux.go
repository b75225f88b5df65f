package directorytest

import (
	"os/exec"
)

// namespace is a private view of /etc/hosts and /etc/resolv.conf: controllers
// find each other by name without a DNS server. A nil namespace is this one.
type namespace struct{ hosts, resolv, krb5 string }

// command is a command that runs within the namespace.
func (ns *namespace) command(program string, args ...string) *exec.Cmd {
	if ns == nil {
		return exec.Command(program, args...)
	}
	script := `mount --bind "$1" /etc/hosts; mount --bind "$2" /etc/resolv.conf; export KRB5_CONFIG="$3"; shift 3; exec "$@"`
	return exec.Command("unshare", append([]string{"-m", "--propagation", "private", "bash", "-c", script, "_", ns.hosts, ns.resolv, ns.krb5, program}, args...)...)
}
