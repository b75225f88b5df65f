//go:build !(e2e && linux)

// Package automation makes the window of a test build obey WebDriver. It is
// empty in every other build.
package automation
