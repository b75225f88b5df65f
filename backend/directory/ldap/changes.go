package ldap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
)

// batch is how many entries a search by ids asks for.
const batch = 100

// changes reads what changed since the cursor. Its error is a *fullRead, before
// anything was yielded, where only a full read can tell.
func (r *reading) changes(since directory.Cursor) (directory.End, error) {
	end := directory.End{Changes: true}
	from, err := r.resume(since)
	if err != nil {
		return end, err
	}
	before := from.Cookie
	found, err := r.find(&from)
	if err != nil {
		return end, err
	}
	records, nowhere, err := r.resolve(found)
	if err != nil {
		return end, err
	}
	if from.Cookie != before {
		if err := r.remember(&from, nowhere); err != nil {
			return end, err
		}
	}
	if err := r.reread(found, r.below(found)); err != nil {
		return end, err
	}
	if found.list {
		end.Changes, end.Note = false, "The server told what changed and not what is gone, so the ids of all entries were listed."
		if err := r.list(); err != nil {
			return end, err
		}
	}
	for _, record := range append(r.unfit(found), records...) {
		if err := r.yield(record); err != nil {
			return end, err
		}
	}
	from.Newest = max(from.Newest, r.newest)
	end.Cursor = from.encode()
	return end, nil
}

// places are entries that may have changed, by how the server names them, with
// the external ids of those that are there.
type places struct {
	attrs []string // that the ids are values of
	found map[string]place
	gone  []string // not in the content any more
	list  bool     // more may be gone: only a list of all that is there can tell
}

// place is one entry that is there.
type place struct {
	external, dn string
	parent       bool // it has entries below it
}

// find asks which entries changed, and moves the cursor on.
func (r *reading) find(from *cursor) (places, error) {
	if from.How == byTimes {
		return r.findByTimes(*from)
	}
	missing, err := r.proveKept(*from)
	if err != nil {
		return places{}, err
	}
	s, err := r.conn.refresh(r.cfg.BaseDN, goldap.ScopeWholeSubtree, from.Cookie)
	var refused *resultError
	switch {
	case hasCode(err, goldap.LDAPResultSyncRefreshRequired):
		return places{}, mustReadAll("Everything was read: the server no longer keeps the changes since the last read.")
	case hasCode(err, goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultAdminLimitExceeded):
		return places{}, mustReadAll("Everything was read: a limit of the server stopped the list of changes, which comes in one piece. %s", r.limitsRemedy())
	case errors.As(err, &refused):
		return places{}, mustReadAll("Everything was read: the server does not tell the changes since the last read (%d%s).", refused.code, quoted(refused.diagnostic))
	case err != nil:
		return places{}, err
	case s.tooMany:
		return places{}, mustReadAll("Everything was read: more than %d entries changed.", maxChanges)
	case !s.present && !s.deletes && !r.srv.is389():
		return places{}, mustReadAll("Everything was read: the server no longer keeps the changes since the last read.")
	}
	attr := r.syncAttribute()
	p := places{attrs: []string{attr}, found: map[string]place{}, list: s.present}
	for id := range s.gone {
		p.gone = append(p.gone, id.as(attr))
	}
	if slices.ContainsFunc(missing, func(id string) bool { return !slices.Contains(p.gone, id) }) {
		return places{}, restored()
	}
	if r.srv.is389() {
		if err := r.proveTold(*from, s); err != nil {
			return places{}, err
		}
	}
	from.Cookie = s.cookie
	ids := make([]string, 0, len(s.changed))
	for id := range s.changed {
		ids = append(ids, id.as(attr))
	}
	if err := r.locate(&p, r.cfg.BaseDN, ids); err != nil {
		return p, err
	}
	if attr != "entryUUID" && r.srv.schema.has("entryUUID") {
		// Its name for what is gone is another one than that of the records.
		p.list, p.gone = p.list || len(p.gone) > 0, nil
	}
	return p, nil
}

func quoted(diagnostic string) string {
	if diagnostic == "" {
		return ""
	}
	return fmt.Sprintf(", %q", diagnostic)
}

// syncAttribute holds the ids that content synchronisation tells.
func (r *reading) syncAttribute() string {
	if r.srv.is389() {
		return "nsUniqueId"
	}
	return "entryUUID"
}

// proveTold doubts a 389 Directory Server that tells no change though its
// number of changes rose: without nsuniqueid:targetUniqueId in the retro
// changelog its answer is always empty.
func (r *reading) proveTold(from cursor, s synced) error {
	if len(s.changed)+len(s.gone) > 0 || s.cookie == from.Cookie || from.Newest <= 0 {
		return nil
	}
	after := generalizedTime(from.Newest.Time().Add(time.Second))
	missed := false
	_, err := r.conn.search(query{base: r.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, attrs: []string{"1.1"}, limit: 1,
		filter: "(&(|" + r.cfg.Mapping.UserFilter + r.cfg.Mapping.GroupFilter + ")(modifyTimestamp>=" + after + "))"},
		func(*entry) error { missed = true; return nil }, nil)
	if err := broken(err); err != nil {
		return err
	}
	if missed {
		return mustReadAll("Everything was read: the server's content synchronisation tells no changes though there are some. " +
			"Its retro changelog must keep nsuniqueid:targetUniqueId (nsslapd-attribute).")
	}
	return nil
}

// findByTimes finds what has a modifyTimestamp not before the newest one seen.
func (r *reading) findByTimes(from cursor) (places, error) {
	p := places{attrs: r.idAttributes(), found: map[string]place{}, list: true}
	if from.Newest <= 0 {
		return p, mustReadAll("Everything was read: no entry of the last read had a time of change.")
	}
	after := generalizedTime(from.Newest.Time().Add(-overlap))
	l, ids, parents := locating(r.srv.schema)
	var line row
	err := r.conn.paged(query{base: r.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: "(modifyTimestamp>=" + after + ")", attrs: l.names}, r.pageSize,
		func(e *entry) error {
			l.fill(&line, e)
			if id := ids.of(&line); id != "" {
				p.found[id] = place{external: id, dn: clean(line.dn), parent: parents.of(&line)}
			}
			return nil
		}, nil, func() error { // not within a page: the connection is still needed
			if len(p.found) > maxChanges {
				return mustReadAll("Everything was read: more than %d entries changed.", maxChanges)
			}
			return nil
		})
	var refused *resultError
	if errors.As(err, &refused) {
		return p, mustReadAll("Everything was read: the server does not search by the time of change (%d%s).", refused.code, quoted(refused.diagnostic))
	}
	return p, err
}

// locating is the layout of a search that asks where entries are.
func locating(sch schema) (*layout, idColumns, parentColumns) {
	l := newLayout(sch)
	return l, wantIDs(l), parentColumns{l.want("hasSubordinates"), l.want("numSubordinates")}
}

// parentColumns tell whether an entry has others below it.
type parentColumns struct{ has, number int }

// of is true also where the server does not tell: reading too much is no harm.
func (k parentColumns) of(r *row) bool {
	if v := r.first(k.has); v != "" {
		return strings.EqualFold(v, "TRUE")
	}
	v := r.first(k.number)
	return v != "0"
}

// locate looks for entries by their ids at or below base; those that are not
// there go to gone.
func (r *reading) locate(p *places, base string, ids []string) error {
	l, columns, parents := locating(r.srv.schema)
	named := -1
	if len(p.attrs) == 1 {
		named = l.want(p.attrs[0])
	}
	var line row
	for part := range slices.Chunk(ids, batch) {
		seen := map[string]bool{}
		err := r.conn.paged(query{base: base, scope: goldap.ScopeWholeSubtree, filter: anyOf(p.attrs, part), attrs: l.names}, r.pageSize,
			func(e *entry) error {
				l.fill(&line, e)
				external := columns.of(&line)
				id := external
				if named >= 0 {
					id = lowerASCII(line.first(named))
				}
				seen[id] = true
				p.found[id] = place{external: external, dn: clean(line.dn), parent: parents.of(&line)}
				return nil
			}, nil, nil)
		if err != nil {
			return err
		}
		for _, id := range part {
			if !seen[id] {
				p.gone = append(p.gone, id)
			}
		}
	}
	return nil
}

// idAttributes are those of the immutable ids that the server knows.
func (r *reading) idAttributes() []string {
	return slices.DeleteFunc(slices.Clone(idAttributes), func(attr string) bool { return !r.srv.schema.has(attr) })
}

// anyOf is the filter that finds entries by an id in one of the attributes.
func anyOf(attrs, ids []string) string {
	var b strings.Builder
	b.WriteString("(|")
	for _, id := range ids {
		for _, attr := range attrs {
			b.WriteString("(" + attr + "=" + goldap.EscapeFilter(id) + ")")
		}
	}
	b.WriteString(")")
	return b.String()
}

// below are the found entries that have entries below them. A renamed container
// renames these without changing them.
func (r *reading) below(p places) (dns []string) {
	for _, at := range p.found {
		if normal, ok := normalDN(at.dn); at.parent && ok && normal != r.base {
			dns = append(dns, at.dn)
		}
	}
	return dns
}

// reread reads the found entries by the searches of a full read, and everything
// below some.
func (r *reading) reread(p places, below []string) error {
	ids := sortedKeys(p.found)
	r.again = true
	for _, step := range []struct {
		filter string
		layout *layout
		each   func(*entry) error
	}{
		{r.cfg.Mapping.UserFilter, r.accountReader.layout, r.account},
		{r.cfg.Mapping.GroupFilter, r.groupReader.layout, r.group},
	} {
		for part := range slices.Chunk(ids, batch) {
			if err := r.search(r.cfg.BaseDN, "(&"+step.filter+anyOf(p.attrs, part)+")", step.layout, step.each); err != nil {
				return err
			}
		}
		for _, dn := range below {
			err := r.search(dn, step.filter, step.layout, step.each)
			if hasCode(err, goldap.LDAPResultNoSuchObject) { // renamed again meanwhile: the next read tells
				err = nil
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// list asks for the ids of everything that the filters find, and tells what was
// not read to be there still.
func (r *reading) list() error {
	l := newLayout(r.srv.schema)
	ids := wantIDs(l)
	for _, filter := range []string{r.cfg.Mapping.UserFilter, r.cfg.Mapping.GroupFilter} {
		err := r.search(r.cfg.BaseDN, filter, l, func(e *entry) error {
			l.fill(&r.line, e)
			id := ids.of(&r.line)
			key := r.key(id)
			if id == "" || r.seen[key] != 0 {
				return nil
			}
			r.seen[key] = asListed
			return r.yield(directory.Present{ExternalID: id})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unfit are the entries that are there and were read neither as an account nor
// as a group.
func (r *reading) unfit(p places) (records []directory.Record) {
	for _, at := range p.found {
		if at.external != "" && !r.told(at.external) {
			records = append(records, directory.Left{ExternalID: at.external})
		}
	}
	return records
}

// resolve finds out what became of the entries that are gone from the base:
// moved elsewhere, or deleted. That an entry is nowhere proves its deletion only
// to an account from which nothing is hidden.
func (r *reading) resolve(p places) (records []directory.Record, nowhere []string, err error) {
	if len(p.gone) == 0 {
		return nil, nil, nil
	}
	elsewhere := places{attrs: p.attrs, found: map[string]place{}}
	if err := r.locate(&elsewhere, r.suffix(), p.gone); err != nil {
		return nil, nil, err
	}
	for id, at := range elsewhere.found {
		if at.external == "" {
			at.external = id
		}
		records = append(records, directory.Left{ExternalID: at.external})
	}
	if len(elsewhere.gone) == 0 {
		return records, nil, nil
	}
	all, err := r.seesAll()
	if err != nil {
		return nil, nil, err
	}
	for _, id := range elsewhere.gone {
		if all {
			records = append(records, directory.Deleted{ExternalID: id})
		} else {
			records = append(records, directory.Left{ExternalID: id})
		}
	}
	return records, elsewhere.gone, nil
}

// maxContainers bounds how many containers seesAll looks into.
const maxContainers = 2000

// seesAll reports whether nothing in the naming context looks hidden from the
// bind account: its entry is seen, and every container that says that it has
// entries below it shows one.
func (r *reading) seesAll() (bool, error) {
	suffix := r.suffix()
	containers, err := r.conn.objects(query{base: suffix, scope: goldap.ScopeWholeSubtree, limit: maxContainers, attrs: []string{"1.1"},
		filter: "(&(|(objectClass=organizationalUnit)(objectClass=organization)(objectClass=domain)(objectClass=dcObject)(objectClass=locality)(objectClass=nsContainer))(hasSubordinates=TRUE))"})
	if err != nil || len(containers) == 0 {
		return false, broken(err)
	}
	shown := false
	for _, one := range containers {
		normal, _ := normalDN(one.dn)
		shown = shown || normal == suffix
		children := 0
		_, err := r.conn.search(query{base: one.dn, scope: goldap.ScopeSingleLevel, filter: "(objectClass=*)", attrs: []string{"1.1"}, limit: 1},
			func(*entry) error { children++; return nil }, func([]string) error { children++; return nil })
		if err := broken(err); err != nil || children == 0 {
			return false, err
		}
	}
	return shown, nil
}
