package backend

import "golang.org/x/sys/unix"

// networkFileSystem names the network file system dir lies on, empty for a
// local one. The numbers are those of statfs(2).
func networkFileSystem(dir string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return ""
	}
	return map[uint32]string{0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB", 0x5346414f: "AFS", 0x73757245: "Coda", 0x564c: "NCP"}[uint32(st.Type)]
}
