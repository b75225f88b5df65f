package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/backend/policy"
)

// evalQuestion is one line of a batch.
type evalQuestion struct {
	ID        json.RawMessage `json:"id"`
	Principal struct {
		Type    string `json:"type"`
		ARN     string `json:"arn"`
		Account string `json:"account"`
		Role    string `json:"role"`
		User    string `json:"user"`
		Name    string `json:"name"`
	} `json:"principal"`
	Action   string                     `json:"action"`
	Resource evalResource               `json:"resource"`
	Context  map[string]json.RawMessage `json:"context"`
	Policies evalPolicies               `json:"policies"`
}

// evalResource is what is asked for; a mere text is its ARN.
type evalResource struct {
	ARN     string `json:"arn"`
	Account string `json:"account"`
}

func (r *evalResource) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &r.ARN)
	}
	type object evalResource
	return json.Unmarshal(b, (*object)(r))
}

// resource is whose the ARN says where the account is not told.
func (r evalResource) resource() policy.Resource {
	if r.Account == "" {
		r.Account = accountOf(r.ARN)
	}
	return policy.Resource(r)
}

// evalPolicies are the policies of one line.
type evalPolicies struct {
	Identity []json.RawMessage   `json:"identity"`
	Boundary json.RawMessage     `json:"boundary"`
	Session  json.RawMessage     `json:"session"`
	Resource json.RawMessage     `json:"resource"`
	SCP      [][]json.RawMessage `json:"scp"`
	RCP      [][]json.RawMessage `json:"rcp"`
}

// UnmarshalJSON refuses a field it does not know: a mistyped boundary must not
// become none.
func (s *evalPolicies) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return inField("policies", "it must be an object")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains([]string{"identity", "boundary", "session", "resource", "scp", "rcp"}, name) {
			return inField("policies."+name, "there is no such layer; there are identity, boundary, session, resource, scp and rcp")
		}
	}
	for name, to := range map[string]any{"identity": &s.Identity, "scp": &s.SCP, "rcp": &s.RCP} {
		if raw := fields[name]; raw != nil {
			if err := json.Unmarshal(raw, to); err != nil {
				return inField("policies."+name, "it must be %s", listForms[name])
			}
		}
	}
	s.Boundary, s.Session, s.Resource = fields["boundary"], fields["session"], fields["resource"]
	return nil
}

// listForms are the forms of the layers that are lists.
var listForms = map[string]string{
	"identity": "a list of policies",
	"scp":      "a list of levels, root first, each a list of documents",
	"rcp":      "a list of levels, root first, each a list of documents",
}

var principalTypes = map[string]policy.PrincipalType{
	"user": policy.User, "session": policy.Session, "federated": policy.Federated,
	"service": policy.Service, "anonymous": policy.Anonymous,
}

// request is the question, checked.
func (q *evalQuestion) request() (*policy.Request, error) {
	who := &q.Principal
	kind, ok := principalTypes[strings.ToLower(who.Type)]
	account := who.Account
	if account == "" && kind != policy.Service {
		account = accountOf(who.ARN)
	}
	switch {
	case who.Type == "":
		return nil, inField("principal.type", "it is missing; write user, session, federated or service")
	case !ok:
		return nil, inField("principal.type", "%q is none; write user, session, federated or service", who.Type)
	case kind == policy.Service && who.Name == "" && who.ARN == "":
		return nil, inField("principal.name", "a service needs its name, such as lambda.amazonaws.com")
	case kind != policy.Service && kind != policy.Anonymous && who.ARN == "":
		return nil, inField("principal.arn", "it is missing")
	}
	if err := checkAsked(q.Action, q.Resource.ARN); err != nil {
		return nil, err
	}
	r := &policy.Request{
		Action:   q.Action,
		Resource: q.Resource.resource(),
		Principal: policy.Principal{
			Type: kind, ARN: who.ARN, Account: account, Name: who.Name,
			Role: inAccount(who.Role, "role", account, who.ARN), User: inAccount(who.User, "user", account, who.ARN),
		},
	}
	if kind == policy.Service && r.Principal.Name == "" {
		r.Principal.Name = who.ARN
	}
	var err error
	r.Context.Keys, err = contextOf(q.Context)
	return r, err
}

// accountOf is the account that an ARN names, "" if none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}

// inAccount is the ARN of a user that is told by its name. A role told by its
// name stays a name: its path is not known, and its name is enough.
func inAccount(name, kind, account, caller string) string {
	if name == "" || kind == "role" || strings.HasPrefix(name, "arn:") {
		return name
	}
	partition := "aws"
	if parts := strings.SplitN(caller, ":", 3); len(parts) == 3 && parts[0] == "arn" {
		partition = parts[1]
	}
	return fmt.Sprintf("arn:%s:iam::%s:%s/%s", partition, account, kind, name)
}

// contextOf reads the keys of a request: a list makes a multivalued key.
func contextOf(raw map[string]json.RawMessage) (map[string]policy.ContextValue, error) {
	keys := make(map[string]policy.ContextValue, len(raw))
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		text := bytes.TrimSpace(raw[name])
		var value policy.ContextValue
		switch {
		case string(text) == "null":
			continue
		case text[0] == '[':
			var items []json.RawMessage
			if err := json.Unmarshal(text, &items); err != nil {
				return nil, inField("context."+name, "%v", err)
			}
			value.Multi = true
			for _, item := range items {
				one, ok := plainText(item)
				if !ok {
					return nil, inField("context."+name, "its values must be texts")
				}
				value.Values = append(value.Values, one)
			}
		default:
			one, ok := plainText(text)
			if !ok {
				return nil, inField("context."+name, "it must be a text or a list of texts")
			}
			value.Values = []string{one}
		}
		keys[strings.ToLower(name)] = value
	}
	return keys, nil
}

// plainText is a text, or a number or boolean as it is written.
func plainText(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "", false
	}
	switch raw[0] {
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err == nil
	case '{', '[', 'n':
		return "", false
	}
	return string(raw), true
}

// documentReader reads a document that stands in a field.
type documentReader func(raw json.RawMessage, field string) (*policy.Document, error)

// set are the policies, read.
func (s *evalPolicies) set(read documentReader) (policy.Set, error) {
	var set policy.Set
	var err error
	if set.Identity, err = namedDocuments(s.Identity, "policies.identity", read); err != nil {
		return set, err
	}
	for _, one := range []struct {
		raw   json.RawMessage
		field string
		to    **policy.Named
	}{{s.Boundary, "policies.boundary", &set.Boundary}, {s.Session, "policies.session", &set.Session}, {s.Resource, "policies.resource", &set.Resource}} {
		if one.raw == nil || string(one.raw) == "null" {
			continue
		}
		n, err := namedDocument(one.raw, one.field, read)
		if err != nil {
			return set, err
		}
		*one.to = n
	}
	if set.SCP, err = levels(s.SCP, "policies.scp", read); err == nil {
		set.RCP, err = levels(s.RCP, "policies.rcp", read)
	}
	return set, err
}

func levels(raw [][]json.RawMessage, field string, read documentReader) ([][]policy.Named, error) {
	if raw == nil {
		return nil, nil
	}
	out := make([][]policy.Named, len(raw))
	for i, level := range raw {
		var err error
		if out[i], err = namedDocuments(level, fmt.Sprintf("%s[%d]", field, i), read); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// namedDocuments reads a list of policies.
func namedDocuments(raw []json.RawMessage, field string, read documentReader) ([]policy.Named, error) {
	var out []policy.Named
	for i, each := range raw {
		n, err := namedDocument(each, fmt.Sprintf("%s[%d]", field, i), read)
		if err != nil {
			return nil, err
		}
		out = append(out, *n)
	}
	return out, nil
}

// namedDocument reads {name, source, document}, or a document that stands
// alone.
func namedDocument(raw json.RawMessage, field string, read documentReader) (*policy.Named, error) {
	var wrapped struct {
		Name, Source string
		Document     json.RawMessage
	}
	if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &wrapped) == nil && wrapped.Document != nil {
		raw, field = wrapped.Document, field+".document"
	}
	if string(raw) == "null" {
		return nil, inField(field, "it is missing")
	}
	d, err := read(raw, field)
	if err != nil {
		return nil, err
	}
	return &policy.Named{Name: wrapped.Name, Source: wrapped.Source, Document: d}, nil
}
