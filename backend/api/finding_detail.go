package api

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Finding is one finding with what it rests on.
type Finding struct {
	FindingRow
	Question  string            `json:"question"`
	Threshold string            `json:"threshold"`
	Rows      []FindingEvidence `json:"rows" doc:"What it is about, at most a hundred."`
	Total     int64             `json:"total" doc:"How many there are of these in all."`
	// Command would carry out the remedy, where it is certain.
	Command *FindingCommand `json:"command,omitempty"`
}

// FindingEvidence is one row a finding rests on.
type FindingEvidence struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Ref   *Ref   `json:"ref,omitempty"`
	Told  string `json:"told,omitempty" doc:"Of a drift: what the reads of changes had said."`
	Found string `json:"found,omitempty" doc:"Of a drift: what the full read says."`
}

// FindingCommand is a text to copy and run by hand: Gatehouse does not run it.
type FindingCommand struct {
	Language string `json:"language" enum:"ldif,powershell"`
	Text     string `json:"text"`
}

func (s *server) getFinding(ctx context.Context, in *IDPath) (*body[Finding], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Finding, error) {
		f, err := r.Finding(ctx, id)
		if err != nil {
			return Finding{}, err
		}
		rules, err := r.FindingRules(ctx)
		if err != nil {
			return Finding{}, err
		}
		facts := iam.FindingOf(f.Kind)
		v := Finding{FindingRow: findingRow(f), Question: facts.Question, Threshold: facts.ThresholdBy(rules), Rows: []FindingEvidence{}, Command: remedyCommand(f)}
		rows, err := r.FindingEvidence(ctx, f)
		for _, e := range rows {
			row := FindingEvidence{Label: e.Label, Value: e.Value, Told: e.Told, Found: e.Found}
			if e.ID != 0 {
				ref := findingSubject(store.Finding{Finding: iam.Finding{SubjectID: e.ID}, SubjectNoun: e.Noun, SubjectName: e.Value, Login: e.Login})
				row.Ref = &ref
			}
			v.Rows = append(v.Rows, row)
		}
		v.Total = max(f.Size, int64(len(v.Rows)))
		return v, err
	})
}

// remedyCommand is the text that carries out the remedy, nil where it depends on
// what only people know.
func remedyCommand(f store.Finding) *FindingCommand {
	if f.DN == "" {
		return nil
	}
	ad := f.SourceKind == "ad"
	name := powershellText(f.DN)
	switch {
	case f.Kind == iam.EmptyGroup && ad:
		return &FindingCommand{"powershell", "Remove-ADGroup -Identity " + name}
	case f.Kind == iam.EmptyGroup && f.SourceKind != "file":
		return &FindingCommand{"ldif", ldifLine("dn", f.DN) + "\nchangetype: delete\n"}
	case !ad:
		return nil
	case f.Kind == iam.LeaverActive, f.Kind == iam.ExpiredEnabled:
		return &FindingCommand{"powershell", "Disable-ADAccount -Identity " + name}
	case f.Kind == iam.PasswordNeverExpires:
		return &FindingCommand{"powershell", "Set-ADUser -Identity " + name + " -PasswordNeverExpires $false"}
	case f.Kind == iam.StaleAdminCount:
		return &FindingCommand{"powershell", "Set-ADObject -Identity " + name + " -Clear adminCount"}
	}
	return nil
}

// powershellText is s as one literal word of PowerShell, which knows several
// marks that end it.
func powershellText(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019", "\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}

// ldifLine is a line of LDIF (RFC 2849), in base64 where its value demands it.
func ldifLine(name, value string) string {
	plain := value == strings.TrimSpace(value) && !strings.HasPrefix(value, ":") && !strings.HasPrefix(value, "<")
	for _, c := range value {
		plain = plain && c < unicode.MaxASCII && c >= ' '
	}
	if plain {
		return name + ": " + value
	}
	return name + ":: " + base64.StdEncoding.EncodeToString([]byte(value))
}
