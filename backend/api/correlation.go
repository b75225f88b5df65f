package api

import (
	"context"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// CorrelationRule says what makes two accounts one person.
type CorrelationRule struct {
	Name       string   `json:"name" minLength:"1" maxLength:"80"`
	On         []string `json:"on" enum:"employeeNumber,mail,login,name,similarName,surname,possibleName" minItems:"1" maxItems:"5" doc:"All must hold."`
	Effect     string   `json:"effect" enum:"link,ask,off"`
	Confidence int      `json:"confidence" minimum:"1" maximum:"100"`
}

// MailAlias says that two mail domains are one.
type MailAlias struct {
	Domain string `json:"domain" minLength:"3" maxLength:"253"`
	Other  string `json:"other" minLength:"3" maxLength:"253"`
}

// CorrelationRules are how the accounts of a source find their person.
type CorrelationRules struct {
	Authoritative bool              `json:"authoritative" doc:"This source says who belongs to the organisation."`
	Rules         []CorrelationRule `json:"rules" minItems:"1" maxItems:"30" doc:"In their order: the first that fits counts."`
	MailAliases   []MailAlias       `json:"mailAliases" maxItems:"50"`
	LoginPatterns []string          `json:"loginPatterns" maxItems:"20" doc:"Such as {g}{surname}: a login so made from a name speaks for it."`
}

// Correlation is the rules of a source, how each has done, and what decisions
// teach.
type Correlation struct {
	CorrelationRules
	Records []RuleRecord `json:"records"`
	Lessons []Lesson     `json:"lessons"`
	Cases   int64        `json:"cases" doc:"Open cases of this source."`
	Orphans int64        `json:"orphans" doc:"Accounts of people here that match nobody in an authoritative source."`
}

// RuleRecord is how a rule has done.
type RuleRecord struct {
	Rule      string `json:"rule"`
	Linked    int64  `json:"linked"`
	TakenBack int64  `json:"takenBack" doc:"Links that an operator split."`
	Confirmed int64  `json:"confirmed" doc:"Cases it proposed and an operator confirmed."`
	Denied    int64  `json:"denied"`
	Precision int    `json:"precision" doc:"Of 100 that a person looked at, how many were right; -1 if nobody looked."`
}

// Lesson is what confirmed cases have in common and the rules do not know yet.
type Lesson struct {
	Alias   *MailAlias `json:"alias,omitempty"`
	Pattern string     `json:"pattern,omitempty" doc:"Of logins."`
	Seen    int        `json:"seen"`
}

// PutCorrelation carries new rules for a source.
type PutCorrelation struct {
	IDPath
	Body CorrelationRules
}

// CorrelationPreview is what rules would do. Nothing was changed.
type CorrelationPreview struct {
	Accounts  int64            `json:"accounts" doc:"Of people."`
	Decided   int64            `json:"decided" doc:"By an operator: they stay."`
	Matched   int64            `json:"matched" doc:"Would be linked automatically."`
	Already   int64            `json:"already" doc:"Of these are where they would come."`
	Ambiguous int64            `json:"ambiguous" doc:"Would wait for a decision."`
	None      int64            `json:"none"`
	Samples   []CorrelationRow `json:"samples"`
}

// CorrelationRow is one account and what rules would do with it.
type CorrelationRow struct {
	Account    Ref         `json:"account"`
	Outcome    string      `json:"outcome" enum:"link,ask,none"`
	Candidates []Candidate `json:"candidates"`
}

// Candidate is an identity that an account may belong to.
type Candidate struct {
	Identity   Ref      `json:"identity"`
	Account    Ref      `json:"account" doc:"Of the identity, the one that fits."`
	Source     Ref      `json:"source"`
	Rule       string   `json:"rule"`
	Confidence int      `json:"confidence"`
	Reasons    []string `json:"reasons"`
}

// CorrelationCase is an account of which the rules could not say whose it is.
type CorrelationCase struct {
	ID         string          `json:"id"`
	Account    Ref             `json:"account"`
	Source     Ref             `json:"source"`
	Since      string          `json:"since" format:"date-time"`
	Mine       CaseSide        `json:"mine"`
	Candidates []CaseCandidate `json:"candidates"`
}

// CaseCandidate is a candidate with what to compare.
type CaseCandidate struct {
	Candidate
	Side CaseSide `json:"side"`
}

// CaseSide is what a person compares.
type CaseSide struct {
	Name           string   `json:"name"`
	Login          string   `json:"login"`
	EmployeeNumber string   `json:"employeeNumber"`
	EmployeeType   string   `json:"employeeType"`
	Mail           string   `json:"mail"`
	Phone          string   `json:"phone"`
	Department     string   `json:"department"`
	Title          string   `json:"title"`
	Location       string   `json:"location"`
	Manager        string   `json:"manager"`
	Enabled        Tri      `json:"enabled"`
	LastSignIn     Moment   `json:"lastSignIn"`
	Accounts       []string `json:"accounts" doc:"Sources of all accounts of the identity."`
}

// ListCases asks for open cases, the surest first.
type ListCases struct {
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Source string `query:"source" maxLength:"32"`
}

// DecideCase carries a decision.
type DecideCase struct {
	IDPath
	Body struct {
		Decision string `json:"decision" enum:"same,different,left" doc:"different without an identity: none of the candidates."`
		Identity string `json:"identity,omitempty" maxLength:"32"`
		Reason   string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// CaseDecided tells what came of a decision.
type CaseDecided struct {
	Merge    string `json:"merge,omitempty" doc:"By which it can be undone."`
	Identity string `json:"identity,omitempty"`
	Event    int64  `json:"event"`
}

func (in CorrelationRules) read() (iam.Correlation, error) {
	c := iam.Correlation{Authoritative: in.Authoritative, Rules: []iam.CorrelationRule{}, MailAliases: []iam.MailAlias{}, LoginPatterns: []string{}}
	seen := map[string]bool{}
	for _, r := range in.Rules {
		rule := iam.CorrelationRule{Name: strings.TrimSpace(r.Name), Effect: iam.Effect(r.Effect), Confidence: r.Confidence}
		for _, on := range r.On {
			rule.On = append(rule.On, iam.Criterion(on))
		}
		if err := rule.Check(); err != nil {
			return c, err
		}
		if seen[rule.Name] {
			return c, iam.Errorf(iam.Invalid, "Two rules are named %q.", rule.Name).In("body.rules").Fix("Name each differently.")
		}
		seen[rule.Name] = true
		c.Rules = append(c.Rules, rule)
	}
	for _, a := range in.MailAliases {
		x := iam.MailAlias{Domain: strings.ToLower(strings.TrimSpace(a.Domain)), Other: strings.ToLower(strings.TrimSpace(a.Other))}
		if x.Domain == x.Other || strings.Contains(x.Domain+x.Other, "@") {
			return c, iam.Errorf(iam.Invalid, "%q and %q are no two mail domains.", a.Domain, a.Other).In("body.mailAliases").Fix("Name two domains, such as corp.example and corp.test.")
		}
		c.MailAliases = append(c.MailAliases, x)
	}
	for _, p := range in.LoginPatterns {
		if !strings.Contains(p, "{") {
			return c, iam.Errorf(iam.Invalid, "%q makes no login from a name.", p).In("body.loginPatterns").Fix("Use {given}, {surname}, {g} and {s}.")
		}
		c.LoginPatterns = append(c.LoginPatterns, p)
	}
	return c, nil
}

func rulesOf(c iam.Correlation) CorrelationRules {
	v := CorrelationRules{Authoritative: c.Authoritative, Rules: []CorrelationRule{}, MailAliases: []MailAlias{}, LoginPatterns: append([]string{}, c.LoginPatterns...)}
	for _, r := range c.Rules {
		x := CorrelationRule{Name: r.Name, Effect: string(r.Effect), Confidence: r.Confidence}
		for _, on := range r.On {
			x.On = append(x.On, string(on))
		}
		v.Rules = append(v.Rules, x)
	}
	for _, a := range c.MailAliases {
		v.MailAliases = append(v.MailAliases, MailAlias(a))
	}
	return v
}

func (s *server) getCorrelation(ctx context.Context, in *IDPath) (*body[Correlation], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Correlation, error) {
		if _, err := r.Source(ctx, id); err != nil {
			return Correlation{}, err
		}
		rules, err := r.Correlation(ctx, id)
		if err != nil {
			return Correlation{}, err
		}
		v := Correlation{CorrelationRules: rulesOf(rules), Records: []RuleRecord{}, Lessons: []Lesson{}}
		records, err := r.RuleRecords(ctx, id)
		if err != nil {
			return v, err
		}
		for _, x := range records {
			v.Records = append(v.Records, RuleRecord{x.Rule, x.Linked, x.TakenBack, x.Confirmed, x.Denied, precision(x)})
		}
		lessons, err := r.Lessons(ctx, id)
		if err != nil {
			return v, err
		}
		for _, x := range lessons {
			v.Lessons = append(v.Lessons, Lesson{(*MailAlias)(x.Alias), x.Pattern, x.Seen})
		}
		_, n, err := r.Cases(ctx, id, 0, 0)
		if err != nil {
			return v, err
		}
		v.Cases = n.N
		_, v.Orphans, err = r.OrphanAccounts(ctx, id, 0, 0)
		return v, err
	})
}

// precision counts what people looked at; what nobody looked at says nothing.
func precision(x store.RuleRecord) int {
	looked := x.Confirmed + x.Denied + x.TakenBack
	if looked == 0 {
		return -1
	}
	return int(100 * x.Confirmed / looked)
}

func (s *server) changeCorrelation(ctx context.Context, in *PutCorrelation) (*body[Correlation], error) {
	src, rules, err := s.rulesFor(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.ChangeCorrelation(ctx, src, rules); err != nil {
		return nil, err
	}
	return s.getCorrelation(ctx, &in.IDPath)
}

func (s *server) rulesFor(ctx context.Context, in *PutCorrelation) (src iam.Source, rules iam.Correlation, err error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return src, rules, err
	}
	if err := s.store.View(ctx, func(r *store.Reader) (err error) {
		src, err = r.Source(ctx, id)
		return err
	}); err != nil {
		return src, rules, err
	}
	rules, err = in.Body.read()
	return src, rules, err
}

func (s *server) previewCorrelation(ctx context.Context, in *PutCorrelation) (*body[CorrelationPreview], error) {
	src, rules, err := s.rulesFor(ctx, in)
	if err != nil {
		return nil, err
	}
	p, err := s.store.PreviewCorrelation(ctx, src.ID, rules)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (CorrelationPreview, error) {
		v := CorrelationPreview{Accounts: p.Accounts, Decided: p.Decided, Matched: p.Matched, Already: p.Already, Ambiguous: p.Ambiguous, None: p.None, Samples: []CorrelationRow{}}
		var ids []iam.ID
		for _, x := range p.Samples {
			ids = append(ids, x.Account)
			for _, c := range x.Candidates {
				ids = append(ids, c.Account)
			}
		}
		b, err := newBook(ctx, r, ids)
		if err != nil {
			return v, err
		}
		for _, x := range p.Samples {
			row := CorrelationRow{Account: b.ref(x.Account), Outcome: "none", Candidates: []Candidate{}}
			switch {
			case x.Linked:
				row.Outcome = "link"
			case len(x.Candidates) > 0:
				row.Outcome = "ask"
			}
			for _, c := range x.Candidates {
				out, err := candidateOf(ctx, r, b, c)
				if iam.KindOf(err) == iam.NotFound {
					continue // the preview saw it; it is gone since
				}
				if err != nil {
					return v, err
				}
				row.Candidates = append(row.Candidates, out)
			}
			v.Samples = append(v.Samples, row)
		}
		return v, nil
	})
}

func candidateOf(ctx context.Context, r *store.Reader, b *book, c store.Candidate) (Candidate, error) {
	i, _, err := r.Identity(ctx, c.Identity)
	if err != nil {
		return Candidate{}, err
	}
	v := Candidate{Identity: Ref{Kind: "identity", ID: i.ID.String(), Name: i.Name, Detail: i.EmployeeNumber}, Rule: c.Rule, Confidence: c.Confidence, Reasons: append([]string{}, c.Reasons...)}
	if n, ok := b.names[c.Account]; ok {
		v.Account, v.Source = refOf(n), b.source(n.SourceID)
	} else {
		v.Account, v.Source = v.Identity, Ref{Kind: "source"}
	}
	return v, nil
}

func (s *server) listCases(ctx context.Context, in *ListCases) (*body[Page[CorrelationCase]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[CorrelationCase], error) {
		cases, n, err := r.Cases(ctx, source, in.Offset, in.Limit)
		if err != nil {
			return Page[CorrelationCase]{}, err
		}
		out := make([]CorrelationCase, len(cases))
		for i, c := range cases {
			if out[i], err = caseOf(ctx, r, c); err != nil {
				return Page[CorrelationCase]{}, err
			}
		}
		return page(out, n), nil
	})
}

func caseOf(ctx context.Context, r *store.Reader, c store.Case) (CorrelationCase, error) {
	ids := []iam.ID{c.Account}
	for _, x := range c.Candidates {
		ids = append(ids, x.Account)
	}
	b, err := newBook(ctx, r, ids)
	if err != nil {
		return CorrelationCase{}, err
	}
	v := CorrelationCase{ID: c.ID.String(), Account: b.ref(c.Account), Source: b.source(c.Source), Candidates: []CaseCandidate{}}
	if v.Since, err = b.at(ctx, c.Since); err != nil {
		return v, err
	}
	if v.Mine, err = sideOf(ctx, r, b, c.Account); err != nil {
		return v, err
	}
	for _, x := range c.Candidates {
		shown, err := candidateOf(ctx, r, b, x)
		if err != nil {
			return v, err
		}
		side, err := sideOf(ctx, r, b, x.Account)
		if iam.KindOf(err) == iam.NotFound {
			side, err = CaseSide{Name: shown.Identity.Name, Enabled: "unknown", LastSignIn: moment(iam.UnknownMoment), Accounts: []string{}}, nil
		}
		if err != nil {
			return v, err
		}
		v.Candidates = append(v.Candidates, CaseCandidate{shown, side})
	}
	return v, nil
}

// sideOf is what there is to compare of an account.
func sideOf(ctx context.Context, r *store.Reader, b *book, id iam.ID) (CaseSide, error) {
	a, err := r.Account(ctx, id)
	if err != nil {
		return CaseSide{}, err
	}
	manager, words, err := pointed(ctx, r, a.SourceID, a.ManagerRef)
	if err != nil {
		return CaseSide{}, err
	}
	if manager != nil {
		words = manager.Name
	}
	v := CaseSide{Name: a.Name, Login: a.Login, EmployeeNumber: a.EmployeeNumber, EmployeeType: a.EmployeeType, Mail: a.Contact.Mail, Phone: a.Contact.Phone,
		Department: a.Department, Title: a.Title, Location: a.Location, Manager: words, Enabled: Tri(a.Enabled.String()), LastSignIn: moment(a.LastSignIn), Accounts: []string{}}
	if a.IdentityID == 0 {
		return v, nil
	}
	all, err := r.AccountsOf(ctx, a.IdentityID)
	for _, x := range all {
		v.Accounts = append(v.Accounts, b.sources[x.SourceID].Name+": "+x.Login)
	}
	return v, err
}

func (s *server) decideCase(ctx context.Context, in *DecideCase) (*body[CaseDecided], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	identity, err := optionalID(in.Body.Identity)
	if err != nil {
		return nil, err
	}
	var merge iam.ID
	seq, err := s.store.WriteWeighing(ctx, "correlation.decide", func(t *store.Tx) error {
		c, err := t.Case(ctx, id)
		if err != nil {
			return err
		}
		merge, err = t.DecideCase(ctx, c, store.CaseDecision(in.Body.Decision), identity, strings.TrimSpace(in.Body.Reason))
		return err
	})
	v := CaseDecided{Event: int64(seq)}
	if merge != 0 {
		v.Merge, v.Identity = merge.String(), identity.String()
	}
	return answer(v, err)
}
