package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"path/filepath"
	"strings"

	"github.com/Microsoft/go-winio"
)

// pipe is the folder's named pipe. Windows folds the case of paths.
func pipe(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	sum := sha256.Sum256([]byte(strings.ToLower(abs)))
	return `\\.\pipe\gatehouse-` + hex.EncodeToString(sum[:8])
}

// listenLocal opens the pipe for its owner alone (SDDL: full access to the
// owner, protected from inheritance).
func listenLocal(dir string) (net.Listener, error) {
	return winio.ListenPipe(pipe(dir), &winio.PipeConfig{SecurityDescriptor: "D:P(A;;GA;;;OW)"})
}

func dialLocal(ctx context.Context, dir string) (net.Conn, error) {
	return winio.DialPipeContext(ctx, pipe(dir))
}

// closeLocal has nothing to do: a pipe ends with its last handle, and whoever
// comes later waits for the next one.
func closeLocal(string) (net.Conn, error) { return nil, nil }
