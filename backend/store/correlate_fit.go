package store

import (
	"fmt"
	"strings"

	"gatehouse/backend/iam"
)

// face is what correlation looks at in an account.
type face struct {
	account, identity, source  iam.ID
	number, mail               string
	login, principal           string // folded; principal is the part before the @
	given, surname, name       string
	department, location, kind string
	phone                      string
	parts                      nameParts
	shared                     bool // the mail stands on more than one account of its source
}

// ready prepares a face for comparing.
func (f *face) ready() {
	f.number = strings.TrimLeft(strings.TrimSpace(f.number), "0")
	f.mail = strings.ToLower(strings.TrimSpace(f.mail))
	f.phone = digits(f.phone)
	if f.parts = partsOf(f.given, f.surname); f.given == "" && f.surname == "" {
		f.parts = spokenParts(f.name)
	}
}

// Candidate is an identity that an account may belong to, and why.
type Candidate struct {
	Identity   iam.ID     `json:"identity"`
	Account    iam.ID     `json:"account"` // of the identity, the one that fits
	Rule       string     `json:"rule"`
	Effect     iam.Effect `json:"effect"`
	Confidence int        `json:"confidence"`
	Reasons    []string   `json:"reasons"`

	rule  iam.CorrelationRule
	order int
	named nameFit
}

// fit is how two accounts agree by the first rule that fits them, or nil.
func fit(c iam.Correlation, a, b *face) *Candidate {
	if a.number != "" && b.number != "" && a.number != b.number {
		return nil
	}
	p := compareFaces(c, a, b)
	for i, rule := range c.Rules {
		if rule.Effect == iam.Off || !p.holds(rule) {
			continue
		}
		out := &Candidate{Identity: b.identity, Account: b.account, Rule: rule.Name, Effect: rule.Effect, Confidence: rule.Confidence, Reasons: p.reasons(rule), rule: rule, order: i, named: p.names}
		for _, also := range p.besides {
			out.Reasons = append(out.Reasons, also)
			out.Confidence = min(100, out.Confidence+1)
		}
		if rule.Effect == iam.Link && !rule.Has(iam.SameNumber) {
			if doubts := p.doubts(rule); len(doubts) > 0 {
				out.Effect, out.Confidence = iam.Ask, out.Confidence*3/4
				out.Reasons = append(out.Reasons, doubts...)
			}
		}
		return out
	}
	return nil
}

// pair is how two accounts agree.
type pair struct {
	a, b                *face
	number, mail, login bool
	names               nameFit
	given, surname      float64
	besides             []string // what speaks for it and is no criterion
}

func compareFaces(c iam.Correlation, a, b *face) pair {
	p := pair{a: a, b: b, number: a.number != "" && a.number == b.number, mail: sameMail(c, a.mail, b.mail)}
	p.login = a.login != "" && (a.login == b.login || a.login == b.principal) || a.principal != "" && (a.principal == b.login || a.principal == b.principal)
	p.names, p.given, p.surname = a.parts.fit(b.parts)
	for _, x := range []struct{ what, a, b string }{{"phone", a.phone, b.phone}, {"department", a.department, b.department}, {"location", a.location, b.location}} {
		if x.a != "" && Fold(x.a) == Fold(x.b) {
			p.besides = append(p.besides, x.what+" equal")
		}
	}
	if !p.login {
		for _, pattern := range c.LoginPatterns {
			if l := a.parts.patterned(pattern); l != "" && l == b.login || b.parts.patterned(pattern) == a.login && a.login != "" {
				p.besides = append(p.besides, "login made from the name as others are")
				break
			}
		}
	}
	return p
}

// sameMail says whether two addresses are one, by the aliases of domains, too.
func sameMail(c iam.Correlation, a, b string) bool {
	if a == "" || a == b {
		return a != ""
	}
	left, from, ok := strings.Cut(a, "@")
	right, to, also := strings.Cut(b, "@")
	if !ok || !also || left != right {
		return false
	}
	for _, x := range c.MailAliases {
		if strings.EqualFold(x.Domain, from) && strings.EqualFold(x.Other, to) || strings.EqualFold(x.Domain, to) && strings.EqualFold(x.Other, from) {
			return true
		}
	}
	return false
}

func (p *pair) holds(rule iam.CorrelationRule) bool {
	for _, c := range rule.On {
		ok := false
		switch c {
		case iam.SameNumber:
			ok = p.number
		case iam.SameMail:
			ok = p.mail
		case iam.SameLogin:
			ok = p.login
		case iam.SameName:
			ok = p.names == sameName
		case iam.SimilarName:
			ok = p.names >= nearName
		case iam.SimilarSurname:
			// Who shares mail and surname alone may be kin.
			given := p.given == 1 || p.given == wholeIn || p.given == initialOnly || p.given == 0 && p.names == unknownName
			ok = p.names == sameName || given && p.surname >= alike && p.surname != initialOnly
		case iam.PossibleName:
			ok = p.names == unknownName || p.names >= nearName || p.names == halfName && p.explained()
		}
		if !ok {
			return false
		}
	}
	return true
}

// explained says whether one part of a name that differs is a change of name
// rather than another person: something else is the same, or one account is
// still called as the other is.
func (p *pair) explained() bool {
	if p.mail || p.login || p.a.phone != "" && p.a.phone == p.b.phone {
		return true
	}
	return p.given == 1 && (calledAs(p.a, p.b) || calledAs(p.b, p.a))
}

// calledAs says whether a's login or mail is made of b's whole name.
func calledAs(a, b *face) bool {
	local, _, _ := strings.Cut(a.mail, "@")
	for _, pattern := range loginPatterns[:8] { // those that have both parts
		if l := b.parts.patterned(pattern); l != "" && (l == a.login || l == local) {
			return true
		}
	}
	return false
}

// doubts are what speaks against a link that no number supports.
func (p *pair) doubts(rule iam.CorrelationRule) (out []string) {
	if rule.Has(iam.SameMail) {
		if !p.a.parts.sameSurname(p.b.parts) {
			out = append(out, "but their surnames are not equal"+both(p.a.parts.last, p.b.parts.last))
		}
		if p.a.shared || p.b.shared {
			out = append(out, "but several accounts of one source have this mail: it may be a shared mailbox")
		}
	}
	if p.a.kind != "" && p.b.kind != "" && Fold(p.a.kind) != Fold(p.b.kind) {
		out = append(out, fmt.Sprintf("but one is %s, the other %s", p.a.kind, p.b.kind))
	}
	if !rule.Has(iam.SameMail) && p.a.mail != "" && p.b.mail != "" && !p.mail {
		out = append(out, fmt.Sprintf("but their mail differs (%s, %s)", p.a.mail, p.b.mail))
	}
	for _, x := range []struct{ what, a, b string }{{"department", p.a.department, p.b.department}, {"location", p.a.location, p.b.location}} {
		// Logins are given out anew in every directory: a namesake may have it.
		if !rule.Has(iam.SameMail) && x.a != "" && x.b != "" && Fold(x.a) != Fold(x.b) {
			out = append(out, fmt.Sprintf("but their %s differs (%s, %s)", x.what, x.a, x.b))
		}
	}
	if p.names == otherName {
		out = append(out, "but their names differ"+both(p.a.name, p.b.name))
	}
	return out
}

// both names two values in brackets, and of those only what there is.
func both(a, b string) string {
	switch {
	case a == "" && b == "":
		return ""
	case a == "" || b == "":
		return " (" + a + b + ")"
	}
	return " (" + a + ", " + b + ")"
}

// reasons say in words what the rule found, and how the names stand.
func (p *pair) reasons(rule iam.CorrelationRule) []string {
	var out []string
	if p.number {
		out = append(out, "employee number "+p.a.number+" equal")
	}
	if p.mail {
		if p.a.mail == p.b.mail {
			out = append(out, "mail "+p.a.mail+" equal")
		} else {
			out = append(out, fmt.Sprintf("mail %s is %s by an alias of their domains", p.a.mail, p.b.mail))
		}
	}
	switch {
	case !p.login:
	case p.a.login != "" && p.a.login == p.b.login:
		out = append(out, "login "+p.a.login+" equal")
	case p.a.login != "" && p.a.login == p.b.principal:
		out = append(out, "login "+p.a.login+" equal by principal name")
	default:
		out = append(out, "login "+p.a.principal+" equal by principal name")
	}
	switch {
	case p.names == sameName && p.a.name == p.b.name:
		out = append(out, "name equal")
	case p.names == sameName:
		out = append(out, "name equal but for spelling or order"+both(p.a.name, p.b.name))
	case p.names == nearName:
		out = append(out, "name similar"+both(p.a.name, p.b.name))
	case p.names == halfName && p.given >= alike:
		out = append(out, "given name equal or similar, surname differs"+both(p.a.parts.last, p.b.parts.last))
	case p.names == halfName:
		out = append(out, "surname equal or similar, given name differs"+both(p.a.parts.first, p.b.parts.first))
	case p.names == otherName:
		out = append(out, "names differ"+both(p.a.name, p.b.name))
	default:
		out = append(out, "one of them tells no given name and surname")
	}
	return out
}
