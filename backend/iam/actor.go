package iam

import (
	"context"
	"strconv"
)

// Actor is who acts: "operator:ID", "local:OS-USER", "schedule" or "system".
type Actor string

// The actors without a name.
const (
	System   Actor = "system"
	Schedule Actor = "schedule"
)

// Local is the person who may open the data folder: local administrator by
// definition.
func Local(osUser string) Actor { return Actor("local:" + osUser) }

// Operator is a signed-in operator.
func Operator(id ID) Actor { return Actor("operator:" + strconv.FormatInt(int64(id), 10)) }

// Origin is who acts and from where; every audit event carries it.
type Origin struct {
	Actor       Actor
	OSUser      string
	Host        string
	Channel     string // window, browser, cli, system
	Address     string // of the caller, empty in process
	Correlation string // ties the events of one request or run together
	Permissions Permissions
}

type originKey struct{}

// WithOrigin returns a context that says who acts.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is who acts in ctx. Without one it is the zero Origin, which may do
// nothing.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
