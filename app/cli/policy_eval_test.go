package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	annaAsks = `"principal":{"type":"user","arn":"arn:aws:iam::111111111111:user/anna","account":"111111111111"},"action":"s3:GetObject","resource":{"arn":"arn:aws:s3:::b/o","account":"111111111111"}`
	readAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
)

// evaluated is the answer to one line as the form promises it.
type evaluated struct {
	ID          any
	Decision    string
	Matched     []evaluatedMatch
	Missing     []string
	BlockedBy   *string
	Explanation string
	Field       string
	Error       string
}

func evaluate(t *testing.T, code int, lines ...string) []evaluated {
	t.Helper()
	r := called(t, nil, strings.Join(lines, "\n"), "policy", "eval", "--batch", "-")
	if r.code != code || r.err != "" {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	var out []evaluated
	for line := range strings.Lines(r.out) {
		var e evaluated
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		out = append(out, e)
	}
	return out
}

func TestPolicyEvalAnswersInItsForm(t *testing.T) {
	r := called(t, nil, `{"id":"a",`+annaAsks+`,"context":{},"policies":{"identity":[{"name":"P","source":"user anna","document":`+readAll+`}]}}`,
		"policy", "eval", "--batch", "-")
	r.want(t, 0, `{"id":"a","decision":"Allowed","matched":[{"layer":"identity","policy":"P","statement":1,"effect":"Allow"}],"missing":[],"blockedBy":null,`+
		`"explanation":"Allowed: statement 1 of the identity policy \"P\" (user anna) allows s3:GetObject on arn:aws:s3:::b/o. Without that statement it would be denied."}`+"\n")
}

func TestPolicyEval(t *testing.T) {
	text, _ := json.Marshal(readAll)
	session := `"principal":{"type":"session","arn":"arn:aws:sts::111111111111:assumed-role/R/me","account":"111111111111","role":%q},"action":"s3:GetObject","resource":{"arn":"arn:aws:s3:::b/o"}`
	toRole := `"resource":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/R"},"Action":"*","Resource":"*"}}`
	for name, c := range map[string]struct{ line, decision, blocked, matched, missing string }{
		"a document as text": {annaAsks + `,"policies":{"identity":[{"name":"P","document":` + string(text) + `}]}`, "Allowed", "", "identity.1", ""},
		"no organization":    {annaAsks + `,"policies":{"identity":[{"document":` + readAll + `}],"scp":null}`, "Allowed", "", "identity.1", ""},
		"levels from the root, each must allow": {annaAsks + `,"policies":{"identity":[{"document":` + readAll + `}],"scp":[[` + readAll + `],[]]}`,
			"ImplicitlyDenied", "scp1", "identity.1 scp0.1", ""},
		"full access is implied in resource control policies": {annaAsks + `,"policies":{"identity":[{"document":` + readAll + `}],"rcp":[[],[]]}`, "Allowed", "", "identity.1", ""},
		"a resource control policy denies": {annaAsks + `,"policies":{"rcp":[[{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}]]}`,
			"ExplicitlyDenied", "rcp0", "rcp0.1", ""},
		"a role by its ARN":   {fmt.Sprintf(session, "arn:aws:iam::111111111111:role/R") + `,"policies":{` + toRole + `}`, "Allowed", "", "resource.1", ""},
		"a role by its name":  {fmt.Sprintf(session, "R") + `,"policies":{` + toRole + `}`, "Allowed", "", "resource.1", ""},
		"a boundary in words": {annaAsks + `,"policies":{"identity":[{"document":` + readAll + `}],"boundary":{"Version":"2012-10-17","Statement":[]}}`, "ImplicitlyDenied", "boundary", "identity.1", ""},
		"keys that are absent": {annaAsks + `,"context":{"aws:username":"anna"},"policies":{"identity":[{"document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
			"Condition":{"Bool":{"aws:SecureTransport":true},"StringEquals":{"aws:UserName":"anna","aws:RequestedRegion":"x"}}}}}]}`, "ImplicitlyDenied", "identity", "", "aws:RequestedRegion aws:SecureTransport"},
		"numbers and booleans of the context are texts": {annaAsks + `,"context":{"s3:max-keys":10,"aws:SecureTransport":true},"policies":{"identity":[{"document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
			"Condition":{"NumericEquals":{"s3:max-keys":"10.0"},"Bool":{"aws:SecureTransport":"true"}}}}}]}`, "Allowed", "", "identity.1", ""},
		"a list needs a set operator": {annaAsks + `,"context":{"aws:TagKeys":["a"]},"policies":{"identity":[{"document":{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"a"}}},
			{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}}]}}]}`, "Allowed", "", "identity.2", ""},
		"an account that only the ARN tells": {`"principal":{"type":"user","arn":"arn:aws:iam::111111111111:user/anna","account":"111111111111"},"action":"sqs:SendMessage","resource":"arn:aws:sqs:eu-west-1:222222222222:q","policies":{"identity":[{"document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}]}`,
			"ImplicitlyDenied", "resource", "identity.1", ""},
		"a service": {`"principal":{"type":"service","name":"sns.amazonaws.com"},"action":"sqs:SendMessage","resource":{"arn":"arn:aws:sqs:eu-west-1:222222222222:q","account":"222222222222"},"policies":{"resource":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*","Resource":"*"}}}`,
			"Allowed", "", "resource.1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := evaluate(t, 0, strings.Join(strings.Fields(`{"id":7,`+c.line+`}`), " "))[0]
			blocked := ""
			if e.BlockedBy != nil {
				blocked = *e.BlockedBy
			}
			var matched []string
			for _, m := range e.Matched {
				matched = append(matched, fmt.Sprintf("%s.%d", m.Layer, m.Statement))
			}
			if e.ID != 7.0 || e.Decision != c.decision || blocked != c.blocked || strings.Join(matched, " ") != c.matched || strings.Join(e.Missing, " ") != c.missing || e.Explanation == "" {
				t.Errorf("got %+v blocked by %q", e, blocked)
			}
		})
	}
}

func TestPolicyEvalNamesTheFieldOfABadLine(t *testing.T) {
	good := `{"id":"good",` + annaAsks + `,"policies":{"identity":[]}}`
	for line, field := range map[string]string{
		`nonsense`: "line", `[]`: "line", `{"id":1}`: "principal.type",
		`{"principal":{"type":"robot"}}`: "principal.type",
		`{"principal":{"type":"user"}}`:  "principal.arn", `{"principal":{"type":"service"}}`: "principal.name",
		`{"principal":{"type":"user","arn":"a"}}`: "action", `{"principal":{"type":"user","arn":"a"},"action":"Get"}`: "action",
		`{"principal":{"type":"user","arn":"a"},"action":"s3:Get"}`:      "resource",
		`{"principal":{"type":"user","arn":"a","account":111111111111}}`: "principal.account", `{"action":[]}`: "action",
		`{` + annaAsks + `,"policies":{"boundry":{}}}`:                                            "policies.boundry",
		`{` + annaAsks + `,"policies":{"scp":[{}]}}`:                                              "policies.scp",
		`{` + annaAsks + `,"policies":{"session":{"Version":1}}}`:                                 "policies.session",
		`{` + annaAsks + `,"policies":{"identity":[{"name":"x","document":{"Statement":[{}]}}]}}`: "policies.identity[0].document",
		`{` + annaAsks + `,"policies":{"scp":[[],["{"]]}}`:                                        "policies.scp[1][0]",
		`{` + annaAsks + `,"context":{"k":{}}}`:                                                   "context.k",
		`{` + annaAsks + `,"policies":{"identity":[{"document":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Equals":{"a":"b"}}}}}]}}`: "Condition",
	} {
		out := evaluate(t, 1, good, line, good)
		if len(out) != 3 || out[0].Decision != "ImplicitlyDenied" || out[2].Decision != "ImplicitlyDenied" {
			t.Errorf("%s: the other lines were not answered: %+v", line, out)
		} else if out[1].Field != field || !strings.HasPrefix(out[1].Error, field) && field != "Condition" {
			t.Errorf("%s: got %q: %s", line, out[1].Field, out[1].Error)
		}
	}
}

// Lines are answered in their order, however many there are.
func TestPolicyEvalKeepsTheOrder(t *testing.T) {
	var lines []string
	for i := range 2000 {
		lines = append(lines, fmt.Sprintf(`{"id":%d,%s,"policies":{"identity":[{"document":%s}]}}`, i, annaAsks, readAll))
	}
	for i, e := range evaluate(t, 0, lines...) {
		if e.ID != float64(i) {
			t.Fatalf("line %d has the id %v", i, e.ID)
		}
	}
}

// Editors write a byte order mark, and two characters at the end of a line.
func TestPolicyFilesOfEditors(t *testing.T) {
	line := `{"id":1,` + annaAsks + `,"policies":{"identity":[{"document":` + readAll + `}]}}`
	if out := evaluate(t, 0, "\ufeff"+line+"\r", "\r", line+"\r", ""); len(out) != 2 || out[0].Decision != "Allowed" || out[1].Decision != "Allowed" {
		t.Errorf("%+v", out)
	}
	universe := filepath.Join(t.TempDir(), "universe.json")
	if err := os.WriteFile(universe, []byte("\ufeff{\"account\":\"111111111111\"}\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	called(t, nil, "\ufeff{\"id\":1,\"action\":\"s3:GetObject\",\"resource\":\"*\"}\r\n", "policy", "who-can", "--universe", universe, "--queries", "-").
		want(t, 0, `{"id":1,"allowed":[],"explicitlyDenied":[],"unknown":[],"why":{}}`+"\n")
}

// A long answer is written piece by piece, and what its names hold is escaped.
func TestPolicyWhoCanWritesJSON(t *testing.T) {
	named := map[string]any{}
	for i := range 3000 {
		named[fmt.Sprintf("user \"%d\" \\ <é>\n", i)] = map[string]any{"arn": fmt.Sprintf("arn:aws:iam::111111111111:user/%d", i), "groups": []string{"a&b"}}
	}
	text, _ := json.Marshal(map[string]any{
		"account": "111111111111", "users": named,
		"groups": map[string]any{"a&b": map[string]any{"policies": []any{map[string]any{"name": "P\u2028", "document": readAll}}}},
	})
	universe := filepath.Join(t.TempDir(), "universe.json")
	if err := os.WriteFile(universe, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := called(t, nil, `{"id":"x","action":"s3:GetObject","resource":"*"}`, "policy", "who-can", "--universe", universe, "--queries", "-")
	var answer struct {
		Allowed []string
		Why     map[string][]struct {
			Layer, Policy, Via string
			Statement          int
		}
	}
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != 0 || len(answer.Allowed) != 3000 || len(answer.Why) != 3000 {
		t.Fatalf("exit %d, %v, %d allowed, %d with reasons", r.code, err, len(answer.Allowed), len(answer.Why))
	}
	for _, name := range answer.Allowed {
		if named[name] == nil || len(answer.Why[name]) != 1 || fmt.Sprint(answer.Why[name][0]) != "{identity P\u2028 group:a&b 1}" {
			t.Fatalf("%q: %v", name, answer.Why[name])
		}
	}
}

func TestPolicyWhoCanCommand(t *testing.T) {
	universe := filepath.Join(t.TempDir(), "universe.json")
	if err := os.WriteFile(universe, []byte(`{"account":"111111111111",
		"groups":{"child":{"parents":["top"]},"top":{"parents":["child"],"policies":[{"name":"Read","document":{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"},
			{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"x"}}}]}}]}},
		"users":{"anna":{"arn":"arn:aws:iam::111111111111:user/anna","groups":["child"]},
			"ben":{"arn":"arn:aws:iam::111111111111:user/ben","groups":["child"],"tags":{"team":"x"}},
			"carl":{"arn":"arn:aws:iam::111111111111:user/carl"}},
		"resourcePolicies":{"arn:aws:s3:::b":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/carl"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := called(t, nil, `{"id":1,"action":"s3:GetObject","resource":"arn:aws:s3:::b/anna/x","context":{}}`+"\n"+`{"id":2,"action":"s3:GetObject"}`,
		"policy", "who-can", "--universe", universe, "--queries", "-")
	r.want(t, 1, `{"id":1,"allowed":["anna","carl"],"explicitlyDenied":["ben"],"unknown":[],"why":{`+
		`"anna":[{"layer":"identity","policy":"Read","statement":1,"via":"group:child>top"}],`+
		`"ben":[{"layer":"identity","policy":"Read","statement":2,"via":"group:child>top"}],`+
		`"carl":[{"layer":"resource","statement":1}]}}`+"\n"+
		`{"id":2,"line":2,"field":"resource","error":"resource: it is missing; write \"*\" for an action without a resource"}`+"\n")
}

func TestPolicyFilesThatAreMissing(t *testing.T) {
	for _, args := range [][]string{{"policy", "eval", "--batch", "/nowhere/x"}, {"policy", "who-can", "--universe", "/nowhere/x", "--queries", "-"}} {
		if r := called(t, nil, "", args...); r.code != 1 || !strings.Contains(r.err, "The file /nowhere/x cannot be opened.") {
			t.Errorf("%v: exit %d: %s", args, r.code, r.err)
		}
	}
	if r := called(t, nil, "", "policy", "eval"); r.code != 2 {
		t.Errorf("exit %d", r.code)
	}
}
