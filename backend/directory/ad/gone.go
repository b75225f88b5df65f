package ad

import (
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
)

// The controls that make deleted objects visible (MS-ADTS section 3.1.1.3.4.1).
var showDeleted = []goldap.Control{goldap.NewControlMicrosoftShowDeleted(), goldap.NewControlString("1.2.840.113556.1.4.2064", false, "")}

// cannotSeeDeleted is the note of a read that may not look at deleted objects,
// and noneDeleted of one that cannot know whether it may.
const (
	cannotSeeDeleted = "The bind account may not read deleted objects, so the ids of all accounts and groups were listed: what is gone shows as not returned."
	noneDeleted      = "No deleted object shows: the bind account may not list them, or there is none yet. So the ids of all accounts and groups were listed: what is gone shows as not returned."
)

// deletedObjects is the container of deleted objects by its well-known id
// (MS-ADTS section 6.1.1.4.2).
func deletedObjects(context string) string {
	return "<WKGUID=18e2ea80684f11d2b9aa00c04f79f805," + context + ">"
}

// seesDeleted reports whether deleted objects show, and where not, why. Without
// the right to read the container neither it nor its objects are there, which is
// no error; with that right and none to list it, it alone shows, as to every
// account of a Samba domain. So only a deleted object proves that they do.
func (r *reading) seesDeleted() (visible bool, why string, err error) {
	container := deletedObjects(r.dc.contextOf(r.base))
	shows := func(scope int, filter string) (found bool, err error) {
		err = r.session.Search(ldap.Query{Base: container, Scope: scope, Filter: filter, Limit: 1, Controls: showDeleted},
			nothing(), func(*ldap.Row) error { found = true; return nil }, nil)
		return found, broken(err)
	}
	if visible, err = shows(goldap.ScopeSingleLevel, "(isDeleted=TRUE)"); visible || err != nil {
		return visible, "", err
	}
	empty, err := shows(goldap.ScopeBaseObject, "(objectClass=*)")
	if empty {
		return false, noneDeleted, err
	}
	return false, cannotSeeDeleted, err
}

// deleted yields the proof of each deletion. Where deleted objects do not show
// it tells why, and has not told them all.
func (r *reading) deleted(since string) (why string, err error) {
	if visible, why, err := r.seesDeleted(); err != nil || !visible {
		return why, err
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
		return cannotSeeDeleted, nil
	}
	return "", err
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
