package reconcile

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// town is a directory in memory that counts its changes, so that it can tell
// those since a cursor. Its groups name their members by DN, as LDAP's do, and
// nobody corrects them when an account is renamed or deleted.
type town struct {
	mu       sync.Mutex
	n        int64 // changes so far
	accounts map[string]*resident
	groups   map[string]*club
	gone     map[string]int64 // when
	server   string

	dead    bool             // cursors are honoured no more
	bare    bool             // End of a read of changes comes without a cursor
	forgets map[string]bool  // ids whose changes are not told
	during  func(read int64) // called before the entry of that number is yielded
	fail    error            // instead of End
	asked   []string         // every question, in order
	reread  []string         // the ids asked for singly
	changed chan struct{}    // closed at the next change
	cut     chan error       // ends the watching
}

type resident struct {
	dn      string
	enabled iam.Tri
	at      int64
}

type club struct {
	members []string // DNs
	at      int64
}

func newTown(accounts int, groups map[string]int) *town {
	d := &town{accounts: map[string]*resident{}, groups: map[string]*club{}, gone: map[string]int64{}, forgets: map[string]bool{}, server: "dc1", changed: make(chan struct{}), cut: make(chan error)}
	for i := range accounts {
		d.put(fmt.Sprint("u", i), fmt.Sprintf("uid=u%d,ou=people,dc=x", i))
	}
	for name, n := range groups {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf("uid=u%d,ou=people,dc=x", i))
		}
		d.set(name, members...)
	}
	return d
}

func (d *town) tick() int64 {
	d.n++
	close(d.changed)
	d.changed = make(chan struct{})
	return d.n
}

// put adds an account or gives it another name.
func (d *town) put(id, dn string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accounts[id] = &resident{dn: dn, enabled: iam.Yes, at: d.tick()}
	delete(d.gone, id)
}

func (d *town) disable(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accounts[id].enabled, d.accounts[id].at = iam.No, d.tick()
}

func (d *town) remove(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.accounts, id)
	delete(d.groups, id)
	d.gone[id] = d.tick()
}

// set makes a group of these members.
func (d *town) set(id string, members ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.groups[id] = &club{members: members, at: d.tick()}
}

func (d *town) Check(context.Context) directory.Report { return directory.Report{} }

// of are the records about an object, none if there is no such object.
func (d *town) of(id string) []directory.Record {
	if a := d.accounts[id]; a != nil {
		return []directory.Record{directory.Account{ExternalID: id, DN: a.dn, Refs: []string{"dn:" + a.dn},
			Facts: iam.AccountFacts{Login: id, Name: "U " + id, Sort: iam.Person, Enabled: a.enabled, StartDate: iam.NotSupportedMoment}}}
	}
	if g := d.groups[id]; g != nil {
		dn := "cn=" + id + ",ou=groups,dc=x"
		ms := directory.Members{ExternalID: id}
		for _, m := range g.members {
			ms.Members = append(ms.Members, directory.Member{Ref: "dn:" + m, Value: m})
		}
		return []directory.Record{directory.Entitlement{ExternalID: id, Kind: iam.Group, Name: id, DN: dn, Refs: []string{"dn:" + dn}, Facts: iam.EntitlementFacts{Privileged: id == "admins"}}, ms}
	}
	return nil
}

// answer yields objects one after the other as they are when their turn comes.
func (d *town) answer(ids []string, yield func(directory.Record, error) bool) (read int64, ok bool) {
	for _, id := range ids {
		if d.during != nil {
			d.during(read)
		}
		d.mu.Lock()
		records := d.of(id)
		if records == nil {
			if _, gone := d.gone[id]; gone {
				records = []directory.Record{directory.Deleted{ExternalID: id}}
			}
		}
		d.mu.Unlock()
		for _, r := range records {
			if !yield(r, nil) {
				return read, false
			}
		}
		if len(records) > 0 {
			read++
		}
	}
	return read, true
}

func (d *town) Read(ctx context.Context, since directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		d.mu.Lock()
		d.asked = append(d.asked, "read "+string(since))
		note := ""
		if since != "" && d.dead {
			since, note = "", "The server has forgotten this cursor."
		}
		from, _ := strconv.ParseInt(string(since), 10, 64)
		end := directory.End{Cursor: directory.Cursor(fmt.Sprint(d.n)), Server: d.server, Claimed: -1, Changes: since != "", Note: note}
		var ids []string
		for id, a := range d.accounts {
			if since == "" || a.at > from && !d.forgets[id] {
				ids = append(ids, id)
			}
		}
		for id, g := range d.groups {
			if since == "" || g.at > from && !d.forgets[id] {
				ids = append(ids, id)
			}
		}
		for id, at := range d.gone {
			if since != "" && at > from && !d.forgets[id] {
				ids = append(ids, id)
			}
		}
		if d.bare && end.Changes {
			end.Cursor = ""
		}
		fail := d.fail
		d.mu.Unlock()
		slices.Sort(ids)
		read, ok := d.answer(ids, yield)
		switch {
		case !ok:
		case ctx.Err() != nil:
			yield(nil, ctx.Err())
		case fail != nil:
			yield(nil, fail)
		default:
			if !end.Changes {
				end.Claimed = read
			}
			yield(end, nil)
		}
	}
}

// rereading is a town that can be asked for single objects.
type rereading struct{ *town }

func (d rereading) Reread(_ context.Context, ids []string) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		d.mu.Lock()
		d.asked = append(d.asked, "reread")
		d.reread = append(d.reread, ids...)
		server := d.server
		d.mu.Unlock()
		if _, ok := d.answer(ids, yield); ok {
			yield(directory.End{Changes: true, Claimed: -1, Server: server}, nil)
		}
	}
}

// watching is a town that tells when something changes.
type watching struct{ rereading }

func (d watching) Watch(ctx context.Context, since directory.Cursor, changed func()) error {
	from, _ := strconv.ParseInt(string(since), 10, 64)
	for {
		d.mu.Lock()
		now, next := d.n, d.changed
		d.mu.Unlock()
		if now > from {
			from = now
			changed()
		}
		select {
		case <-next:
		case err := <-d.cut:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}
