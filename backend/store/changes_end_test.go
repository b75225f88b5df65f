package store

import (
	"slices"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// TestHowItEnds: what the directory proves to be deleted is told from what it
// does not return any more, in the records and in the timeline; what it says of
// members is kept.
func TestHowItEnds(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "source")
	person := func(id string) directory.Record {
		return directory.Account{ExternalID: id, DN: "cn=" + id, Refs: []string{dnRef + "cn=" + id}, Primary: "gid:1", Facts: iam.AccountFacts{Login: id, Sort: iam.Person}}
	}
	staff := directory.Entitlement{ExternalID: "g", Kind: iam.Group, Name: "Staff", DN: "cn=g", Refs: []string{dnRef + "cn=g", "gid:1"}, Facts: iam.EntitlementFacts{ModifiedAt: 70}}
	members := func(of ...directory.Member) directory.Record {
		return directory.Members{ExternalID: "g", Members: of}
	}
	member := func(id string, at iam.Moment) directory.Member {
		return directory.Member{Ref: dnRef + "cn=" + id, Value: "cn=" + id, At: at}
	}
	changes := func(records ...directory.Record) Delta {
		t.Helper()
		return readChanges(t, s, src, &plant{}, records, directory.End{Changes: true})
	}
	grants := func() []string {
		return rows(t, s, `SELECT o.external_id || ' ' || g.by_primary || ' ' || g.source_at || ' ' || CASE WHEN g.until = 9223372036854775807 THEN 'open' ELSE g.end_reason END
		  FROM grants g JOIN objects o ON o.id = g.member_id ORDER BY g.since, o.external_id`)
	}
	apply(t, s, src, []directory.Record{
		person("a"), person("b"), person("c"), person("d"), staff,
		members(member("a", 50), member("b", iam.UnknownMoment), directory.Member{Ref: dnRef + "cn=s", Value: "cn=s", Foreign: true, OutsideScope: true}),
	})
	sameLines(t, "members", grants(), []string{"a 0 50 open", "b 0 70 open", "c 1 -2 open", "d 1 -2 open"})
	sameLines(t, "unresolved", rows(t, s, `SELECT value || ' ' || reason FROM open_unresolved`), []string{"cn=s foreign"})

	changes(directory.Deleted{ExternalID: "a"}, directory.Left{ExternalID: "b"}, directory.Deleted{ExternalID: "c"}, directory.Deleted{ExternalID: "never seen"}, members())
	sameLines(t, "members", grants(), []string{"a 0 50 deleted", "b 0 70 notReturned", "c 1 -2 deleted", "d 1 -2 open"})
	sameLines(t, "accounts", rows(t, s, `SELECT login || ' ' || end_reason FROM accounts ORDER BY login`), []string{"a deleted", "b notReturned", "c deleted", "d "})

	var told []string
	must(t, s.View(ann(), func(r *Reader) error {
		for _, id := range rows(t, s, `SELECT id || '' FROM objects WHERE external_id IN ('a', 'b') ORDER BY external_id`) {
			n, err := iam.ParseID(id)
			must(t, err)
			history, _, err := r.Timeline(ann(), []iam.ID{n}, 0, 10)
			must(t, err)
			for _, o := range history {
				told = append(told, o.Text)
			}
		}
		return nil
	}))
	for _, want := range []string{"a was deleted in the directory", "b no longer returned by the directory"} {
		if !slices.Contains(told, want) {
			t.Errorf("the timeline says %q, not %q", told, want)
		}
	}

	// A group that lists an account does not need to be named by it.
	changes(members(member("d", 0)))
	changes(members())
	sameLines(t, "members", grants()[3:], []string{"d 1 -2 notReturned", "d 0 70 notReturned", "d 1 -2 open"})
	// The group ends, and with it all that it grants.
	changes(directory.Deleted{ExternalID: "g"})
	sameLines(t, "members", grants()[5:], []string{"d 1 -2 deleted"})
	if n := rows(t, s, `SELECT memberships || '' FROM source_counts`); !slices.Equal(n, []string{"0"}) {
		t.Errorf("%q memberships are counted", n)
	}
	// It comes back with its number.
	changes(staff, members())
	sameLines(t, "members", grants()[6:], []string{"d 1 -2 open"})
}

// TestOneNumberTwice: where two groups have one number, who names it is in both,
// in a full reading and when the second group takes or gives up the number later.
func TestOneNumberTwice(t *testing.T) {
	person := func(id string) directory.Record {
		return directory.Account{ExternalID: id, DN: "cn=" + id, Refs: []string{dnRef + "cn=" + id}, Primary: "gid:1", Facts: iam.AccountFacts{Login: id, Sort: iam.Person}}
	}
	group := func(id, gid string) directory.Record {
		return directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: id, DN: "cn=" + id, Refs: []string{dnRef + "cn=" + id, "gid:" + gid}}
	}
	members := func(group string, of ...string) directory.Record {
		m := directory.Members{ExternalID: group}
		for _, one := range of {
			m.Members = append(m.Members, directory.Member{Ref: dnRef + "cn=" + one, Value: "cn=" + one})
		}
		return m
	}
	const grants = `SELECT g.external_id || ' ' || m.external_id || ' ' || x.by_primary FROM open_grants x JOIN objects g ON g.id = x.entitlement_id JOIN objects m ON m.id = x.member_id ORDER BY 1`
	both := []string{"g a 1", "g b 1", "h a 1", "h b 0"}

	s := newStore(t)
	src := addSource(t, s, "full")
	all := []directory.Record{person("a"), person("b"), group("g", "1"), members("g"), group("h", "1"), members("h", "b")}
	apply(t, s, src, all)
	sameLines(t, "first reading", rows(t, s, grants), both)
	if _, d := apply(t, s, src, all); len(d.Counts) > 0 {
		t.Errorf("read again: %+v", d.Counts)
	}

	s = newStore(t)
	src = addSource(t, s, "changes")
	changes := func(records ...directory.Record) {
		t.Helper()
		readChanges(t, s, src, &plant{}, records, directory.End{Changes: true})
	}
	apply(t, s, src, []directory.Record{person("a"), person("b"), group("g", "1"), members("g"), group("h", "2"), members("h", "b")})
	sameLines(t, "one group", rows(t, s, grants), []string{"g a 1", "g b 1", "h b 0"})
	changes(group("h", "1"), members("h", "b"))
	sameLines(t, "a second takes the number", rows(t, s, grants), both)
	changes(person("c"))
	sameLines(t, "one more comes", rows(t, s, grants), []string{"g a 1", "g b 1", "g c 1", "h a 1", "h b 0", "h c 1"})
	changes(directory.Deleted{ExternalID: "c"}, directory.Deleted{ExternalID: "g"})
	sameLines(t, "the first is gone", rows(t, s, grants), []string{"h a 1", "h b 0"})
	if since := rows(t, s, `SELECT count(*) || '' FROM grants g JOIN objects m ON m.id = g.member_id JOIN objects e ON e.id = g.entitlement_id WHERE e.external_id = 'h' AND m.external_id = 'a'`); since[0] != "1" {
		t.Errorf("the membership that stays was opened %s times", since[0])
	}
}

// TestPartialReading: what is not finished changes nothing, however much came.
func TestPartialReading(t *testing.T) {
	s := newStore(t)
	src := addSource(t, s, "source")
	p := newPlant(1)
	apply(t, s, src, p.everything(false))
	before := contents(t, s)
	run, err := s.StartRun(ann(), src, "full")
	must(t, err)
	st, err := s.NewStaging(ann(), run.ID)
	must(t, err)
	for _, r := range p.everything(false)[:20] {
		must(t, st.Add(ann(), r))
	}
	must(t, st.Close())
	s.DropStaging(run.ID)
	sameContents(t, "after a partial reading", contents(t, s), before)
}
