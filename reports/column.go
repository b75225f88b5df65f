package reports

import (
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// The columns and values that reports share. A column's name is stable: it is
// part of the dataset's hash.

func column(name, title string, kind sheet.Kind) Column {
	return Column{Column: sheet.Column{Name: name, Title: title, Kind: kind}}
}

func text(name, title string) Column    { return column(name, title, sheet.Text) }
func ident(name, title string) Column   { return column(name, title, sheet.ID) }
func count(name, title string) Column   { return column(name, title, sheet.Number) }
func at(name, title string) Column      { return column(name, title, sheet.Time) }
func outcome(name, title string) Column { return column(name, title, sheet.Outcome) }

// linked is a text that names a record, whose id stands in another column.
func linked(name, title, kind, by string) Column {
	c := text(name, title)
	c.Links, c.By = kind, by
	return c
}

var spokenWords = map[string]string{"notCollected": "not collected", "notSupported": "not supported"}

// spoken is the word for why there is no value, as people say it.
func spoken(word string) string {
	if s, ok := spokenWords[word]; ok {
		return s
	}
	return word
}

func triOf(t iam.Tri) sheet.Value {
	if t == iam.Yes || t == iam.No {
		return sheet.TextOf(t.String())
	}
	return sheet.WordOf(spoken(t.String()))
}

func momentOf(m iam.Moment) sheet.Value {
	if m.Known() {
		return sheet.TimeOf(int64(m))
	}
	return sheet.WordOf(spoken(m.State()))
}

// lockedOf says until when, where the source tells.
func lockedOf(a iam.Account) sheet.Value {
	if a.Locked == iam.Yes && a.LockedUntil.Known() {
		return sheet.TextOf("until " + clock(int64(a.LockedUntil)) + " UTC")
	}
	return triOf(a.Locked)
}

// idOf is an id, empty for none.
func idOf(id iam.ID) sheet.Value {
	if id == 0 {
		return sheet.IDOf("")
	}
	return sheet.IDOf(id.String())
}

func yesNo(yes bool) sheet.Value {
	if yes {
		return sheet.TextOf("yes")
	}
	return sheet.TextOf("no")
}
