package iam

// Criterion is one way in which two accounts can agree.
type Criterion string

// The criteria. A name is compared folded, with Mueller for Müller, given name
// and surname in either order, and initials.
const (
	SameNumber     Criterion = "employeeNumber"
	SameMail       Criterion = "mail"
	SameLogin      Criterion = "login" // or the part before the @ of a principal name
	SameName       Criterion = "name"  // given name and surname equal
	SimilarName    Criterion = "similarName"
	SimilarSurname Criterion = "surname"
	PossibleName   Criterion = "possibleName" // not contradictory: at least one part similar and the other explained
)

// Effect is what a rule does with a pair it fits.
type Effect string

// The effects.
const (
	Link Effect = "link" // automatically, if nothing speaks against it
	Ask  Effect = "ask"  // a person decides
	Off  Effect = "off"
)

// CorrelationRule says what makes two accounts one person. The first rule of a
// source that fits a pair counts.
type CorrelationRule struct {
	Name       string      `json:"name"`
	On         []Criterion `json:"on"` // all must hold
	Effect     Effect      `json:"effect"`
	Confidence int         `json:"confidence"` // of 100
}

// Has says whether the rule asks for c.
func (r CorrelationRule) Has(c Criterion) bool {
	for _, have := range r.On {
		if have == c {
			return true
		}
	}
	return false
}

// Check refuses a rule that would link people on too little.
func (r CorrelationRule) Check() error {
	named := r.Has(SameName) || r.Has(SimilarName) || r.Has(SimilarSurname) || r.Has(PossibleName)
	strong := r.Has(SameNumber) || r.Has(SameMail) || r.Has(SameLogin)
	switch {
	case r.Name == "":
		return Errorf(Invalid, "A rule has no name.").In("body.rules").Fix("Name every rule.")
	case len(r.On) == 0:
		return Errorf(Invalid, "The rule %q compares nothing.", r.Name).In("body.rules").Fix("Choose at least one criterion.")
	case r.Effect == Link && !(strong && named):
		return Errorf(Invalid, "The rule %q would link on one sign alone.", r.Name).In("body.rules").Fix("Let it ask, or demand a name and one of employee number, mail and login.")
	case r.Effect == Link && r.Has(SameLogin) && !r.Has(SameNumber) && !r.Has(SameMail) && !r.Has(SameName):
		return Errorf(Invalid, "The rule %q would link on an equal login and a similar name.", r.Name).In("body.rules").Fix("Let it ask, or demand an equal name.")
	case r.Confidence < 1 || r.Confidence > 100:
		return Errorf(Invalid, "The confidence of the rule %q is not between 1 and 100.", r.Name).In("body.rules")
	}
	return nil
}

// Correlation is how the accounts of a source find their person.
type Correlation struct {
	// Authoritative: this source says who belongs to the organisation, as a
	// personnel system does. Accounts elsewhere without anybody in it are
	// orphans.
	Authoritative bool              `json:"authoritative"`
	Rules         []CorrelationRule `json:"rules"`
	MailAliases   []MailAlias       `json:"mailAliases"`
	LoginPatterns []string          `json:"loginPatterns"` // such as "{g}{surname}": a login made so from a name speaks for it
}

// MailAlias says that two mail domains are one: who has an address in one has it
// in the other.
type MailAlias struct {
	Domain string `json:"domain"`
	Other  string `json:"other"`
}

// DefaultCorrelation is how a source correlates until somebody changes it.
func DefaultCorrelation() Correlation {
	return Correlation{
		Rules: []CorrelationRule{
			{"Number and name", []Criterion{SameNumber, SimilarName}, Link, 99},
			{"Number, name not contradictory", []Criterion{SameNumber, PossibleName}, Link, 95},
			{"Mail and surname", []Criterion{SameMail, SimilarSurname}, Link, 95},
			{"Login and full name", []Criterion{SameLogin, SameName}, Link, 90},
			{"Number alone", []Criterion{SameNumber}, Ask, 60},
			{"Mail alone", []Criterion{SameMail}, Ask, 50},
			{"Name and login similar", []Criterion{SameLogin, SimilarName}, Ask, 70},
			{"Name alone", []Criterion{SimilarName}, Ask, 40},
			{"Login alone", []Criterion{SameLogin}, Ask, 30},
		},
		MailAliases: []MailAlias{}, LoginPatterns: []string{},
	}
}

// Ownership says who answers for a service or shared account, and what it is
// for.
type Ownership struct {
	OwnerID   ID // 0: nobody
	OwnerName string
	Purpose   string
	ReviewBy  int64 // microseconds; 0: no date
}
