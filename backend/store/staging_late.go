package store

import (
	"context"
	"encoding/binary"
	"iter"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// lateMember is a member of a group that is looked up when everything has come.
// Those of a group stay packed in its row of sets.
type lateMember struct {
	at                 int64 // 0: not told
	outside, elsewhere bool
	value, ref         string
}

// packLate adds a member to those of its group.
func packLate(b []byte, m directory.Member) []byte {
	var flags byte
	if m.OutsideScope {
		flags |= 1
	}
	if m.Foreign {
		flags |= 2
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(max(0, int64(m.At))))
	for _, s := range []string{m.Value, m.Ref} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// lateMembers are the members that packLate packed, in their order.
func lateMembers(b []byte) iter.Seq[lateMember] {
	return func(yield func(lateMember) bool) {
		number := func() int {
			n, size := binary.Uvarint(b)
			b = b[size:]
			return int(n)
		}
		text := func() string {
			n := number()
			s := string(b[:n])
			b = b[n:]
			return s
		}
		for len(b) > 0 {
			m := lateMember{outside: b[0]&1 != 0, elsewhere: b[0]&2 != 0}
			b = b[1:]
			m.at = int64(number())
			m.value, m.ref = text(), text()
			if !yield(m) {
				return
			}
		}
	}
}

// why says what keeps a member from being resolved; sid is what its reference
// stands for.
func (m lateMember) why(sid int64) iam.Unresolved {
	switch {
	case m.ref == "":
		return iam.Malformed
	case sid == severalObjects:
		return iam.Ambiguous
	case sid == skippedEntry:
		return iam.SkippedEntry
	case m.elsewhere:
		return iam.Foreign
	case m.outside:
		return iam.OutsideScope
	}
	return iam.Dangling
}

// whole says that the names of this reading tell what a reference stands for:
// it named every object anew.
func (st *Staging) whole() bool { return !st.end.Changes && !st.present && !st.moved }

// wantLate asks for the references of late members that the names of this
// reading do not answer.
func (st *Staging) wantLate(ctx context.Context) error {
	rows, err := st.conn.QueryContext(ctx, `SELECT late FROM sets WHERE late <> x''`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	asked := map[key]bool{}
	for rows.Next() {
		var late []byte
		if err := rows.Scan(&late); err != nil {
			return err
		}
		for m := range lateMembers(late) {
			if m.ref == "" {
				continue
			}
			k := keyOf(m.ref)
			if asked[k] || st.whole() && st.names[k] > 0 {
				continue
			}
			asked[k] = true
			st.exec(ctx, `INSERT OR IGNORE INTO wanted VALUES (?)`, m.ref)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return st.err
}

// standing is the object a late member's reference stands for, or why none does.
func (st *Staging) standing(ctx context.Context, m lateMember) (sid int64, err error) {
	if m.ref == "" {
		return 0, nil
	}
	if sid := int64(st.names[keyOf(m.ref)]); sid > 0 && st.whole() {
		return sid, nil
	}
	err = st.query(ctx, `SELECT coalesce((SELECT sid FROM resolved WHERE ref = ?), 0)`, m.ref).Scan(&sid)
	return sid, err
}
