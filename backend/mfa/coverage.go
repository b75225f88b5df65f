package mfa

import (
	"context"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Coverage counts people by what guards their sign-in and, beside it and never
// mixed with it, those who can be verified as callers.
type Coverage struct {
	People  int64 // with an account that is not known to be disabled
	Callers int64 // of them with an active factor
	Sources []SourceCoverage
}

// SourceCoverage is what one directory enforces at sign-in.
type SourceCoverage struct {
	Source   iam.Source
	Accounts int64 // accounts of people that are not known to be disabled
	Enforced int64
	State    string // known, unknown, notCollected, notSupported
	Text     string // why the number is what it is
}

// Explained says what coverage counts.
const Explained = "Coverage counts only what a directory enforces at sign-in, as far as it tells. " +
	"A factor enrolled here proves a caller to the help desk; it guards no directory sign-in and is counted apart."

// OfKind says what a kind of directory tells of its second factors. Of an LDAP
// server nothing can be asked: whether a bind needs one is decided by overlays
// and gateways that are no part of the tree.
func OfKind(kind iam.SourceKind) (state, text string) {
	switch kind {
	case "ldap", "demo":
		return "notSupported", "An LDAP directory does not tell which accounts need a second factor; what a gateway in front of it asks for cannot be seen from here."
	}
	return "notCollected", "Which accounts need a second factor is not read from this kind of directory."
}

// Covered is the coverage of the snapshot.
func Covered(ctx context.Context, r *store.Reader) (Coverage, error) {
	var c Coverage
	var err error
	if c.People, c.Callers, err = r.FactorCounts(ctx); err != nil {
		return c, err
	}
	accounts, err := r.PeoplesAccounts(ctx)
	if err != nil {
		return c, err
	}
	sources, err := r.Sources(ctx)
	for _, s := range sources {
		row := SourceCoverage{Source: s, Accounts: accounts[s.ID]}
		row.State, row.Text = OfKind(s.Kind)
		c.Sources = append(c.Sources, row)
	}
	return c, err
}
