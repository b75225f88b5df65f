package ad

import (
	"strconv"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
)

// pause lies between two questions of a Watch.
const pause = 500 * time.Millisecond

// patience lies between two reads for deletions that leave no trace: such a read
// lists all ids, and a busy controller counts a change every second.
const patience = 2 * time.Minute

// watch tells of changes after last until the context ends.
func (r *reading) watch(last cursor, changed func()) error {
	known := last.USN
	if why, err := r.reason(last, r.cursor()); why != "" || err != nil {
		changed() // a read will find out
		known = r.dc.usn
	}
	traceless, err := r.leavesNoTrace()
	if err != nil {
		return r.explain(r.ctx, "waiting for changes", err)
	}
	l := ldap.NewLayout()
	count := l.Want("highestCommittedUSN")
	unseen, looked := false, time.Now()
	for {
		var usn int64
		err := r.session.Search(ldap.Query{Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(row *ldap.Row) error {
			usn, _ = number(row.First(count))
			return nil
		}, nil)
		if err == nil && usn > known {
			var concerned bool
			if concerned, err = r.concerned(known); concerned {
				changed() // a read lists what is there
				unseen, looked = false, time.Now()
			} else {
				unseen = traceless
			}
			known = usn
		}
		if unseen && time.Since(looked) >= r.patience {
			changed()
			unseen, looked = false, time.Now()
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

// leavesNoTrace reports whether a deletion shows in the controller's count of
// changes alone. Then whatever raised it may have been one.
func (r *reading) leavesNoTrace() (bool, error) {
	visible, _, err := r.seesDeleted()
	return !visible, err
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
