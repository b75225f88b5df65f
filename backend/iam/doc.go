// Package iam holds the nouns of the product: sources, accounts, identities,
// entitlements, grants, runs, findings, actors and the kinds of error. It
// imports only the standard library and knows nothing of SQL, HTTP or any
// directory protocol.
package iam
