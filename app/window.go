package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// windowState is how the window was last left, kept beside the data.
type windowState struct {
	Width     int  `json:"width"`  // of the window, in pixels of the desktop
	Height    int  `json:"height"` //
	Maximised bool `json:"maximised"`
}

const (
	minWidth, minHeight = 960, 600
	maxSide             = 16384 // beyond any screen: the file was tampered with
)

// loadWindowState reads the state, or the first one where there is none that
// makes sense.
func loadWindowState(folder string) windowState {
	first := windowState{Width: 1440, Height: 900}
	b, err := os.ReadFile(filepath.Join(folder, "window.json"))
	var s windowState
	if err != nil || json.Unmarshal(b, &s) != nil ||
		s.Width < minWidth || s.Height < minHeight || s.Width > maxSide || s.Height > maxSide {
		return first
	}
	return s
}

// save keeps the state. Losing it loses nothing, and a folder that does not
// exist is not made for it.
func (s windowState) save(folder string) {
	if b, err := json.Marshal(s); err == nil {
		os.WriteFile(filepath.Join(folder, "window.json"), b, 0o600)
	}
}

// instanceName is the same for all windows on one data folder and different
// for any two, in the letters that every desktop's lock accepts.
func instanceName(folder string) string {
	sum := sha256.Sum256([]byte(folder))
	return "gatehouse_" + hex.EncodeToString(sum[:8])
}

// fixLocale makes numbers and dates work in the web view: under the locale C it
// reports a language that its own formatting refuses.
func fixLocale() {
	effective := "C"
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			effective = v
			break
		}
	}
	switch effective {
	case "C", "POSIX", "C.UTF-8", "C.utf8":
		os.Unsetenv("LC_ALL")
		os.Unsetenv("LC_MESSAGES")
		os.Setenv("LANG", "en_US.UTF-8")
		os.Setenv("LANGUAGE", "en_US:en")
	}
}
