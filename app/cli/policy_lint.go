package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy"
	"gatehouse/backend/policy/lint"
	"gatehouse/backend/policy/reference"
)

func (p *program) policyLintCommand() *cobra.Command {
	var kind, newer string
	var fix bool
	cmd := &cobra.Command{
		Use: "lint FILE|-", Short: "Check a policy document",
		Long: `Check a policy document: what is wrong, dangerous, unclear or idle in it, where,
and what to do about it. docs/policy-lint.md lists the codes.

--json answers with one list:

  [{"code", "class": "ERROR|SECURITY_WARNING|WARNING|SUGGESTION", "line", "column",
    "start", "end", "message", "remedy", "fix"?: {"title", "edits": [{"start", "end", "text"}]}}]

Lines and columns count from 1, columns in characters; start and end are bytes,
from 0. The exit code is 3 if there is an ERROR or a SECURITY_WARNING.

--fix prints the document with all fixes that are certain, and says on standard
error what is left. The file is never changed.`,
		Args: cobra.ExactArgs(1),
		RunE: p.do(func(_ *cobra.Command, args []string) error {
			if !slices.Contains(policy.Kinds, policy.Kind(kind)) {
				return usage("name with --type what the policy is attached to: identity, resource, scp, rcp or trust")
			}
			source, err := p.readInput(args[0])
			if err != nil {
				return err
			}
			data := reference.Embedded()
			if newer != "" {
				if data, err = p.readReference(newer); err != nil {
					return err
				}
			}
			if fix {
				return p.fixPolicy(source, policy.Kind(kind), data)
			}
			all := lint.Lint(source, policy.Kind(kind), data)
			if p.json {
				if err := p.emit(append([]lint.Finding{}, all...)); err != nil {
					return err
				}
			} else {
				p.showFindings(args[0], source, all, data)
			}
			return verdictOf(all)
		}),
	}
	cmd.Flags().StringVar(&kind, "type", "", "what the policy is attached to: `identity`, resource, scp, rcp or trust")
	cmd.Flags().StringVar(&newer, "reference", "", "service reference in a `file`, newer than the one that comes with the program")
	cmd.Flags().BoolVar(&fix, "fix", false, "print the document with all fixes that are certain")
	return cmd
}

// verdictOf is the exit code.
func verdictOf(all []lint.Finding) error {
	if slices.ContainsFunc(all, func(f lint.Finding) bool { return f.Class == lint.Error || f.Class == lint.SecurityWarning }) {
		return exitCode(findings)
	}
	return nil
}

// largestPolicy is more than any service takes.
const largestPolicy = 16 << 20

// readInput is what a file holds, or standard input for "-".
func (p *program) readInput(file string) ([]byte, error) {
	in, err := p.openInput(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, largestPolicy+1))
	switch {
	case err != nil:
		return nil, iam.Errorf(iam.Invalid, "%s cannot be read.", file).By(err)
	case len(text) > largestPolicy:
		return nil, iam.Errorf(iam.Invalid, "%s is larger than 16 MB, and no policy is.", file).Fix("Name the file of one policy document.")
	}
	return text, nil
}

func (p *program) readReference(file string) (*reference.Data, error) {
	in, err := p.openInput(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return reference.Read(in)
}

// fixPolicy prints the document as fixed, byte for byte, and what is left.
func (p *program) fixPolicy(source []byte, kind policy.Kind, data *reference.Data) error {
	source, left := lint.Fixed(source, kind, data)
	if _, err := p.out.Write(source); err != nil {
		return err
	}
	for _, f := range left {
		fmt.Fprintln(p.err, printable(fmt.Sprintf("%d:%d: %s %s: %s", f.Line, f.Column, f.Class, f.Code, f.Message)))
	}
	return verdictOf(left)
}

// showFindings prints each finding with the place it is about.
func (p *program) showFindings(file string, source []byte, all []lint.Finding, data *reference.Data) {
	if file == "-" {
		file = "standard input"
	}
	fixes := 0
	for _, f := range all {
		p.say("%s:%d:%d: %s %s", file, f.Line, f.Column, f.Class, f.Code)
		excerpt, mark := excerptOf(source, f)
		p.say("    %s", excerpt)
		p.say("    %s", mark)
		p.say("  %s", f.Message)
		remedy := f.Remedy
		if f.Fix != nil {
			fixes++
			remedy += " Fix: " + f.Fix.Title + "."
		}
		p.say("  %s", remedy)
		p.say("")
	}
	p.say("%s; services, actions and keys as of %s.", counted(all), data.Date)
	if fixes > 0 {
		p.say("%d of them can be fixed: --fix prints the document.", fixes)
	}
}

// counted is how many findings there are of each class.
func counted(all []lint.Finding) string {
	if len(all) == 0 {
		return "Nothing found"
	}
	var parts []string
	for _, c := range []struct {
		class     lint.Class
		one, many string
	}{
		{lint.Error, "error", "errors"}, {lint.SecurityWarning, "security warning", "security warnings"},
		{lint.Warning, "warning", "warnings"}, {lint.Suggestion, "suggestion", "suggestions"},
	} {
		n := 0
		for _, f := range all {
			if f.Class == c.class {
				n++
			}
		}
		switch n {
		case 0:
		case 1:
			parts = append(parts, "1 "+c.one)
		default:
			parts = append(parts, fmt.Sprint(n, " ", c.many))
		}
	}
	return strings.Join(parts, ", ")
}

// widest is how many characters of a line an excerpt shows.
const widest = 100

// excerptOf is the line of a finding, or the part of it around the place, and a
// line that marks the place below it.
func excerptOf(source []byte, f lint.Finding) (excerpt, mark string) {
	start := strings.LastIndexByte(string(source[:f.Start]), '\n') + 1
	line, _, _ := strings.Cut(string(source[start:]), "\n")
	line = strings.NewReplacer("\t", " ", "\r", " ", "\uFEFF", "").Replace(line)
	text := []rune(line)
	from := min(f.Column-1, len(text))
	marked, _, _ := strings.Cut(string(source[f.Start:f.End]), "\n")
	to := max(from+1, min(len(text), from+len([]rune(marked))))
	left, right := 0, len(text)
	if right > widest {
		left = max(0, from-widest/3)
		right = min(right, left+widest)
	}
	before, after := "", ""
	if left > 0 {
		before = "…"
	}
	if right < len(text) {
		after = "…"
	}
	to = max(from+1, min(to, right))
	mark = strings.Repeat(" ", len([]rune(before))+from-left) + strings.Repeat("^", to-from)
	return strings.TrimRight(before+string(text[left:right])+after, " "), mark
}
