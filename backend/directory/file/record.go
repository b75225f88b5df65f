package file

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// interpreter makes accounts of rows.
type interpreter struct {
	*table
	key        int
	at         map[string]int // the place of a field's column; absent if it has none
	states     map[string]string
	separator  string
	managerBy  string
	privileged []string
}

// interpret fails where a column that the configuration names is not there.
func (t *table) interpret(m iam.Mapping) (*interpreter, error) {
	if t.cfg.KeyColumn == "" {
		return nil, errNoKey()
	}
	p := &interpreter{table: t, at: map[string]int{}, states: map[string]string{}, separator: t.cfg.GroupSeparator, managerBy: t.cfg.ManagerBy, privileged: m.Privileged}
	var err error
	if p.key, err = t.place("file.keyColumn", t.cfg.KeyColumn); err != nil {
		return nil, err
	}
	for _, f := range fields {
		column, mapped := t.cfg.Columns[f.name]
		if !mapped {
			continue
		}
		if p.at[f.name], err = t.place("file.columns."+f.name, column); err != nil {
			return nil, err
		}
	}
	for word, state := range t.cfg.States {
		p.states[fold(word)] = state
	}
	if p.separator == "" {
		p.separator = ";"
	}
	if p.managerBy == "" {
		p.managerBy = managerKey
	}
	return p, nil
}

// record is one row, understood.
type record struct {
	row     int
	key     string
	account directory.Account
	groups  []string
	manager string // as the file has it
	faults  []directory.Fault
}

// read understands a row. A record with faults is not to be used; its key is
// there if it could be read.
func (p *interpreter) read(row sheet.Row) record {
	r := record{row: row.Number}
	fault := func(column, value, text string) {
		r.faults = append(r.faults, directory.Fault{Row: row.Number, Column: column, Value: value, Text: text})
	}
	if row.Fault != "" {
		fault("", "", row.Fault)
		return r
	}
	cell := func(field string) sheet.Cell {
		i, mapped := p.at[field]
		if !mapped {
			return sheet.Cell{}
		}
		if c := row.Cells[i]; c.Fault != "" {
			fault(p.columns[i], c.Text, c.Fault)
			return sheet.Cell{}
		}
		return row.Cells[i]
	}
	text := func(field string) string { return cell(field).Text }
	switch c := row.Cells[p.key]; {
	case c.Fault != "":
		fault(p.columns[p.key], c.Text, c.Fault)
	case c.Text == "":
		fault(p.columns[p.key], "", "is empty; the key has to be there")
	case p.cfg.KeyColumn == p.cfg.Columns["employeeNumber"] && number(c.Text) == "":
		fault(p.columns[p.key], c.Text, "is no number; the key has to be there")
	case strings.HasPrefix(c.Text, groupID):
		fault(p.columns[p.key], c.Text, "begins with "+groupID+", which stands for groups")
	default:
		r.key = c.Text
	}
	f := iam.AccountFacts{
		Sort: iam.Person, Login: text("login"), Name: text("name"), GivenName: text("givenName"), Surname: text("surname"),
		EmployeeNumber: number(text("employeeNumber")), EmployeeType: text("employeeType"), Department: text("department"), Title: text("title"),
		Location: text("location"), Description: text("description"),
	}
	untold(&f)
	f.Enabled = p.state(text("status"))
	p.dates(&f, cell, fault)
	if f.Name == "" {
		f.Name = strings.TrimSpace(f.GivenName + " " + f.Surname)
	}
	for _, other := range []string{f.Login, r.key} {
		if f.Name == "" {
			f.Name = other
		}
	}
	contact := iam.Contact{Mail: text("mail"), Phone: text("phone")}
	if r.manager = text("manager"); r.manager != "" {
		f.ManagerRef = refOf(p.managerBy, r.manager)
	}
	r.groups = p.groupsIn(text("groups"))
	r.account = directory.Account{ExternalID: r.key, DN: p.cfg.KeyColumn + "=" + r.key, Facts: f, Contact: contact}
	for _, ref := range []string{
		refOf(managerKey, r.key), refOf(managerNumber, f.EmployeeNumber), refOf(managerLogin, f.Login), refOf(managerMail, contact.Mail),
	} {
		if ref != "" && !slices.Contains(r.account.Refs, ref) {
			r.account.Refs = append(r.account.Refs, ref)
		}
	}
	return r
}

// untold sets what no file tells.
func untold(f *iam.AccountFacts) {
	f.Enabled, f.Locked, f.MustChange = iam.NotSupportedTri, iam.NotSupportedTri, iam.NotSupportedTri
	f.LockedUntil, f.AccountExpires, f.PasswordExpires, f.PasswordChanged = iam.NotSupportedMoment, iam.NotSupportedMoment, iam.NotSupportedMoment, iam.NotSupportedMoment
	f.LastSignIn, f.StartDate, f.EndDate = iam.NotSupportedMoment, iam.NotSupportedMoment, iam.NotSupportedMoment
	f.CreatedAt, f.ModifiedAt = iam.NotSupportedMoment, iam.NotSupportedMoment
}

// state is what a word of the status column means.
func (p *interpreter) state(word string) iam.Tri {
	if _, mapped := p.at["status"]; !mapped {
		return iam.NotSupportedTri
	}
	switch p.states[fold(word)] {
	case enabled:
		return iam.Yes
	case disabled:
		return iam.No
	}
	return iam.UnknownTri
}

func (p *interpreter) dates(f *iam.AccountFacts, cell func(string) sheet.Cell, fault func(column, value, text string)) {
	var starts, ends time.Time
	if _, mapped := p.at["startDate"]; mapped {
		f.StartDate = iam.UnknownMoment
		if c := cell("startDate"); c.Text != "" {
			t, wrong := day(c, p.cfg.DateFormat)
			if wrong != "" {
				fault(p.cfg.Columns["startDate"], c.Text, wrong)
			} else {
				starts, f.StartDate = t, iam.MomentOf(t)
			}
		}
	}
	if _, mapped := p.at["endDate"]; mapped {
		c := cell("endDate")
		wrong := ""
		if f.EndDate, ends, wrong = endOf(c, p.cfg.DateFormat); wrong != "" {
			fault(p.cfg.Columns["endDate"], c.Text, wrong)
		} else if !starts.IsZero() && !ends.IsZero() && ends.Before(starts) {
			fault(p.cfg.Columns["endDate"], c.Text, "lies before the start, "+starts.Format(time.DateOnly))
		}
	}
}

// groupsIn are the names in the groups' column, each once.
func (p *interpreter) groupsIn(value string) []string {
	var names []string
	for name := range strings.SplitSeq(value, p.separator) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// groupID begins the ids of groups, which a table knows by name alone.
const groupID = "group="

// group is a group that a column names.
func (p *interpreter) group(name string) directory.Entitlement {
	return directory.Entitlement{
		Named: true, ExternalID: groupID + name, Kind: iam.Group, Name: name, DN: groupID + name, Refs: []string{groupID + name},
		Facts: iam.EntitlementFacts{
			Privileged: slices.ContainsFunc(p.privileged, func(s string) bool { return foldText(s) == foldText(name) }),
			CreatedAt:  iam.NotSupportedMoment, ModifiedAt: iam.NotSupportedMoment,
		},
	}
}

// refOf is how rows are pointed at. Keys and numbers are equal only if they are
// the same; case means nothing in a login or an address.
func refOf(by, value string) string {
	if value = strings.TrimSpace(value); value == "" || by == managerNumber && number(value) == "" {
		return ""
	}
	if by == managerMail || by == managerLogin {
		value = foldText(value)
	}
	return by + ":" + value
}

// skipped is a row that cannot be used.
func (p *interpreter) skipped(r record, faults []directory.Fault) directory.Skipped {
	s := directory.Skipped{DN: fmt.Sprintf("row %d", r.row)}
	if r.key != "" {
		s.DN, s.Ref = fmt.Sprintf("%s=%s", p.cfg.KeyColumn, r.key), refOf(managerKey, r.key)
	}
	var reasons []string
	for _, f := range faults {
		reasons = append(reasons, faultText(f))
	}
	s.Reason = strings.Join(reasons, "; ")
	return s
}

// faultText says a fault in one sentence, without its end.
func faultText(f directory.Fault) string {
	where := fmt.Sprintf("row %d", f.Row)
	if f.Column != "" {
		where += ", column " + f.Column
	}
	if f.Value != "" {
		return fmt.Sprintf("%s: %q %s", where, f.Value, f.Text)
	}
	return where + ": " + f.Text
}
