package ad

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
)

// changed is an object that the controller counts a change of.
type changed struct {
	id, dn  string
	classes []string
	moved   bool // a container that was there before and may have another name now
	renamed bool // anything else that was there before and has another name, or was restored
}

// changes yields what changed after the USN. An object whose change lies
// outside of it changes nothing of itself: whoever is added to a group is read
// with the group, and whoever lies in a renamed unit with the unit. These are
// not the changes alone where what is gone cannot be told: then what was neither
// read nor listed is there no more, as after a full read.
func (r *reading) changes(usn int64) (note string, alone bool, err error) {
	r.overlaps = true
	since := "(uSNChanged>=" + strconv.FormatInt(usn+1, 10) + ")"
	found, err := r.changed(since, usn)
	if err != nil {
		return "", false, r.explain(r.ctx, "asking what changed", err)
	}
	if err := r.objects(r.cfg.BaseDN, since); err != nil {
		return "", false, err
	}
	for _, one := range found {
		if one.moved {
			if err := r.below(one); err != nil {
				return "", false, err
			}
		}
	}
	if err := r.naming(found); err != nil {
		return "", false, err
	}
	var groups []string
	for _, one := range found {
		if slices.ContainsFunc(one.classes, func(c string) bool { return strings.EqualFold(c, "group") }) {
			groups = append(groups, "(memberOf="+goldap.EscapeFilter(one.dn)+")")
		}
	}
	for some := range slices.Chunk(groups, 50) {
		if err := r.others("(|" + strings.Join(some, "") + ")"); err != nil {
			return "", false, err
		}
	}
	note, err = r.deleted(since)
	if err != nil {
		return "", false, r.explain(r.ctx, "asking what was deleted", err)
	}
	if note != "" {
		if err := r.list(); err != nil {
			return "", false, err
		}
	}
	for _, one := range found {
		if _, read := r.seen[one.id]; !read && one.id != "" {
			if err := r.yield(directory.Left{ExternalID: one.id}); err != nil {
				return "", false, err
			}
		}
	}
	return note, note == "", nil
}

// changed lists the objects of the naming context that changed, inside the base
// or not: what was moved out of the base is found here.
func (r *reading) changed(since string, usn int64) ([]changed, error) {
	l := ldap.NewLayout()
	guid, class, created, meta := l.Want("objectGUID"), l.Want("objectClass"), l.Want("uSNCreated"), l.Want("replPropertyMetaData")
	var found []changed
	err := r.session.Pages(whole(r.dc.contextOf(r.base), since), r.pageSize(), l, func(row *ldap.Row) error {
		one := changed{dn: row.DN(), classes: row.Texts(class)}
		for _, v := range row.Raw(guid) {
			one.id = guidText(v)
		}
		if born, ok := number(row.First(created)); !ok || born <= usn {
			container := isContainer(one.classes)
			one.moved = container
			for _, v := range row.Raw(meta) {
				if at, ok := renamedAt(v); ok {
					one.moved, one.renamed = container && at > usn, !container && at > usn
				}
			}
		}
		found = append(found, one)
		return nil
	}, nil)
	return found, err
}

// naming reads who names something renamed as manager or owner: these did not
// change themselves. Most are known by the old name and are asked for later;
// those are not whose manager was outside the base, or deleted, until now.
func (r *reading) naming(found []changed) error {
	var any []string
	for _, one := range found {
		if !one.renamed {
			continue
		}
		for _, attr := range []string{r.cfg.Mapping.Manager, cmp.Or(r.cfg.Mapping.Owner, "managedBy")} {
			if attr != "" {
				any = append(any, "("+attr+"="+goldap.EscapeFilter(one.dn)+")")
			}
		}
	}
	for some := range slices.Chunk(any, 50) {
		if err := r.objects(r.cfg.BaseDN, "(|"+strings.Join(some, "")+")"); err != nil {
			return err
		}
	}
	return nil
}

// isContainer reports whether accounts may lie below an object with the classes.
func isContainer(classes []string) bool {
	return !slices.ContainsFunc(classes, func(class string) bool {
		switch strings.ToLower(class) {
		case "user", "group", "contact", "foreignsecurityprincipal", "dnsnode", "domaindns", "printqueue", "serviceconnectionpoint", "msds-passwordsettings":
			return true
		}
		return false
	})
}

// renamedAt is the controller's USN of the last rename or move, from
// replPropertyMetaData (MS-DRSR section 5.175): a rename stamps the attribute
// "name" whatever the naming attribute is.
func renamedAt(blob []byte) (usn int64, ok bool) {
	const header, entry, name = 16, 48, 0x00090001
	if len(blob) < header || binary.LittleEndian.Uint32(blob) != 1 {
		return 0, false
	}
	n := int(binary.LittleEndian.Uint32(blob[8:]))
	for at := header; n > 0 && at+entry <= len(blob); at, n = at+entry, n-1 {
		if binary.LittleEndian.Uint32(blob[at:]) == name {
			return int64(binary.LittleEndian.Uint64(blob[at+40:])), true
		}
	}
	return 0, false
}

// below reads what lies in a container that was renamed or moved: its objects
// have another name now and did not change themselves.
func (r *reading) below(container changed) error {
	normal, _ := ldap.NormalDN(container.dn)
	if ldap.Within(normal, r.base) {
		return r.objects("<GUID="+container.id+">", "")
	}
	if ldap.Within(r.base, normal) {
		return nil // the base itself would not be found any more
	}
	l := ldap.NewLayout()
	guid := l.Want("objectGUID")
	filter := "(|" + r.cfg.Mapping.UserFilter + r.cfg.Mapping.GroupFilter + ")"
	return r.session.Pages(whole("<GUID="+container.id+">", filter), r.pageSize(), l, func(row *ldap.Row) error {
		for _, v := range row.Raw(guid) {
			id := guidText(v)
			if _, met := r.seen[id]; id == "" || met {
				continue
			}
			r.seen[id] = "an object outside the base"
			if err := r.yield(directory.Left{ExternalID: id}); err != nil {
				return err
			}
		}
		return nil
	}, nil)
}

// Reread reads single objects anew.
func (s *source) Reread(ctx context.Context, ids []string) iter.Seq2[directory.Record, error] {
	return sequence(func(yield func(directory.Record) error) error {
		r, err := s.begin(ctx, "", yield)
		if err != nil {
			return err
		}
		defer r.session.Close()
		for some := range slices.Chunk(ids, 50) {
			if err := r.reread(some); err != nil {
				return s.explain(ctx, "reading single objects", err)
			}
		}
		if err := ctx.Err(); err != nil {
			return s.explain(ctx, "reading single objects", err)
		}
		return yield(directory.End{Claimed: r.claimed, Server: r.dc.server(r.host)})
	})
}

func (r *reading) reread(ids []string) error {
	var named strings.Builder
	for _, id := range ids {
		if value, ok := guidFilter(id); ok {
			fmt.Fprintf(&named, "(objectGUID=%s)", value)
		}
	}
	if named.Len() == 0 {
		return nil
	}
	any := "(|" + named.String() + ")"
	if err := r.objects(r.cfg.BaseDN, any); err != nil {
		return err
	}
	for _, id := range ids {
		if _, read := r.seen[id]; read {
			continue
		}
		record, err := r.fate(id)
		if err != nil {
			return err
		}
		if record == nil {
			continue
		}
		if err := r.yield(record); err != nil {
			return err
		}
	}
	return nil
}

// fate is what became of an object that the read does not return: Deleted and
// Left where the directory proves it, nothing where it shows nothing.
func (r *reading) fate(id string) (record directory.Record, err error) {
	value, ok := guidFilter(id)
	if !ok {
		return nil, nil
	}
	q := whole(r.dc.contextOf(r.base), "(objectGUID="+value+")")
	q.Controls = showDeleted
	l := ldap.NewLayout()
	gone := l.Want("isDeleted")
	err = r.session.Search(q, l, func(row *ldap.Row) error {
		record = directory.Left{ExternalID: id}
		if row.Is(gone, "TRUE") {
			record = directory.Deleted{ExternalID: id}
		}
		return nil
	}, nil)
	return record, broken(err)
}

// Watch asks the controller for its count of changes every half second, and
// where it rose, whether an account or a group is among what changed. The
// directory's own notifications cannot be limited to either, and a busy
// controller counts lots of other things.
func (s *source) Watch(ctx context.Context, since directory.Cursor, changed func()) error {
	last, _ := parseCursor(since)
	r, err := s.begin(ctx, last.Server, nil)
	if err == nil {
		err = r.watch(last, changed)
		r.session.Close()
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	return err
}
