// Package local is what the program knows of the computer it runs on: where
// data lies, whether there is a display, how to open a browser and ask for a
// passphrase. The window and the command line share it.
package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/term"
)

// Version is that of the product, as shown to people.
const Version = "0.1.0"

// KeyFileVariable names the environment variable with the path of the vault's
// key file; the flag --vault-key-file comes first.
const KeyFileVariable = "GATEHOUSE_VAULT_KEY_FILE"

// DataFolder is where data lies unless --data says otherwise:
// $XDG_DATA_HOME/gatehouse or ~/.local/share/gatehouse on Linux, and Gatehouse
// in the user's application data on Windows and macOS. It need not exist.
func DataFolder() (string, error) {
	if runtime.GOOS != "linux" {
		base, err := os.UserConfigDir()
		if runtime.GOOS == "windows" && os.Getenv("LocalAppData") != "" {
			base, err = os.Getenv("LocalAppData"), nil // not the folder that roams between machines
		}
		return filepath.Join(base, "Gatehouse"), err
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "gatehouse"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share", "gatehouse"), err
}

// DemoFolder is where the demo company's data lies: beside the data folder, so
// that the two can never mix.
func DemoFolder(data string) string { return filepath.Clean(data) + "-demo" }

// HasDisplay reports whether a window can be seen here.
func HasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// OpenBrowser shows an address in the user's browser. The address is one of
// ours and is passed as an argument, never through a shell.
func OpenBrowser(address string) error {
	switch runtime.GOOS {
	case "windows":
		return launch("rundll32", "url.dll,FileProtocolHandler", address)
	case "darwin":
		return launch("open", address)
	}
	return launch("xdg-open", address)
}

// Reveal shows a file in the file manager, or the folder it is in where the
// file manager cannot point at a file.
func Reveal(path string) error {
	switch runtime.GOOS {
	case "windows":
		return launch("explorer", "/select,"+path)
	case "darwin":
		return launch("open", "-R", path)
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	return launch("xdg-open", path)
}

func launch(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s could not be started: %w", program, err)
	}
	go cmd.Wait()
	return nil
}

// Passphrase asks for the vault's passphrase on the terminal, unseen. It is nil
// where there is no terminal to ask on.
func Passphrase() func() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return nil
	}
	return func() (string, error) {
		fmt.Fprint(os.Stderr, "Passphrase of the vault: ")
		b, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		if err == nil && strings.TrimSpace(string(b)) == "" {
			err = errors.New("the passphrase is empty")
		}
		return string(b), err
	}
}
