package ad

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// errStopped says that the consumer wants no more records.
var errStopped = errors.New("the reader was stopped")

// Read reads everything, or what changed since the cursor where the same
// database of the same controller answers.
func (s *source) Read(ctx context.Context, since directory.Cursor) iter.Seq2[directory.Record, error] {
	return sequence(func(yield func(directory.Record) error) error { return s.read(ctx, since, yield) })
}

// sequence makes records of a function that yields them and may fail.
func sequence(read func(yield func(directory.Record) error) error) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		err := read(func(r directory.Record) error {
			if !yield(r, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// reading is one read under way, on one connection to one controller.
type reading struct {
	*source
	ctx     context.Context
	session *ldap.Session
	dc      controller
	host    string // address of the controller
	yield   func(directory.Record) error

	rules    policies
	signIns  bool
	accounts *accountReader
	groups   *groupReader

	seen      map[string]string // immutable ids met, with what they were met as
	overlaps  bool              // several searches may find the same object
	referrals map[string]bool   // met before
	claimed   int64
	held      []group // groups whose members need another question
}

// group is a group whose members are not yielded yet.
type group struct {
	id       string
	ranged   bool // the server cut the list
	powerful bool // the times of its members are asked for
	members  [][]byte
}

// begin connects, and finds out what every read needs to know first.
func (s *source) begin(ctx context.Context, prefer string, yield func(directory.Record) error) (*reading, error) {
	if err := s.complete(); err != nil {
		return nil, err
	}
	r := &reading{source: s, ctx: ctx, yield: yield, seen: map[string]string{}, referrals: map[string]bool{}}
	if err := r.reach(prefer); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		r.session.Close()
		return nil, s.explain(ctx, "looking at what may be read", err)
	}
	return r, nil
}

// reach connects to the controller that was read last, where the address may
// mean any of the domain, and else to the one that answers.
func (r *reading) reach(prefer string) error {
	for _, server := range r.candidates(prefer) {
		session, err := server.Connect(r.ctx)
		if err != nil && server != r.server {
			continue // the one that was read last is away
		}
		if err != nil {
			return err
		}
		if r.dc, err = inspect(session); err == nil {
			err = r.dc.refusal()
		}
		if err != nil {
			session.Close()
			return r.explain(r.ctx, "reading the root DSE", err)
		}
		r.session, r.host = session, server.Address()
		return nil
	}
	return nil // the last candidate returned above
}

// candidates are the servers to try. An address that is the domain's own name
// leads to any controller, and one that is a controller's only to that.
func (r *reading) candidates(prefer string) []*ldap.Server {
	host := strings.ToLower(r.server.Host())
	if _, domain, ok := strings.Cut(prefer, "."); ok && domain == host {
		return []*ldap.Server{r.server.At(prefer), r.server}
	}
	return []*ldap.Server{r.server}
}

func (r *reading) prepare() (err error) {
	if r.rules, err = readPolicies(r.session, r.dc); err != nil {
		return err
	}
	m := r.cfg.Mapping
	if m.LastSignIn != "" {
		if r.signIns, err = shown(r.session, r.cfg.BaseDN, m.UserFilter, m.LastSignIn); err != nil {
			return err
		}
	}
	domain, _ := ldap.NormalDN(r.dc.domain)
	r.accounts, r.groups = newAccountReader(m, r.rules, r.signIns), newGroupReader(m, r.base, domain)
	return nil
}

func (s *source) read(ctx context.Context, since directory.Cursor, yield func(directory.Record) error) error {
	last, readable := parseCursor(since)
	r, err := s.begin(ctx, last.Server, yield)
	if err != nil {
		return err
	}
	defer r.session.Close()
	now := r.cursor()
	end := directory.End{Cursor: now.text(), Server: r.dc.server(r.host)}
	if since != "" {
		end.Note = "What was kept of the last read cannot be understood: everything was read."
		if readable {
			end.Note, err = r.reason(last, now)
		}
		end.Changes = end.Note == ""
	}
	if err == nil && end.Changes {
		end.Note, end.Changes, err = r.changes(last.USN)
	} else if err == nil {
		err = r.everything()
	}
	if err != nil {
		return s.explain(ctx, "reading", err)
	}
	if err := ctx.Err(); err != nil {
		return s.explain(ctx, "reading", err)
	}
	end.Claimed = r.claimed
	return yield(end)
}

// everything reads all accounts, all groups, and the members that are neither.
func (r *reading) everything() error {
	if err := r.objects(r.cfg.BaseDN, ""); err != nil {
		return err
	}
	if err := r.others("(memberOf=*)"); err != nil {
		return err
	}
	return r.believable()
}

// objects reads accounts and groups at and below base, those that fit also.
func (r *reading) objects(base, also string) error {
	m := r.cfg.Mapping
	err := r.session.Pages(whole(base, both(m.UserFilter, also)), r.pageSize(), r.accounts.layout, r.account, r.referral)
	if err != nil {
		return r.explain(r.ctx, "reading accounts", err)
	}
	err = r.session.Pages(whole(base, both(m.GroupFilter, also)), r.pageSize(), r.groups.layout, r.group, r.referral)
	if err == nil {
		err = r.release()
	}
	return r.explain(r.ctx, "reading groups", err)
}

func whole(base, filter string) ldap.Query {
	return ldap.Query{Base: base, Scope: goldap.ScopeWholeSubtree, Filter: filter}
}

func both(filter, also string) string {
	if also == "" {
		return filter
	}
	return "(&" + filter + also + ")"
}

func (r *reading) account(row *ldap.Row) error {
	id, err := r.identify(row, r.accounts.guid, "an account")
	if id == "" || err != nil {
		return err
	}
	return r.yield(r.accounts.account(row, id))
}

func (r *reading) group(row *ldap.Row) error {
	id, err := r.identify(row, r.groups.guid, "a group")
	if id == "" || err != nil {
		return err
	}
	e := r.groups.group(row, id)
	if err := r.yield(e); err != nil {
		return err
	}
	values := row.Raw(r.groups.member)
	if ranged := row.Ranged(); ranged || e.Facts.Privileged {
		own := make([][]byte, len(values)) // the row's are valid now only
		for i, v := range values {
			own[i] = slices.Clone(v)
		}
		r.held = append(r.held, group{id, ranged, e.Facts.Privileged, own})
		return nil
	}
	return r.yield(directory.Members{ExternalID: id, Members: r.groups.members(values)})
}

// release yields the members of the groups that needed another question.
func (r *reading) release() error {
	for _, g := range r.held {
		if g.ranged {
			rest, err := r.ranges(g.id, "member", len(g.members))
			if err != nil {
				return err
			}
			g.members = append(g.members, rest...)
		}
		members := r.groups.members(g.members)
		if g.powerful && len(members) > 0 {
			began, err := r.began(g.id)
			if err != nil {
				return err
			}
			for i, m := range members {
				if at, ok := began[ldap.RefOfDN(m.Value)]; ok {
					members[i].At = at
				}
			}
		}
		if err := r.yield(directory.Members{ExternalID: g.id, Members: members}); err != nil {
			return err
		}
	}
	r.held = nil
	return nil
}

// identify counts an entry and finds its immutable id. An entry that cannot be
// used is yielded as Skipped and has none.
func (r *reading) identify(row *ldap.Row, guid int, as string) (string, error) {
	r.claimed++
	id := ""
	for _, v := range row.Raw(guid) {
		id = guidText(v)
	}
	reason := ""
	dn := row.DN()
	ref := ldap.RefOfDN(dn)
	switch before, twice := r.seen[id]; {
	case ref == "" || ref == "dn:":
		reason, ref = "has a name that is no distinguished name", ""
	case id == "":
		reason = "has no objectGUID that the bind account may read"
	case twice && before == as && r.overlaps:
		r.claimed--
		return "", nil
	case twice && before == as:
		reason = "was returned twice in one read"
	case twice:
		reason = "fits both filters; it was read as " + before
	default:
		r.seen[id] = as
		return id, nil
	}
	return "", r.yield(directory.Skipped{DN: dn, Ref: ref, Reason: reason})
}

// referral records another domain. It is never followed. The domain's own
// partitions beside it hold no accounts and are not told.
func (r *reading) referral(urls []string) error {
	to := strings.Join(urls, " ")
	if r.referrals[to] {
		return nil
	}
	r.referrals[to] = true
	dn := ""
	for _, one := range urls {
		if u, err := url.Parse(one); err == nil && dn == "" {
			dn = strings.TrimPrefix(u.Path, "/")
		}
	}
	ref := ldap.RefOfDN(dn)
	if name, _, _ := strings.Cut(ref, ","); slices.Contains([]string{"dn:cn=configuration", "dn:dc=domaindnszones", "dn:dc=forestdnszones"}, name) {
		return nil
	}
	r.claimed++
	return r.yield(directory.Skipped{DN: dn, Ref: ref, Reason: "is another domain (" + to + "); referrals are never followed"})
}

// others names the members that fit neither filter, such as contacts: they
// exist, so that nothing that points at them is dangling.
func (r *reading) others(also string) error {
	m := r.cfg.Mapping
	l := ldap.NewLayout()
	class := l.Want("objectClass")
	filter := "(&(!" + m.UserFilter + ")(!" + m.GroupFilter + ")(!(objectClass=foreignSecurityPrincipal))" + also + ")"
	err := r.session.Pages(whole(r.cfg.BaseDN, filter), r.pageSize(), l, func(row *ldap.Row) error {
		ref := ldap.RefOfDN(row.DN())
		if r.referrals[ref] {
			return nil
		}
		r.referrals[ref] = true
		kind := "an object"
		if classes := row.Texts(class); len(classes) > 0 {
			kind = "a " + classes[len(classes)-1]
		}
		r.claimed++
		return r.yield(directory.Skipped{DN: row.DN(), Ref: ref, Reason: "is a member that fits neither filter: " + kind})
	}, nil)
	return r.explain(r.ctx, "looking for members that are neither account nor group", err)
}

// believable doubts an answer that is complete by protocol and says nothing.
func (r *reading) believable() error {
	if r.claimed > 0 {
		return nil
	}
	return r.unbelievable()
}

func (r *reading) unbelievable() error {
	return iam.Errorf(iam.Denied, "%s sees no account and no group at or below %s.", r.who(), r.cfg.BaseDN).In("baseDn").
		Fix("Check the base and the filters, and give the bind account read access below the base.")
}

// who signs in, in words.
func (s *source) who() string {
	if s.cfg.BindDN != "" {
		return s.cfg.BindDN
	}
	return "The account that is signed in"
}

// ranges reads the rest of a value list that the server returns in parts
// (MS-ADTS section 3.1.1.3.1.3.3), from the given place on.
func (r *reading) ranges(id, attr string, from int) ([][]byte, error) {
	var all [][]byte
	for {
		l := ldap.NewLayout()
		place := l.Want(attr)
		l.Ask(place, fmt.Sprintf("%s;range=%d-*", attr, from))
		count, last, found := 0, false, false
		err := r.session.Search(ldap.Query{Base: "<GUID=" + id + ">", Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(row *ldap.Row) error {
			for _, v := range row.Raw(place) {
				all, count = append(all, slices.Clone(v)), count+1
			}
			row.Options(func(name, options string, values int) {
				if name == strings.ToLower(attr) {
					found, last = true, strings.HasSuffix(options, "-*")
				}
			})
			return nil
		}, nil)
		// A start past the end, where members left meanwhile.
		if code, _, refused := ldap.Refused(err); refused && code == goldap.LDAPResultOperationsError {
			return all, nil
		}
		if err != nil || last || !found || count == 0 {
			return all, err
		}
		from += count
	}
}
