package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy"
)

func (p *program) policyWhoCanCommand() *cobra.Command {
	var universe, queries string
	cmd := &cobra.Command{
		Use: "who-can --universe FILE --queries FILE", Short: "Show which users can do what, and through which policies",
		Long: `Show which users can do what, and through which policies. The universe is one
JSON object, an account:

  {"account", "groups": {NAME: {"parents": [NAME…], "policies": [{"name",
   "document"}]}}, "users": {NAME: {"arn", "groups": [NAME…], "policies":
   [{"name", "document"}], "tags": {KEY: TEXT}}}, "scp": [[document…]…],
   "resourcePolicies": {ARN: document}}

A user has its own policies and those of its groups and of all groups above.
aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username and the
aws:PrincipalTag keys come from the user. The policy of a bucket counts for its
objects as well. The queries are lines of JSON:

  {"id", "action", "resource", "context": {KEY: text or list}}

Each is answered by a line, in the same order; names are sorted:

  {"id", "allowed": [NAME…], "explicitlyDenied": [NAME…], "unknown": [NAME…],
   "why": {NAME: [{"layer", "policy", "statement", "via"}]}}

Why has the statements that allow a name, or deny it. Via is "user" for the
user's own policies, "group:child>parent>…" for those of groups, and left out
for policies that bear on everyone. Levels of "scp" count from 0, the root, and
statements from 1. A query that cannot be read is answered by {"id", "error"},
and the exit code is 1.`,
		Args: cobra.NoArgs,
		RunE: p.do(func(*cobra.Command, []string) error {
			if universe == "" || queries == "" {
				return usage("name the files with --universe and --queries")
			}
			all, err := p.readUniverse(universe)
			if err != nil {
				return err
			}
			principals, err := policy.NewPrincipals(all)
			if err != nil {
				return err
			}
			return p.eachLine(queries, crowdBlock, func() lineAnswerer { return crowdAnswerer{principals, all.Account} })
		}),
	}
	cmd.Flags().StringVar(&universe, "universe", "", "`file` of the account, its users, groups and policies")
	cmd.Flags().StringVar(&queries, "queries", "", "`file` of queries, one line of JSON each; - is standard input")
	return cmd
}

// writtenUniverse is the file of a universe.
type writtenUniverse struct {
	Account string `json:"account"`
	Groups  map[string]struct {
		Parents  []string          `json:"parents"`
		Policies []json.RawMessage `json:"policies"`
	} `json:"groups"`
	Users map[string]struct {
		ARN      string                     `json:"arn"`
		Groups   []string                   `json:"groups"`
		Policies []json.RawMessage          `json:"policies"`
		Tags     map[string]json.RawMessage `json:"tags"`
	} `json:"users"`
	SCP              [][]json.RawMessage        `json:"scp"`
	ResourcePolicies map[string]json.RawMessage `json:"resourcePolicies"`
}

func (p *program) readUniverse(file string) (*policy.Universe, error) {
	in, err := p.openInput(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	var w writtenUniverse
	if err := decodeLine(bytes.TrimPrefix(b, byteOrderMark), &w); err != nil {
		return nil, inFile(file, err)
	}
	u, err := w.universe()
	return u, inFile(file, err)
}

// inFile says in which file an error is.
func inFile(file string, err error) error {
	var e *iam.Error
	if !errors.As(err, &e) {
		return err
	}
	return iam.Errorf(e.Kind, "%s: %s", file, e.Message).In(e.Field).Fix(e.Remedy)
}

func (w *writtenUniverse) universe() (*policy.Universe, error) {
	if w.Account == "" {
		return nil, inField("account", "it is missing")
	}
	u := &policy.Universe{
		Account: w.Account, Groups: make(map[string]policy.UniverseGroup, len(w.Groups)),
		Users: make(map[string]policy.UniverseUser, len(w.Users)), Resources: make(map[string]*policy.Named, len(w.ResourcePolicies)),
	}
	reader := evaluator{documents: map[string]*policy.Document{}}
	for _, name := range slices.Sorted(maps.Keys(w.Groups)) {
		g := w.Groups[name]
		list, err := namedDocuments(g.Policies, "groups."+name+".policies", reader.document)
		if err != nil {
			return nil, err
		}
		u.Groups[name] = policy.UniverseGroup{Parents: g.Parents, Policies: list}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Users)) {
		one := w.Users[name]
		list, err := namedDocuments(one.Policies, "users."+name+".policies", reader.document)
		if err != nil {
			return nil, err
		}
		tags := make(map[string]string, len(one.Tags))
		for key, raw := range one.Tags {
			text, ok := plainText(raw)
			if !ok {
				return nil, inField("users."+name+".tags."+key, "it must be a text")
			}
			tags[key] = text
		}
		u.Users[name] = policy.UniverseUser{ARN: one.ARN, Groups: one.Groups, Policies: list, Tags: tags}
	}
	var err error
	if u.SCP, err = levels(w.SCP, "scp", reader.document); err != nil {
		return nil, err
	}
	for _, arn := range slices.Sorted(maps.Keys(w.ResourcePolicies)) {
		if u.Resources[arn], err = namedDocument(w.ResourcePolicies[arn], "resourcePolicies."+arn, reader.document); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// checkAsked refuses an action or resource that is none.
func checkAsked(action, resource string) error {
	switch {
	case action == "":
		return inField("action", "it is missing")
	case !strings.Contains(action, ":"):
		return inField("action", "%q has no service; write it as s3:GetObject", action)
	case resource == "":
		return inField("resource", `it is missing; write "*" for an action without a resource`)
	}
	return nil
}
