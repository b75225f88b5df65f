package backend

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// networkFileSystem names the network file system dir lies on, empty for a
// local one.
func networkFileSystem(dir string) string {
	volume := filepath.VolumeName(dir)
	if len(volume) > 2 {
		return "a share"
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "a mapped drive"
	}
	return ""
}
