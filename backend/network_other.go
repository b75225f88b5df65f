//go:build !linux && !windows

package backend

func networkFileSystem(string) string { return "" }
