//go:build unix

package directorytest

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"
)

// freeze stops p and, where /proc tells, waits until it has: its threads may go
// on for a while on a busy computer.
func freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for range 500 {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
		if err != nil || bytes.Contains(status, []byte("State:\tT")) {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("process %d goes on", p.Pid)
}

func thaw(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
