// Package lint checks AWS-style policy documents: it reports what is wrong,
// dangerous, unclear or idle in one, where it stands, and what to do about it.
// The codes and their classes are those of the policy checks of IAM Access
// Analyzer (access-analyzer-reference-policy-checks.html); the texts are ours.
//
// A document is read as far as it can be, so that several faults are told at
// once. One that is no JSON has one finding only.
package lint
