package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// written is a document from its text, read with the standard library.
func written(t testing.TB, text string) *Document {
	t.Helper()
	var raw struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	doc := &Document{Version: raw.Version}
	var statements []map[string]any
	if err := json.Unmarshal(raw.Statement, &statements); err != nil {
		var one map[string]any
		if err := json.Unmarshal(raw.Statement, &one); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		statements = []map[string]any{one}
	}
	for _, m := range statements {
		doc.Statements = append(doc.Statements, writtenStatement(m))
	}
	return doc
}

func writtenStatement(m map[string]any) Statement {
	s := Statement{}
	s.Sid, _ = m["Sid"].(string)
	s.Effect = map[any]Effect{"Allow": Allow, "Deny": Deny}[m["Effect"]]
	for _, not := range []bool{false, true} {
		prefix := ""
		if not {
			prefix = "Not"
		}
		if v, ok := m[prefix+"Action"]; ok {
			s.Actions, s.NotAction = writtenValues(v), not
		}
		if v, ok := m[prefix+"Resource"]; ok {
			s.Resources, s.NotResource = writtenValues(v), not
		}
		if v, ok := m[prefix+"Principal"]; ok {
			s.NotPrincipal = not
			s.Principals = []PrincipalValue{}
			if v == "*" {
				s.Principals = append(s.Principals, PrincipalValue{Key: "*", Text: "*"})
				continue
			}
			for _, key := range sortedKeys(v.(map[string]any)) {
				for _, each := range writtenValues(v.(map[string]any)[key]) {
					s.Principals = append(s.Principals, PrincipalValue{Key: key, Text: each.Text})
				}
			}
		}
	}
	conditions, _ := m["Condition"].(map[string]any)
	for _, op := range sortedKeys(conditions) {
		keys := conditions[op].(map[string]any)
		for _, key := range sortedKeys(keys) {
			s.Conditions = append(s.Conditions, Condition{Operator: op, Key: key, Values: writtenValues(keys[key])})
		}
	}
	return s
}

func writtenValues(v any) []Value {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	values := []Value{}
	for _, each := range list {
		values = append(values, Value{Text: fmt.Sprint(each)})
	}
	return values
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
