package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// The columns of a version's facts, in one order for every statement.
const (
	accountFacts = `dn, dn_ref, login, login_fold, name, name_fold, given_name, surname, sort, employee_number, employee_type,
 department, title, location, manager_ref, owner_ref, description, enabled, locked, locked_until, account_expires,
 password_expires, password_changed, must_change, end_date, created_at,
 principal_name, security_id, security_history, service_names, flags, start_date, primary_ref`
	entitlementFacts = `kind, dn, dn_ref, name, name_fold, description, owner_ref, privileged, created_at, security_id, flags`
)

func (st *Staging) addAccount(ctx context.Context, a directory.Account) {
	f := a.Facts
	args := make([]any, 1, 48)
	args = append(args,
		a.DN, first(a.Refs), f.Login, Fold(f.Login), f.Name, Fold(ListName(f.Name, f.GivenName, f.Surname)), f.GivenName, f.Surname, string(f.Sort), f.EmployeeNumber, f.EmployeeType,
		f.Department, f.Title, f.Location, f.ManagerRef, f.OwnerRef, f.Description, int64(f.Enabled), int64(f.Locked), int64(f.LockedUntil), int64(f.AccountExpires),
		int64(f.PasswordExpires), int64(f.PasswordChanged), int64(f.MustChange), int64(f.EndDate), int64(f.CreatedAt),
	)
	key := ""
	if f.Sort == iam.Person {
		key = "own:" + a.ExternalID
		if f.EmployeeNumber != "" {
			key = "number:" + f.EmployeeNumber
		}
	}
	search := searchable(f.Name, f.Login, f.PrincipalName, f.SID, f.GivenName, f.Surname, a.Contact.Mail, digits(a.Contact.Phone), f.EmployeeNumber)
	begins := f.StartDate
	if begins == 0 { // a kind without start dates
		begins = iam.NotSupportedMoment
	}
	facts := len(args)
	args = append(args, f.PrincipalName, f.SID, f.SIDHistory, f.ServiceNames, f.Flags, int64(begins), a.Primary)
	sum := digest(args[1:facts], args[facts:])
	args = append(args, sum, key, a.Contact.Mail, a.Contact.Phone, int64(f.LastSignIn), int64(f.ModifiedAt), search)
	st.stage(ctx, accountNoun, a.ExternalID, a.Refs, sum, args)
}

func (st *Staging) addEntitlement(ctx context.Context, e directory.Entitlement) {
	f := e.Facts
	args := make([]any, 1, 16)
	args = append(args, string(e.Kind), e.DN, first(e.Refs), e.Name, Fold(e.Name), f.Description, f.OwnerRef, int64(iam.TriOf(f.Privileged)), int64(f.CreatedAt))
	facts := len(args)
	args = append(args, f.SID, f.Flags)
	sum := digest(args[1:facts], args[facts:])
	args = append(args, sum, int64(f.ModifiedAt), searchable(e.Name, f.Description))
	st.stage(ctx, entitlementNoun, e.ExternalID, e.Refs, sum, args)
}

// stage keeps the row of an object, unless nothing of it differs from what is
// kept. facts is the digest of the facts; the first of args is left for the sid.
func (st *Staging) stage(ctx context.Context, n noun, externalID string, refs []string, facts []byte, args []any) {
	sum := sumOf(n, args[1:], refs)
	sid, kept := st.sid(ctx, externalID)
	if string(kept) == string(sum) {
		st.says(ctx, sid, n, same, refsSum(refs))
	} else {
		st.says(ctx, sid, n, staged, refsSum(refs))
		st.objects[sid-1].said = saidOf(n, st.objects[sid-1].key, facts)
		args[0] = sid
		args = append(args, sum)
		rows := &st.bulks.accounts
		if n == entitlementNoun {
			rows = &st.bulks.entitlements
		}
		rows.add(args...)
		for i, r := range refs {
			st.bulks.refs.add(sid, int64(i), r)
		}
	}
	for _, r := range refs {
		st.standsFor(r, sid)
	}
}

// standsFor notes that a reference is an object's. A login or a number may turn
// out to fit several; a DN may not.
func (st *Staging) standsFor(ref string, sid int64) {
	k := keyOf(ref)
	switch have := int64(st.names[k]); have {
	case 0, sid:
		st.names[k] = int32(sid)
	default:
		if st.resolved && st.err == nil && strings.HasPrefix(ref, "dn:") {
			st.err = iam.Errorf(iam.Unavailable, "The source returned two entries with one name: %s. It was changed while it was read.", strings.TrimPrefix(ref, "dn:")).Fix("Read it again.")
		}
		st.names[k] = severalObjects
	}
}

// addMembers keeps the direct members of a group: those whose DN has been seen,
// and the others to be looked up when everything has come.
func (st *Staging) addMembers(ctx context.Context, r directory.Members) {
	group, _ := st.sid(ctx, r.ExternalID)
	sids := make([]uint32, 0, len(r.Members))
	late := []byte{}
	for _, m := range r.Members {
		if m.At <= 0 && !st.moved && strings.HasPrefix(m.Ref, "dn:") {
			if sid := st.names[keyOf(m.Ref)]; sid > 0 {
				sids = append(sids, uint32(sid))
				continue
			}
		}
		late = packLate(late, m)
	}
	slices.Sort(sids)
	found := make([]byte, 0, 4*len(sids))
	for _, sid := range slices.Compact(sids) {
		found = binary.BigEndian.AppendUint32(found, sid)
	}
	st.resolved = st.resolved || len(found) > 0
	st.exec(ctx, "INSERT OR REPLACE INTO sets VALUES (?, ?, ?)", group, found, late)
	st.n += len(r.Members)
}

// digest is the SHA-256 of facts, each with its length before it. What later
// versions read besides counts only where there is some of it, so that reading
// again with a newer version changes nothing.
func digest(facts, more []any) []byte {
	b := appendFacts(make([]byte, 0, 1024), facts)
	for _, f := range more {
		if f != "" && f != int64(iam.NotSupportedMoment) {
			b = appendFacts(b, more)
			break
		}
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// sumOf is a hash of all that the directory says about an object and all that is
// made of it: equal sums mean that nothing of it needs to be renewed.
func sumOf(n noun, row []any, refs []string) []byte {
	b := appendFacts(append(make([]byte, 0, 2048), byte(n)), row)
	for _, r := range refs {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(r))), r...)
	}
	sum := sha256.Sum256(b)
	return sum[:16]
}

func appendFacts(b []byte, facts []any) []byte {
	for _, f := range facts {
		switch f := f.(type) {
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		case []byte:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(f))
		}
	}
	return b
}

func refsSum(refs []string) uint32 {
	h := fnv.New32a()
	for _, r := range refs {
		_, _ = h.Write(append([]byte(r), 0))
	}
	return h.Sum32()
}

func first(refs []string) string {
	if len(refs) == 0 {
		return ""
	}
	return refs[0]
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// foundSids are the members that addMembers found.
func foundSids(found []byte) []int64 {
	sids := make([]int64, 0, len(found)/4)
	for b := range slices.Chunk(found, 4) {
		sids = append(sids, int64(binary.BigEndian.Uint32(b)))
	}
	return sids
}
