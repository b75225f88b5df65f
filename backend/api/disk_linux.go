package api

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// diskEncrypted looks whether the folder's block device is a dm-crypt mapping
// or stands on one; "unknown" where that cannot be told.
func diskEncrypted(dir string) string {
	info, err := os.Stat(dir)
	if err != nil {
		return "unknown"
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "unknown"
	}
	dev := filepath.Join("/sys/dev/block", devName(uint64(st.Dev)))
	if _, err := os.Stat(dev); err != nil {
		return "unknown" // an overlay or a network file system
	}
	if encrypted(dev, 0) {
		return "yes"
	}
	return "no"
}

func encrypted(dev string, depth int) bool {
	uuid, err := os.ReadFile(filepath.Join(dev, "dm", "uuid"))
	if err == nil && strings.HasPrefix(string(uuid), "CRYPT-") {
		return true
	}
	below, err := os.ReadDir(filepath.Join(dev, "slaves"))
	if err != nil || depth > 8 {
		return false
	}
	for _, d := range below {
		if encrypted(filepath.Join(dev, "slaves", d.Name()), depth+1) {
			return true
		}
	}
	return false
}

func devName(dev uint64) string { return fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev)) }
