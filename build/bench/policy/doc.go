// Package policy measures the policy engine beside Cedar and OPA in the same
// run: go run ./build bench policy. It is a module of its own, so that the peers
// are no part of the program.
package policy
