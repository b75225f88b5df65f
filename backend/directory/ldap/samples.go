package ldap

import (
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// samples shows ten entries as they will look, chosen for variety, and tells
// the directory's watchers what a read will be like.
func (k *checker) samples() {
	accounts, err := k.firstAccounts()
	if err == nil {
		err = k.fillSamples(varied(accounts, 10))
	}
	groups := newGroupReader(k.srv.schema, k.cfg.Mapping, k.sights, k.source.base)
	if err == nil {
		err = k.weighGroups(groups)
	}
	switch {
	case iam.KindOf(err) == iam.Unsupported:
		k.fail("kind", "Kind", "", err)
		return
	case err != nil:
		k.fail("base", "Samples", "reading ten entries", err)
		return
	}
	attributes := newAccountReader(k.srv.schema, k.cfg.Mapping, k.sights, k.rules, k.now()).layout.names
	volume := fmt.Sprintf("%s accounts and %s groups, about %s a full read", counted(k.accounts), counted(k.groups),
		size(k.accountBytes*int64(k.accounts)+k.groupBytes*int64(k.groups)))
	k.report.Watchers = directory.Watchers{
		Account: k.bindName(),
		Binds:   "one for each read, and one that stays where changes are followed live",
		Filters: []string{
			fmt.Sprintf("%s from %s, %d a page, %d attributes by name", k.cfg.Mapping.UserFilter, k.cfg.BaseDN, k.pageSize, len(attributes)),
			fmt.Sprintf("%s from %s, %d a page, %d attributes by name", k.cfg.Mapping.GroupFilter, k.cfg.BaseDN, k.pageSize, len(groups.layout.names)),
			fmt.Sprintf("before a read, up to %d searches for one entry each", len(stateProbes(k.cfg.Mapping))),
			fmt.Sprintf("a read of changes: (objectClass=*) from %s without attributes, for what changed; then the two above for these entries, %d at a time", k.cfg.BaseDN, batch),
		},
		Volume: volume,
		Never:  "writes, stored passwords, photos, referrals",
	}
}

func size(bytes int64) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", bytes/1000+1)
	}
	return fmt.Sprintf("%d MB", (bytes+500_000)/1_000_000)
}

// firstAccounts reads one page of accounts in full. It reports a failed kind
// where none has an immutable id.
func (k *checker) firstAccounts() ([]directory.Account, error) {
	reader := newAccountReader(k.srv.schema, k.cfg.Mapping, k.sights, k.rules, k.now())
	var accounts []directory.Account
	var line row
	seen, before := int64(0), k.conn.received
	err := k.conn.paged(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: k.cfg.Mapping.UserFilter, attrs: reader.layout.names}, sampleSize,
		func(e *entry) error {
			seen++
			reader.layout.fill(&line, e)
			if id := reader.ids.of(&line); id != "" && refOfDN(clean(line.dn)) != "" {
				accounts = append(accounts, reader.account(&line, id))
			}
			return nil
		}, nil, func() error { return errEnough })
	if seen > 0 {
		k.accountBytes = (k.conn.received - before) / seen
	}
	if err == errEnough {
		err = nil
	}
	if err == nil && seen > 0 && len(accounts) == 0 {
		err = noStableID()
	}
	return accounts, err
}

// weighGroups estimates the bytes of a group.
func (k *checker) weighGroups(g *groupReader) error {
	seen, before := int64(0), k.conn.received
	err := k.conn.paged(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: k.cfg.Mapping.GroupFilter, attrs: g.layout.names}, 50,
		func(*entry) error { seen++; return nil }, nil, func() error { return errEnough })
	if seen > 0 {
		k.groupBytes = (k.conn.received - before) / seen
	}
	if err == errEnough {
		err = nil
	}
	return err
}

// varied picks up to n accounts that differ most, in their order: each next one
// is the first that shows the most that none before showed.
func varied(accounts []directory.Account, n int) []directory.Account {
	shown, picked := map[string]bool{}, make([]bool, len(accounts))
	for range min(n, len(accounts)) {
		best, most := -1, -1
		for i, a := range accounts {
			if picked[i] {
				continue
			}
			fresh := 0
			for _, trait := range traits(a) {
				if !shown[trait] {
					fresh++
				}
			}
			if fresh > most {
				best, most = i, fresh
			}
		}
		picked[best] = true
		for _, trait := range traits(accounts[best]) {
			shown[trait] = true
		}
	}
	var chosen []directory.Account
	for i, a := range accounts {
		if picked[i] {
			chosen = append(chosen, a)
		}
	}
	return chosen
}

// traits are what makes an account look different in a list.
func traits(a directory.Account) []string {
	f := a.Facts
	_, unit, _ := strings.Cut(a.DN, ",")
	ascii := "plain"
	for _, r := range f.Name {
		if r >= 0x80 || r == '"' || r == ',' || r == '\'' {
			ascii = "special"
		}
	}
	return []string{
		"sort " + string(f.Sort), "enabled " + f.Enabled.String(), "locked " + f.Locked.String(), "name " + ascii, "unit " + unit,
		"department " + f.Department, "sign-in " + f.LastSignIn.State(), "type " + f.EmployeeType,
		fmt.Sprint("manager ", f.ManagerRef != ""), fmt.Sprint("login ", f.Login != ""), fmt.Sprint("escaped ", strings.Contains(a.DN, `\`)),
	}
}

// fillSamples adds the number of direct groups and the manager's name.
func (k *checker) fillSamples(accounts []directory.Account) error {
	names := map[string]string{}
	for _, a := range accounts {
		names[a.Refs[0]] = a.Facts.Name
	}
	for _, a := range accounts {
		sample := directory.Sample{Account: a}
		dn, login := goldap.EscapeFilter(a.DN), goldap.EscapeFilter(a.Facts.Login)
		filter := "(&" + k.cfg.Mapping.GroupFilter + "(|(member=" + dn + ")(uniqueMember=" + dn + ")(memberUid=" + login + ")))"
		err := k.conn.paged(query{base: k.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: []string{"1.1"}}, k.pageSize,
			func(*entry) error { sample.Groups++; return nil }, nil, nil)
		if err := broken(err); err != nil {
			return err
		}
		if sample.Manager, err = k.nameOf(a.Facts, names); err != nil {
			return err
		}
		k.report.Samples = append(k.report.Samples, sample)
	}
	return nil
}

func (k *checker) nameOf(f iam.AccountFacts, names map[string]string) (string, error) {
	if f.ManagerRef == "" {
		return "", nil
	}
	if name, ok := names[f.ManagerRef]; ok {
		return name, nil
	}
	attr := k.cfg.Mapping.Name
	if attr == "" {
		attr = "cn"
	}
	found, err := k.conn.objects(query{base: strings.TrimPrefix(f.ManagerRef, "dn:"), scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{attr, "cn"}})
	if err := broken(err); err != nil {
		return "", err
	}
	if len(found) > 0 {
		if names[f.ManagerRef] = found[0].first(lowerASCII(attr)); names[f.ManagerRef] == "" {
			names[f.ManagerRef] = found[0].first("cn")
		}
	}
	return names[f.ManagerRef], nil
}
