//go:build e2e && linux

package app

import _ "gatehouse/app/windowtest/automation" // lets the tests drive the window
