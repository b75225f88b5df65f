package ldap

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
)

// A server that was restored from an older copy and written to since lost what
// was read of it, and its content synchronisation does not tell.
func TestRestoredFromAnOlderCopy(t *testing.T) {
	add := func(login string) directorytest.Change {
		return directorytest.Change{Verb: directorytest.AddAccount, Account: login, Name: login, Unit: "u"}
	}
	remove := func(login string) directorytest.Change {
		return directorytest.Change{Verb: directorytest.DeleteAccount, Account: login}
	}
	for _, c := range []struct {
		name     string
		lost     func(slapd *directorytest.Slapd, tree *directorytest.Tree)
		restored bool
	}{
		{"an entry was added", func(_ *directorytest.Slapd, tree *directorytest.Tree) { tree.Change(t, add("new")) }, true},
		{"one was changed", func(slapd *directorytest.Slapd, tree *directorytest.Tree) {
			slapd.Modify("dn: " + tree.DN("b") + "\nchangetype: modify\nreplace: gidNumber\ngidNumber: 7\n\n")
		}, true},
		{"one was deleted", func(_ *directorytest.Slapd, tree *directorytest.Tree) { tree.Change(t, remove("a")) }, true},
		{"not restored", func(_ *directorytest.Slapd, tree *directorytest.Tree) { tree.Change(t, remove("a"), add("new")) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			slapd, tree := slapdTree(t, directorytest.Options{Sync: true})
			s := subjectOf(config(slapd), tree)
			tree.Change(t, directorytest.Change{Verb: directorytest.AddUnit, Unit: "u"}, add("a"), add("b"), add("busy"))
			known := directorytest.NewModel()
			read := func(since directory.Cursor) directory.End {
				t.Helper()
				r := wantComplete(t, directorytest.ReadSince(t.Context(), s.Open(t), since, nil))
				known.Apply(r)
				return r.Ends[0]
			}
			putBack := slapd.Copy()
			end := read("")
			c.lost(slapd, tree)
			if end = read(end.Cursor); !end.Changes {
				t.Fatalf("before it is restored: %+v", end)
			}
			if c.restored {
				putBack()
			}
			slapd.Modify("dn: " + tree.DN("busy") + "\nchangetype: modify\nreplace: gidNumber\ngidNumber: 8\n\n")
			end = read(end.Cursor)
			if end.Changes == c.restored || strings.Contains(end.Note, "restored from an older copy") != c.restored {
				t.Errorf("%+v", end)
			}
			full := directorytest.NewModel()
			full.Apply(wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil)))
			for _, told := range known.Differences(full) {
				t.Error(told)
			}
			// The next is one of changes again.
			if end = read(end.Cursor); !end.Changes {
				t.Errorf("afterwards: %+v", end)
			}
		})
	}
}

// The witnesses of a cursor may all be deleted: that the server tells it is enough.
func TestWitnessesThatAreDeleted(t *testing.T) {
	slapd, tree := slapdTree(t, directorytest.Options{Sync: true})
	s := subjectOf(config(slapd), tree)
	tree.Change(t, directorytest.Change{Verb: directorytest.AddUnit, Unit: "u"})
	tree.Change(t, directorytest.Change{Verb: directorytest.AddAccount, Account: "stays", Name: "stays", Unit: "u"})
	logins := strings.Fields("a b c d e f g h i j")
	for _, login := range logins {
		tree.Change(t, directorytest.Change{Verb: directorytest.AddAccount, Account: login, Name: login, Unit: "u"})
	}
	end := wantComplete(t, directorytest.ReadAll(t.Context(), s.Open(t), nil)).Ends[0]
	var from cursor
	if err := json.Unmarshal([]byte(end.Cursor), &from); err != nil || len(from.Witnesses) != maxWitnesses || len(from.Nowhere) > 0 {
		t.Fatalf("%+v %v", from, err)
	}
	for _, login := range logins {
		tree.Change(t, directorytest.Change{Verb: directorytest.DeleteAccount, Account: login})
	}
	r := wantComplete(t, directorytest.ReadSince(t.Context(), s.Open(t), end.Cursor, nil))
	if !r.Ends[0].Changes || len(r.Deleted) != len(logins) {
		t.Errorf("%+v, deleted %q", r.Ends, r.Deleted)
	}
	var then cursor
	if err := json.Unmarshal([]byte(r.Ends[0].Cursor), &then); err != nil || len(then.Nowhere) != maxWitnesses || len(then.Witnesses) == 0 {
		t.Errorf("%+v %v", then, err)
	}
}
