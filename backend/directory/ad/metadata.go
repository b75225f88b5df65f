package ad

import (
	"encoding/xml"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// linkChange is one value of msDS-ReplValueMetaData (MS-ADTS section
// 3.1.1.4.5.16, DS_REPL_VALUE_META_DATA): when a value of a linked attribute
// was last added or taken away.
type linkChange struct {
	Attribute string `xml:"pszAttributeName"`
	Object    string `xml:"pszObjectDn"`
	Deleted   string `xml:"ftimeDeleted"`
	Changed   string `xml:"ftimeLastOriginatingChange"`
}

// began is when each present member of the group was last added, by reference.
// The times of all members of all groups would make a read several times as
// large, so they are asked for privileged groups only. Samba does not tell them.
func (r *reading) began(id string) (map[string]iam.Moment, error) {
	const attr = "msDS-ReplValueMetaData"
	l := ldap.NewLayout()
	place := l.Want(attr)
	began, values, ranged := map[string]iam.Moment{}, 0, false
	err := r.session.Search(ldap.Query{Base: "<GUID=" + id + ">", Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(row *ldap.Row) error {
		ranged = row.Ranged()
		for _, v := range row.Raw(place) {
			values++
			note(began, v)
		}
		return nil
	}, nil)
	if err != nil {
		return began, broken(err)
	}
	if ranged {
		rest, err := r.ranges(id, attr, values)
		if err != nil {
			return began, broken(err)
		}
		for _, v := range rest {
			note(began, v)
		}
	}
	return began, nil
}

// note takes one value in. A value that is gone keeps its record for a while.
func note(began map[string]iam.Moment, value []byte) {
	var c linkChange
	if xml.Unmarshal([]byte(strings.TrimRight(string(value), "\x00")), &c) != nil || !strings.EqualFold(c.Attribute, "member") {
		return
	}
	if deleted, err := time.Parse(time.RFC3339, c.Deleted); err == nil && deleted.Year() > 1601 {
		return
	}
	at, err := time.Parse(time.RFC3339, c.Changed)
	if ref := ldap.RefOfDN(c.Object); err == nil && ref != "" {
		began[ref] = iam.MomentOf(at)
	}
}
