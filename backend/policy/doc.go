// Package policy gives AWS-style policy documents their exact meaning: it
// parses them, decides requests, explains the answer in words, compares
// documents and generates them from use. It is pure: no clock, no network, no
// file, no state. A parsed document and a compiled set never change, so many
// goroutines may share them.
//
// The semantics follow the IAM User Guide; docs/policy.md says what is
// evaluated, what is not, and what was chosen where the documentation is silent.
package policy
