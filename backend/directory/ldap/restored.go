package ldap

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// An OpenLDAP that was restored from an older copy, and written to since, takes
// the cookie of before for one of its own and tells nothing of what it lost. So
// the cursor remembers some of what was there, and what was not.

// witness is an entry that was there with its last change.
type witness struct {
	ID  string `json:"id"`  // entryUUID
	CSN string `json:"csn"` // entryCSN, which only grows
}

// maxWitnesses bounds the entries that a cursor remembers: several, since one
// that is written all the time would hide what was lost. maxLooked bounds those
// that a search for them looks at.
const (
	maxWitnesses = 8
	maxLooked    = 200
)

// witnessAges are how far back from the newest change witnesses are looked for,
// until there are enough.
var witnessAges = []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 100 * 24 * time.Hour, 20 * 365 * 24 * time.Hour}

// csnTime is how a CSN begins.
const csnTime = "20060102150405.000000Z"

// marksOf are the marks in a cookie of OpenLDAP, by the number of their server.
func marksOf(cookie string) map[string]string {
	marks := map[string]string{}
	_, list, _ := strings.Cut(cookie, "csn=")
	list, _, _ = strings.Cut(list, ",")
	for _, csn := range strings.Split(list, ";") {
		if parts := strings.Split(csn, "#"); len(parts) == 4 {
			marks[parts[2]] = csn
		}
	}
	return marks
}

// witnesses are the newest entries below the base that a cookie stands for.
func (r *reading) witnesses(cookie string) ([]witness, error) {
	marks := marksOf(cookie)
	if r.srv.is389() || len(marks) == 0 {
		return nil, nil
	}
	last, exact := "", "(|"
	for _, csn := range marks {
		last = max(last, csn)
		exact += "(entryCSN=" + goldap.EscapeFilter(csn) + ")"
	}
	newest, err := time.Parse(csnTime, last[:strings.IndexByte(last, '#')])
	if err != nil {
		return nil, nil // a mark of another form is none of OpenLDAP's
	}
	var found []witness
	for _, age := range witnessAges {
		after := newest.Add(-age).Format(csnTime) + "#000000#000#000000"
		some, all, err := r.stamped(r.cfg.BaseDN, "(entryCSN>="+after+")", maxLooked)
		if err != nil {
			return nil, err
		}
		for _, w := range some {
			if parts := strings.Split(w.CSN, "#"); len(parts) == 4 && w.ID != "" && w.CSN <= marks[parts[2]] && !slices.Contains(found, w) {
				found = append(found, w)
			}
		}
		if !all && age == witnessAges[0] { // the newest may not be among them
			if some, _, err = r.stamped(r.cfg.BaseDN, exact+")", len(marks)); err != nil {
				return nil, err
			}
			found = append(some, found...)
		}
		if !all || len(found) >= maxWitnesses {
			break
		}
	}
	slices.SortStableFunc(found, func(a, b witness) int { return cmp.Compare(b.CSN, a.CSN) })
	found = slices.Compact(found)
	return found[:min(len(found), maxWitnesses)], nil
}

// stamped are entries with their last changes; all is false if there may be more.
func (r *reading) stamped(base, filter string, most int) (found []witness, all bool, err error) {
	objects, err := r.conn.objects(query{base: base, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: []string{"entryUUID", "entryCSN"}, limit: most})
	var refused *resultError
	if all = !errors.As(err, &refused); !all {
		err = nil
	}
	for _, o := range objects {
		found = append(found, witness{lowerASCII(o.first("entryuuid")), o.first("entrycsn")})
	}
	return found, all, err
}

// restored says that what a server keeps contradicts what it told before.
func restored() error {
	return mustReadAll("Everything was read: the server may have been restored from an older copy.")
}

// proveKept doubts a server that lost what the cursor remembers. missing are the
// witnesses of which the changes must tell that they are gone.
func (r *reading) proveKept(from cursor) (missing []string, err error) {
	var ids []string
	intact := "" // the newest that is as it was: what is older was in any copy, and was deleted since
	kept := map[string]string{}
	for _, w := range from.Witnesses {
		ids = append(ids, w.ID)
		kept[w.ID] = w.CSN
	}
	ids = append(ids, from.Nowhere...)
	if len(ids) == 0 || r.srv.is389() {
		return nil, nil
	}
	for part := range slices.Chunk(ids, maxWitnesses/2) { // few, so that no limit of the server is met
		found, all, err := r.stamped(r.suffix(), anyOf([]string{"entryUUID"}, part), 0)
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			// What was nowhere has no CSN of before: that it is there is enough.
			if before := kept[w.ID]; before == "" || w.CSN < before {
				return nil, restored()
			} else if w.CSN == before {
				intact = max(intact, w.CSN)
			}
			delete(kept, w.ID)
		}
		if !all {
			return nil, mustReadAll("Everything was read: the server does not say whether it was restored from an older copy.")
		}
	}
	maps.DeleteFunc(kept, func(_, csn string) bool { return csn < intact })
	return sortedKeys(kept), nil
}

// remember makes the cursor keep what the next read proves the server by; gone
// is what this one found nowhere.
func (r *reading) remember(c *cursor, gone []string) (err error) {
	if c.How != bySync || r.srv.is389() {
		return nil
	}
	c.Nowhere = slices.Concat(gone, c.Nowhere)
	c.Nowhere = c.Nowhere[:min(len(c.Nowhere), maxWitnesses)]
	c.Witnesses, err = r.witnesses(c.Cookie)
	return err
}
