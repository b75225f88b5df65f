package policy

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// newCedar gives Cedar a policy per role, as its documentation advises.
func newCedar(b *testing.B, c *company) func(question) bool {
	b.Helper()
	var text bytes.Buffer
	entities := cedar.EntityMap{}
	in := func(uid cedar.EntityUID, parents ...cedar.EntityUID) {
		entities[uid] = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(parents...)}
	}
	bundles := make([][]cedar.EntityUID, objects)
	for r := range roles {
		fmt.Fprintf(&text, "permit (principal in Group::%q, action == Action::\"use\", resource in Bundle::\"r%d\");\n", groupName(r, depth-1), r)
		bundle := cedar.NewEntityUID("Bundle", cedar.String(fmt.Sprintf("r%d", r)))
		for o := range c.grants[r] {
			bundles[o] = append(bundles[o], bundle)
		}
		for n := range depth {
			if n == depth-1 {
				in(cedar.NewEntityUID("Group", cedar.String(groupName(r, n))))
			} else {
				in(cedar.NewEntityUID("Group", cedar.String(groupName(r, n))), cedar.NewEntityUID("Group", cedar.String(groupName(r, n+1))))
			}
		}
	}
	for o, of := range bundles {
		in(cedar.NewEntityUID("Object", cedar.String(objectName(o))), of...)
	}
	for u, chains := range c.users {
		in(cedar.NewEntityUID("User", cedar.String(userName(u))), cedar.NewEntityUID("Group", cedar.String(groupName(chains[0], 0))), cedar.NewEntityUID("Group", cedar.String(groupName(chains[1], 0))))
	}
	policies, err := cedar.NewPolicySetFromBytes("roles.cedar", text.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	return func(q question) bool {
		decision, _ := cedar.Authorize(policies, entities, cedar.Request{
			Principal: cedar.NewEntityUID("User", cedar.String(userName(q.user))),
			Action:    cedar.NewEntityUID("Action", "use"),
			Resource:  cedar.NewEntityUID("Object", cedar.String(objectName(q.object))),
		})
		return bool(decision)
	}
}

// newOPA gives OPA what everybody's groups add up to as data, the fastest of its
// ways.
func newOPA(b *testing.B, c *company) func(question) bool {
	b.Helper()
	grants, members := map[string]any{}, map[string]any{}
	for r := range roles {
		of := map[string]any{}
		for o := range c.grants[r] {
			of[objectName(o)] = true
		}
		grants[fmt.Sprint(r)] = of
	}
	for u, chains := range c.users {
		members[userName(u)] = []any{fmt.Sprint(chains[0]), fmt.Sprint(chains[1])}
	}
	ctx := context.Background()
	query, err := rego.New(
		rego.Query("data.roles.allow"),
		rego.Store(inmem.NewFromObject(map[string]any{"grants": grants, "members": members})),
		rego.Module("roles.rego", "package roles\n\ndefault allow := false\n\nallow if {\n\tsome role in data.members[input.user]\n\tdata.grants[role][input.object]\n}\n"),
	).PrepareForEval(ctx)
	if err != nil {
		b.Fatal(err)
	}
	return func(q question) bool {
		result, err := query.Eval(ctx, rego.EvalInput(map[string]any{"user": userName(q.user), "object": objectName(q.object)}))
		if err != nil {
			b.Fatal(err)
		}
		return result.Allowed()
	}
}
