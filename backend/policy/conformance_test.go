package policy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/policy"
)

// leastCases is what the corpus must hold: a file that is not read would
// otherwise pass as one without faults.
const leastCases = 600

// readCorpus reads every case of testdata/conformance.
func readCorpus(t testing.TB) []conformanceCase {
	t.Helper()
	folder := filepath.Join("testdata", "conformance")
	var r caseReader
	cast, err := os.ReadFile(filepath.Join(folder, "cast.txt"))
	if err == nil {
		err = r.readCast("cast.txt", string(cast))
	}
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []conformanceCase
	for _, file := range files {
		if file.Name() == "cast.txt" || file.Name() == "README.txt" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		cases, err := r.readCases(file.Name(), string(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	for who := range r.cast {
		if !r.acted[who] {
			t.Errorf("cast.txt: %s acts in no case", who)
		}
	}
	return all
}

// TestConformance: the engine gives every request of the corpus the answer of
// the documentation.
func TestConformance(t *testing.T) {
	cases := readCorpus(t)
	if len(cases) < leastCases {
		t.Errorf("the corpus has %d cases, want at least %d", len(cases), leastCases)
	}
	t.Logf("%d cases", len(cases))
	var decision policy.Decision // reused, as callers do
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s:%d", c.File, c.Line), func(t *testing.T) {
			policies, err := policy.Compile(c.set(t))
			if err != nil {
				t.Fatalf("%s: %v", c.Title, err)
			}
			policies.Decide(&c.Request, &decision)
			if fault := c.Want.fault(&decision); fault != "" {
				t.Errorf("%s (%s) %s\n%s", c.Title, c.Page, c.Why, fault)
			}
		})
	}
}

// set parses the policies of a case.
func (c *conformanceCase) set(t interface {
	Helper()
	Fatalf(string, ...any)
}) policy.Set {
	t.Helper()
	named := func(texts []policyText) []policy.Named {
		out := []policy.Named{}
		for _, text := range texts {
			n := policy.Named{Name: text.Name}
			if text.Source != nil {
				document, err := policy.Parse(text.Source)
				if err != nil {
					t.Fatalf("policy %s: %v\n%s", text.Name, err, text.Source)
				}
				n.Document = document
			}
			out = append(out, n)
		}
		return out
	}
	one := func(kind policy.LayerKind) *policy.Named {
		if levels := c.Layers[kind]; levels != nil {
			return &named(levels[0])[0]
		}
		return nil
	}
	byLevel := func(kind policy.LayerKind) [][]policy.Named {
		var out [][]policy.Named
		for _, level := range c.Layers[kind] {
			out = append(out, named(level))
		}
		return out
	}
	set := policy.Set{
		Boundary: one(policy.LayerBoundary), Session: one(policy.LayerSession), Resource: one(policy.LayerResource),
		SCP: byLevel(policy.LayerSCP), RCP: byLevel(policy.LayerRCP),
	}
	if levels := c.Layers[policy.LayerIdentity]; levels != nil {
		set.Identity = named(levels[0])
	}
	return set
}

// fault says in words how a decision differs from what is expected, or "".
func (want *expectation) fault(got *policy.Decision) string {
	var said []string
	if got.Verdict != want.Verdict || got.Blocked != want.Blocked {
		said = append(said, fmt.Sprintf("decision = %s, want %s", verdictText(got.Verdict, got.Blocked), verdictText(want.Verdict, want.Blocked)))
	}
	if want.Matched != nil {
		matched := []string{}
		for _, m := range got.Matched {
			matched = append(matched, fmt.Sprintf("%s.%d.%d", layerName(m.Layer), m.Policy+1, m.Statement+1))
		}
		if !sameTexts(matched, want.Matched) {
			said = append(said, fmt.Sprintf("matched = %v, want %v", matched, want.Matched))
		}
	}
	if want.Missing != nil && !sameTexts(got.Missing, want.Missing) {
		said = append(said, fmt.Sprintf("missing = %v, want %v", got.Missing, want.Missing))
	}
	return strings.Join(said, "\n")
}

func sameTexts(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func verdictText(verdict policy.Verdict, blocked policy.Layer) string {
	words := map[policy.Verdict]string{policy.ImplicitlyDenied: "implicit", policy.Allowed: "allowed", policy.ExplicitlyDenied: "explicit", policy.Unknown: "unknown"}
	return strings.TrimSpace(words[verdict] + " " + layerName(blocked))
}

func layerName(layer policy.Layer) string {
	names := map[policy.LayerKind]string{policy.LayerIdentity: "identity", policy.LayerBoundary: "boundary", policy.LayerSession: "session", policy.LayerResource: "resource"}
	switch layer.Kind {
	case policy.LayerSCP:
		return fmt.Sprintf("scp%d", layer.Level+1)
	case policy.LayerRCP:
		return fmt.Sprintf("rcp%d", layer.Level+1)
	}
	return names[layer.Kind]
}
