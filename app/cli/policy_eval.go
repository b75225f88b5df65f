package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy"
)

func (p *program) policyEvalCommand() *cobra.Command {
	var batch string
	cmd := &cobra.Command{
		Use: "eval --batch FILE", Short: "Decide requests against the policies that come with them",
		Long: `Decide requests against the policies that come with them, one line of JSON each:

  {"id", "principal": {"type": "user|session|federated|service", "arn", "account",
   "role"?, "user"?, "name"?}, "action", "resource": {"arn", "account"},
   "context": {KEY: text or list}, "policies": {"identity": [{"name", "source",
   "document"}], "boundary"?, "session"?, "resource"?, "scp"?: [[document…]…],
   "rcp"?: [[document…]…]}}

A document is an object or its text. The context is complete. Without "scp" the
caller is not in an organization. The levels of "scp" and "rcp" begin with the
root; the resource control policy that allows everything stands at each.

Each line is answered by one, in the same order:

  {"id", "decision": "Allowed|ExplicitlyDenied|ImplicitlyDenied",
   "matched": [{"layer", "policy"?, "statement", "effect"}], "missing": [KEY…],
   "blockedBy", "explanation"}

A layer is identity, boundary, session, resource, scpN or rcpN; N counts the
levels from 0, the root. Statements count from 1. A line that cannot be read is
answered by {"id", "error"}, the others are answered all the same, and the exit
code is 1.`,
		Args: cobra.NoArgs,
		RunE: p.do(func(*cobra.Command, []string) error {
			if batch == "" {
				return usage("name with --batch the file of the requests, or - for standard input")
			}
			return p.eachLine(batch, evalBlock, func() lineAnswerer { return &evaluator{documents: map[string]*policy.Document{}} })
		}),
	}
	cmd.Flags().StringVar(&batch, "batch", "", "`file` of requests, one line of JSON each; - is standard input")
	return cmd
}

// evaluator answers lines of a batch. It remembers the documents it has read:
// a batch often says the same again.
type evaluator struct {
	documents map[string]*policy.Document
	decision  policy.Decision
}

// evalBlock is how many lines of a batch a goroutine takes at once.
const evalBlock = 64

// mostRemembered bounds what an evaluator remembers.
const mostRemembered = 1 << 12

// evaluation is the answer to one line.
type evaluation struct {
	ID          json.RawMessage  `json:"id"`
	Decision    string           `json:"decision"`
	Matched     []evaluatedMatch `json:"matched"`
	Missing     []string         `json:"missing"`
	BlockedBy   *string          `json:"blockedBy"`
	Explanation string           `json:"explanation"`
}

type evaluatedMatch struct {
	Layer     string `json:"layer"`
	Policy    string `json:"policy,omitempty"`
	Statement int    `json:"statement"`
	Effect    string `json:"effect"`
}

var (
	verdictWords = map[policy.Verdict]string{
		policy.Allowed: "Allowed", policy.ExplicitlyDenied: "ExplicitlyDenied",
		policy.ImplicitlyDenied: "ImplicitlyDenied", policy.Unknown: "Unknown",
	}
	effectWords = map[policy.Effect]string{policy.Allow: "Allow", policy.Deny: "Deny"}
)

// layerWord is a layer as the command line names it.
func layerWord(l policy.Layer) string {
	switch l.Kind {
	case policy.LayerIdentity:
		return "identity"
	case policy.LayerBoundary:
		return "boundary"
	case policy.LayerSession:
		return "session"
	case policy.LayerResource:
		return "resource"
	case policy.LayerSCP:
		return fmt.Sprintf("scp%d", l.Level)
	}
	return fmt.Sprintf("rcp%d", l.Level)
}

func (e *evaluator) answer(line []byte) (any, error) {
	var question evalQuestion
	if err := decodeLine(line, &question); err != nil {
		return nil, err
	}
	request, err := question.request()
	if err != nil {
		return nil, err
	}
	set, err := question.Policies.set(e.document)
	if err != nil {
		return nil, err
	}
	compiled, err := policy.Compile(set)
	if err != nil {
		return nil, err
	}
	d := &e.decision
	compiled.Decide(request, d)
	out := evaluation{
		ID: question.ID, Decision: verdictWords[d.Verdict], Matched: []evaluatedMatch{}, Missing: slices.Clone(d.Missing),
		Explanation: compiled.Explain(request, d).String(),
	}
	for _, m := range d.Matched {
		out.Matched = append(out.Matched, evaluatedMatch{layerWord(m.Layer), set.At(m).Name, m.Statement + 1, effectWords[m.Effect]})
	}
	if d.Verdict != policy.Allowed {
		word := layerWord(d.Blocked)
		out.BlockedBy = &word
	}
	slices.Sort(out.Missing)
	if out.Missing == nil {
		out.Missing = []string{}
	}
	return out, nil
}

// document reads a document that stands in a field of a line, as an object or
// as its text.
func (e *evaluator) document(raw json.RawMessage, field string) (*policy.Document, error) {
	if d := e.documents[string(raw)]; d != nil {
		return d, nil
	}
	d, err := readDocument(raw, field)
	if err != nil {
		return nil, err
	}
	if len(e.documents) >= mostRemembered {
		clear(e.documents)
	}
	e.documents[string(raw)] = d
	return d, nil
}

func readDocument(raw json.RawMessage, field string) (*policy.Document, error) {
	source := []byte(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, inField(field, "it is no text: %v", err)
		}
		source = []byte(text)
	}
	d, err := policy.Parse(source)
	var syntax *policy.SyntaxError
	if errors.As(err, &syntax) {
		return nil, inField(field, "line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Message)
	}
	return d, err
}

// inField says what is wrong in a field of a line.
func inField(field, format string, args ...any) error {
	return iam.Errorf(iam.Invalid, "%s: %s", field, fmt.Sprintf(format, args...)).In(field)
}

// decodeLine reads a line of JSON and says which field is wrong.
func decodeLine(line []byte, to any) error {
	err := json.Unmarshal(line, to)
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return inField(mistyped.Field, "it must be %s, not %s", goWords[mistyped.Type.Kind()], jsonWord(mistyped.Value))
	case errors.As(err, &mistyped):
		return inField("line", "it must be an object, not %s", jsonWord(mistyped.Value))
	case len(bytes.TrimSpace(line)) == 0:
		return inField("line", "it is empty")
	}
	var known *iam.Error
	if errors.As(err, &known) {
		return known
	}
	return inField("line", "it is no JSON: %v", err)
}

// goWords are what a field of a line must be.
var goWords = map[reflect.Kind]string{
	reflect.String: "a text in quotes", reflect.Slice: "a list", reflect.Map: "an object", reflect.Struct: "an object",
}

// jsonWord is a value of JSON as errors of encoding/json call it.
func jsonWord(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "string":
		return "a text"
	}
	return "a " + kind
}
