package ad

import (
	"strconv"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
)

// pause lies between two questions of a Watch.
const pause = 500 * time.Millisecond

// watch tells of changes after last until the context ends.
func (r *reading) watch(last cursor, changed func()) error {
	known := last.USN
	if why, err := r.reason(last, r.cursor()); why != "" || err != nil {
		changed() // a read will find out
		known = r.dc.usn
	}
	l := ldap.NewLayout()
	count := l.Want("highestCommittedUSN")
	for {
		var usn int64
		err := r.session.Search(ldap.Query{Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(row *ldap.Row) error {
			usn, _ = number(row.First(count))
			return nil
		}, nil)
		if err == nil && usn > known {
			var concerned bool
			if concerned, err = r.concerned(known); concerned {
				changed()
			}
			known = usn
		}
		if err != nil {
			return r.explain(r.ctx, "waiting for changes", err)
		}
		select {
		case <-r.ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// concerned reports whether something that a read would tell changed after usn.
func (r *reading) concerned(usn int64) (bool, error) {
	since := "(uSNChanged>=" + strconv.FormatInt(usn+1, 10) + ")"
	found := false
	m := r.cfg.Mapping
	// Containers count too: what lies in one has its name.
	q := whole(r.dc.contextOf(r.base), "(&"+since+"(|"+m.UserFilter+m.GroupFilter+"(objectClass=organizationalUnit)(objectClass=container)(isDeleted=TRUE)))")
	q.Limit, q.Controls = 1, showDeleted
	err := r.session.Search(q, nothing(), func(*ldap.Row) error { found = true; return nil }, nil)
	return found, broken(err)
}
