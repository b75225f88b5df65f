package store

import (
	"slices"
	"testing"

	"gatehouse/backend/iam"
)

// TestRecordedOwner: an owner that an operator recorded is one, from the next
// reading on; a purpose alone is not.
func TestRecordedOwner(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "corp")
	w := world{accounts: map[string]person{
		"a0": {login: "a0", sort: iam.Person, number: "1"}, "a1": {login: "a1", sort: iam.Service, enabled: iam.Yes}, "a2": {login: "a2", sort: iam.Service, enabled: iam.Yes},
	}}
	apply(t, s, src, w.records(nil))
	const unowned = `SELECT o.external_id FROM open_findings f JOIN objects o ON o.id = f.subject_id WHERE f.kind = 'noOwner' ORDER BY 1`
	if got := rows(t, s, unowned); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Fatalf("without an owner: %q", got)
	}
	_, err := s.Write(ann(), "account.own", func(x *Tx) error {
		ids, err := x.ids(ann(), `SELECT id FROM objects WHERE external_id IN ('a1', 'a2') ORDER BY external_id`)
		if err != nil {
			return err
		}
		owner, err := x.ids(ann(), `SELECT id FROM open_identities`)
		if err != nil {
			return err
		}
		return x.OwnAccounts(ann(), map[iam.ID]iam.Ownership{ids[0]: {OwnerID: owner[0], Purpose: "backup"}, ids[1]: {Purpose: "mail"}}, ids)
	})
	must(t, err)
	apply(t, s, src, w.records(nil))
	if got := rows(t, s, unowned); !slices.Equal(got, []string{"a2"}) {
		t.Errorf("without an owner after one was recorded: %q", got)
	}
}
