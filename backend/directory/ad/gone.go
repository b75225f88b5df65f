package ad

import (
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
)

// The controls that make deleted objects visible (MS-ADTS section 3.1.1.3.4.1).
var showDeleted = []goldap.Control{goldap.NewControlMicrosoftShowDeleted(), goldap.NewControlString("1.2.840.113556.1.4.2064", false, "")}

// cannotSeeDeleted is the note of a read that may not look at deleted objects.
const cannotSeeDeleted = "The bind account may not read deleted objects, so the ids of all accounts and groups were listed: what is gone shows as not returned."

// deletedObjects is the container of deleted objects by its well-known id
// (MS-ADTS section 6.1.1.4.2).
func deletedObjects(context string) string {
	return "<WKGUID=18e2ea80684f11d2b9aa00c04f79f805," + context + ">"
}

// seesDeleted reports whether deleted objects show. Without the right to the
// container its objects are not there at all, and neither is an error; with the
// right to read it and none to list it, it alone shows. So only a deleted object
// proves it: a directory that never deleted one looks the same as one that hides
// them all.
func (r *reading) seesDeleted() (visible bool, err error) {
	err = r.session.Search(ldap.Query{Base: deletedObjects(r.dc.contextOf(r.base)), Scope: goldap.ScopeSingleLevel, Filter: "(isDeleted=TRUE)", Limit: 1, Controls: showDeleted},
		nothing(), func(*ldap.Row) error { visible = true; return nil }, nil)
	return visible, broken(err)
}

// deleted yields the proof of each deletion. It has not told them all where
// deleted objects are hidden from the bind account.
func (r *reading) deleted(since string) (told bool, err error) {
	if told, err = r.seesDeleted(); err != nil || !told {
		return false, err
	}
	q := whole(deletedObjects(r.dc.contextOf(r.base)), "(&(isDeleted=TRUE)"+since+")")
	q.Controls = showDeleted
	l := ldap.NewLayout()
	guid := l.Want("objectGUID")
	err = r.session.Pages(q, r.pageSize(), l, func(row *ldap.Row) error {
		for _, v := range row.Raw(guid) {
			id := guidText(v)
			if _, met := r.seen[id]; id == "" || met {
				continue
			}
			r.seen[id] = "a deleted object"
			if err := r.yield(directory.Deleted{ExternalID: id}); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	if _, _, refused := ldap.Refused(err); refused {
		return false, nil
	}
	return true, err
}

// list asks for the ids of everything that the filters find, and tells what was
// not read to be there still. The entries that cannot be used are told again, as
// in a full read: nothing that points at them is dangling.
func (r *reading) list() error {
	l := ldap.NewLayout()
	guid := l.Want("objectGUID")
	found := false
	for _, step := range []struct{ filter, as string }{{r.cfg.Mapping.UserFilter, "an account"}, {r.cfg.Mapping.GroupFilter, "a group"}} {
		err := r.session.Pages(whole(r.cfg.BaseDN, step.filter), r.pageSize(), l, func(row *ldap.Row) error {
			found = true
			id := ""
			for _, v := range row.Raw(guid) {
				id = guidText(v)
			}
			if _, met := r.seen[id]; met {
				return nil
			}
			id, err := r.identify(row, guid, step.as)
			if id == "" || err != nil {
				return err
			}
			return r.yield(directory.Present{ExternalID: id})
		}, r.referral)
		if err != nil {
			return r.explain(r.ctx, "listing what is there", err)
		}
	}
	if err := r.others("(memberOf=*)"); err != nil {
		return err
	}
	if !found {
		return r.unbelievable()
	}
	return nil
}
