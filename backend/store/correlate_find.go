package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"gatehouse/backend/iam"
)

// unit is one person of the reading: an account, or several with one number.
type unit struct {
	key   string
	faces []*face
	had   iam.ID // the identity it had; 0: none
	by    string // the rule that linked it to that; empty: none
	near  map[iam.ID]bool

	fits  []*Candidate // all, the best first
	link  *Candidate   // found
	stays bool         // with the identity it had, although others have it, too
	ask   []*Candidate // the best first
}

// findRest looks at each unit that has no identity yet.
func (c *correlator) findRest(ctx context.Context) error {
	var others bool
	if err := c.t.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM main.source_counts WHERE source_id <> ? AND accounts > 0)`, c.source).Scan(&others); err != nil || !others {
		return err
	}
	if err := c.loadUnits(ctx); err != nil || len(c.units) == 0 {
		return err
	}
	people, err := c.candidates(ctx)
	if err != nil {
		return err
	}
	if err := c.markShared(ctx, people); err != nil {
		return err
	}
	different, err := c.t.differences(ctx)
	if err != nil {
		return err
	}
	for _, u := range c.units {
		c.decide(u, people, different)
	}
	return c.onlyOne(ctx, people, different)
}

const faceColumns = `%[1]s.employee_number, coalesce(%[2]s.mail, ''), coalesce(%[2]s.phone, ''), %[1]s.login_fold, lower(substr(%[1]s.principal_name, 1, instr(%[1]s.principal_name || '@', '@') - 1)),
  %[1]s.given_name, %[1]s.surname, %[1]s.name, %[1]s.department, %[1]s.location, %[1]s.employee_type`

// facesOf is faceColumns of an account a with its contact c.
func facesOf(a, c string) string {
	return strings.NewReplacer("%[1]s", a, "%[2]s", c).Replace(faceColumns)
}

func (f *face) places() []any {
	return []any{&f.number, &f.mail, &f.phone, &f.login, &f.principal, &f.given, &f.surname, &f.name, &f.department, &f.location, &f.kind}
}

func (c *correlator) loadUnits(ctx context.Context) error {
	rows, err := c.t.tx.QueryContext(ctx, `SELECT i.ikey, m.id, coalesce(b.identity_id, 0), coalesce(l.rule, ''), `+facesOf("a", "a")+`
	  FROM stage.idents i CROSS JOIN stage.mine m ON m.ikey = i.ikey CROSS JOIN stage.accounts a ON a.sid = m.sid LEFT JOIN stage.had b ON b.ikey = i.ikey
	    LEFT JOIN main.identity_links l ON l.account_id = m.id AND l.until = 9223372036854775807
	  WHERE i.identity_id = 0 ORDER BY i.ikey, m.id`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var u unit
		f := &face{source: c.source}
		if err := rows.Scan(append([]any{&u.key, &f.account, &u.had, &u.by}, f.places()...)...); err != nil {
			return err
		}
		f.ready()
		if n := len(c.units); n > 0 && c.units[n-1].key == u.key {
			c.units[n-1].faces = append(c.units[n-1].faces, f)
			continue
		}
		u.faces, u.near = []*face{f}, map[iam.ID]bool{}
		c.units = append(c.units, &u)
	}
	return rows.Err()
}

// blockMost is how many people with one surname and initial are looked at
// beside those whose name is equal.
const blockMost = 30

// candidates finds, for every unit, the identities that share a number, a mail,
// a login or nearly a name with it, and returns the accounts of them all.
func (c *correlator) candidates(ctx context.Context) (map[iam.ID][]*face, error) {
	if err := c.probe(ctx); err != nil {
		return nil, err
	}
	near, err := c.t.tx.QueryContext(ctx, `SELECT n, identity_id FROM stage.neighbours`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = near.Close() }()
	for near.Next() {
		var n int
		var id iam.ID
		if err := near.Scan(&n, &id); err != nil {
			return nil, err
		}
		c.units[n].near[id] = true
	}
	if err := near.Err(); err != nil {
		return nil, err
	}
	rows, err := c.t.tx.QueryContext(ctx, `SELECT k.id, k.identity_id, k.source_id, `+facesOf("k", "c")+`
	  FROM (SELECT identity_id FROM stage.neighbours UNION SELECT identity_id FROM stage.had) n CROSS JOIN main.open_accounts k ON k.identity_id = n.identity_id LEFT JOIN main.contacts c ON c.account_id = k.id
	  WHERE k.id NOT IN (SELECT id FROM stage.mine) AND k.id NOT IN (SELECT id FROM stage.delta_objects WHERE op = 'removed') ORDER BY k.id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	people := map[iam.ID][]*face{}
	for rows.Next() {
		f := &face{}
		if err := rows.Scan(append([]any{&f.account, &f.identity, &f.source}, f.places()...)...); err != nil {
			return nil, err
		}
		f.ready()
		people[f.identity] = append(people[f.identity], f)
	}
	return people, rows.Err()
}

// probe fills stage.neighbours with the number of a unit and an identity near it.
func (c *correlator) probe(ctx context.Context) error {
	const inOther = ` AND k.until = 9223372036854775807 AND k.source_id <> @source AND k.identity_id > 0`
	type probe [4]any // the unit's number, kind, from, to
	var some []probe
	flush := func() error {
		text, err := json.Marshal(some)
		if err != nil {
			return err
		}
		some = some[:0]
		return c.exec(ctx, []any{sql.Named("some", string(text))}, `INSERT INTO stage.probes SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(@some)`)
	}
	if err := c.exec(ctx, nil, `CREATE TABLE stage.probes (n INTEGER NOT NULL, kind TEXT NOT NULL, lo TEXT NOT NULL, hi TEXT NOT NULL)`, `CREATE TABLE stage.neighbours (n INTEGER NOT NULL, identity_id INTEGER NOT NULL, PRIMARY KEY (n, identity_id)) WITHOUT ROWID`); err != nil {
		return err
	}
	for n, u := range c.units {
		for _, f := range u.faces {
			for _, p := range f.probes(c.rules) {
				some = append(some, probe{n, p[0], p[1], p[2]})
			}
		}
		if len(some) > 20_000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	// An address that very many have is nobody's own: it finds no one.
	// The plus takes the column's affinity away: the indexes are on expressions,
	// which have none.
	return c.exec(ctx, nil,
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN main.accounts k ON ltrim(k.employee_number, '0') = +p.lo AND k.employee_number <> ''`+inOther+` WHERE p.kind = 'number'`,
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN main.contacts c ON lower(c.mail) = +p.lo AND c.mail <> '' CROSS JOIN main.accounts k ON k.id = c.account_id`+inOther+` WHERE p.kind = 'mail'
		   AND (SELECT count(*) FROM (SELECT 1 FROM main.contacts x WHERE lower(x.mail) = +p.lo AND x.mail <> '' LIMIT `+strconv.Itoa(blockMost+1)+`)) <= `+strconv.Itoa(blockMost),
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN main.accounts k ON k.login_fold = p.lo`+inOther+` WHERE p.kind = 'login'`,
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN main.accounts k ON lower(substr(k.principal_name, 1, instr(k.principal_name || '@', '@') - 1)) = +p.lo AND k.principal_name <> ''`+inOther+` WHERE p.kind = 'login'`,
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN main.accounts k ON k.name_fold = p.lo`+inOther+` WHERE p.kind = 'name'`,
		`INSERT OR IGNORE INTO stage.neighbours SELECT p.n, k.identity_id FROM stage.probes p CROSS JOIN json_each((SELECT json_group_array(id) FROM (SELECT b.id FROM main.open_accounts b WHERE b.name_fold >= p.lo AND b.name_fold < p.hi ORDER BY b.name_fold LIMIT `+strconv.Itoa(blockMost)+`))) AS j CROSS JOIN main.accounts k ON k.id = j.value`+inOther+` WHERE p.kind = 'block'`)
}

// markShared marks the faces whose mail stands on more than one account of their
// source, as this reading has it: that of a shared mailbox proves nobody.
func (c *correlator) markShared(ctx context.Context, people map[iam.ID][]*face) error {
	if err := c.exec(ctx, nil,
		`CREATE TABLE stage.boxes (mail TEXT NOT NULL, source_id INTEGER NOT NULL, account_id INTEGER NOT NULL, PRIMARY KEY (mail, source_id, account_id)) WITHOUT ROWID`,
		`INSERT OR IGNORE INTO stage.boxes SELECT lower(trim(a.mail)), @source, o.object_id FROM stage.accounts a JOIN stage.objects o ON o.sid = a.sid
		 WHERE lower(trim(a.mail)) IN (SELECT lo FROM stage.probes WHERE kind = 'mail')`,
		`INSERT OR IGNORE INTO stage.boxes SELECT p.lo, k.source_id, k.id FROM (SELECT DISTINCT lo FROM stage.probes WHERE kind = 'mail') p
		   CROSS JOIN main.contacts c ON lower(c.mail) = +p.lo AND c.mail <> '' CROSS JOIN main.open_accounts k ON k.id = c.account_id
		 WHERE k.id NOT IN (SELECT o.object_id FROM stage.accounts a JOIN stage.objects o ON o.sid = a.sid) AND k.id NOT IN (SELECT id FROM stage.delta_objects WHERE op = 'removed')`); err != nil {
		return err
	}
	type box struct {
		mail   string
		source iam.ID
	}
	shared := map[box]bool{}
	if _, err := each(ctx, &c.t.Reader, `SELECT mail, source_id FROM stage.boxes GROUP BY mail, source_id HAVING count(*) > 1`, nil, func(rows *sql.Rows, b *box) error {
		err := rows.Scan(&b.mail, &b.source)
		shared[*b] = true
		return err
	}); err != nil {
		return err
	}
	mark := func(faces []*face) {
		for _, f := range faces {
			f.shared = shared[box{f.mail, f.source}]
		}
	}
	for _, u := range c.units {
		mark(u.faces)
	}
	for _, faces := range people {
		mark(faces)
	}
	return nil
}

// probes are what others are looked up by: kind, from, to.
func (f *face) probes(rules iam.Correlation) (out [][3]string) {
	add := func(kind, value, end string) {
		if value != "" {
			out = append(out, [3]string{kind, value, end})
		}
	}
	add("number", f.number, "")
	add("mail", f.mail, "")
	if local, domain, ok := strings.Cut(f.mail, "@"); ok {
		for _, a := range rules.MailAliases {
			for _, x := range [][2]string{{a.Domain, a.Other}, {a.Other, a.Domain}} {
				if strings.EqualFold(x[0], domain) {
					add("mail", local+"@"+strings.ToLower(x[1]), "")
				}
			}
		}
	}
	add("login", f.login, "")
	if f.principal != f.login {
		add("login", f.principal, "")
	}
	if f.given == "" || f.surname == "" {
		return out
	}
	var seen []string
	for _, n := range [][2]string{{f.given, f.surname}, {f.surname, f.given}} {
		for _, spell := range []func(string) string{Fold, func(s string) string { return Fold(spelled.Replace(strings.ToLower(s))) }, func(s string) string { return twoLetters.Replace(Fold(s)) }} {
			given, surname := spell(n[0]), spell(n[1])
			full := surname + ", " + given
			if slices.Contains(seen, full) {
				continue
			}
			seen = append(seen, full)
			add("name", full, "")
			if n[0] == f.given {
				from := surname + ", " + string([]rune(given)[:1])
				add("block", from, from+"\U0010FFFF")
			}
		}
	}
	return out
}

// decide weighs the candidates of a unit.
func (c *correlator) decide(u *unit, people map[iam.ID][]*face, different map[[2]iam.ID]bool) {
	var fits []*Candidate
	for identity := range u.near {
		if best := bestFit(c.rules, u.faces, people[identity], different); best != nil {
			fits = append(fits, best)
		}
	}
	slices.SortFunc(fits, func(a, b *Candidate) int {
		return cmp.Or(cmp.Compare(b2i(a.Effect != iam.Link), b2i(b.Effect != iam.Link)), cmp.Compare(a.order, b.order), cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Identity, b.Identity))
	})
	u.fits = fits
	var links []*Candidate
	for _, f := range fits {
		if f.Effect == iam.Link {
			links = append(links, f)
		}
	}
	shared := u.had != 0 && len(people[u.had]) > 0
	if len(links) == 1 && (links[0].Identity == u.had || !shared || bestFit(c.rules, u.faces, people[u.had], different) == nil) && !hasRival(links[0], fits) &&
		// A second account of one source needs its number, or a person's word.
		(links[0].rule.Has(iam.SameNumber) || u.had == links[0].Identity || !hasIn(people[links[0].Identity], c.source)) {
		u.link = links[0]
		return
	}
	c.leave(u, people, different)
}

// leave leaves a unit that no rule links where it may stay, and asks about all
// who fit.
func (c *correlator) leave(u *unit, people map[iam.ID][]*face, different map[[2]iam.ID]bool) {
	u.link, u.stays = nil, u.had != 0 && len(people[u.had]) > 0 && c.mayStay(u, people[u.had], different)
	u.ask = slices.DeleteFunc(slices.Clone(u.fits), func(x *Candidate) bool { return x.Identity == u.had && u.stays })
	u.ask = u.ask[:min(len(u.ask), 5)]
}

// hasRival says whether somebody else is called so, too: then a number must tell
// them apart.
func hasRival(link *Candidate, fits []*Candidate) bool {
	if link.rule.Has(iam.SameNumber) {
		return false
	}
	return slices.ContainsFunc(fits, func(f *Candidate) bool { return f.Identity != link.Identity && f.named >= nearName })
}

func hasIn(faces []*face, source iam.ID) bool {
	return slices.ContainsFunc(faces, func(f *face) bool { return f.source == source })
}

// bestFit is the best fit of accounts to those of an identity, or nil if none
// fits or anything contradicts.
func bestFit(rules iam.Correlation, mine, others []*face, different map[[2]iam.ID]bool) *Candidate {
	var best *Candidate
	for _, a := range mine {
		for _, b := range others {
			if a.number != "" && b.number != "" && a.number != b.number || different[ordered(a.account, b.account)] {
				return nil
			}
			if b.source == a.source {
				continue
			}
			f := fit(rules, a, b)
			if f != nil && (best == nil || cmp.Or(cmp.Compare(b2i(f.Effect != iam.Link), b2i(best.Effect != iam.Link)), cmp.Compare(f.order, best.order), cmp.Compare(best.Confidence, f.Confidence)) < 0) {
				best = f
			}
		}
	}
	return best
}

// mayStay says whether a unit stays with an identity that has other accounts:
// the number still agrees, or what linked it was no number and is still so.
func (c *correlator) mayStay(u *unit, others []*face, different map[[2]iam.ID]bool) bool {
	stays := false
	for _, a := range u.faces {
		for _, b := range others {
			if a.number != "" && b.number != "" && a.number != b.number || different[ordered(a.account, b.account)] {
				return false
			}
			p := compareFaces(c.rules, a, b)
			stays = stays || p.number || u.by != "" && !c.byNumber(u.by) && (p.mail || p.login)
		}
	}
	return stays
}

func (c *correlator) byNumber(rule string) bool {
	return slices.ContainsFunc(c.rules.Rules, func(r iam.CorrelationRule) bool { return r.Name == rule && r.Has(iam.SameNumber) })
}

// onlyOne takes back links of several units to one identity: at most one of
// them can be right, unless all have its number.
func (c *correlator) onlyOne(ctx context.Context, people map[iam.ID][]*face, different map[[2]iam.ID]bool) error {
	taken, err := c.taken(ctx)
	if err != nil {
		return err
	}
	for _, u := range c.units {
		if u.link != nil {
			taken[u.link.Identity]++
		}
	}
	for _, u := range c.units {
		if u.link != nil && taken[u.link.Identity] > 1 {
			c.leave(u, people, different)
		}
	}
	return nil
}

// taken counts the units that got their identity by number alone.
func (c *correlator) taken(ctx context.Context) (map[iam.ID]int, error) {
	rows, err := c.t.tx.QueryContext(ctx, `SELECT identity_id, count(*) FROM stage.idents WHERE identity_id > 0 GROUP BY identity_id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[iam.ID]int{}
	for rows.Next() {
		var id iam.ID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}

// ordered is a pair of accounts, the smaller id first.
func ordered(a, b iam.ID) [2]iam.ID { return [2]iam.ID{min(a, b), max(a, b)} }

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
