package ldap

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"net/url"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// errStopped says that the consumer wants no more records.
var errStopped = errors.New("the reader was stopped")

// Read reads everything: accounts by the user filter, then groups and their
// members by the group filter. From a cursor it reads what changed, if the
// server tells that.
func (s *source) Read(ctx context.Context, since directory.Cursor) iter.Seq2[directory.Record, error] {
	return s.records(ctx, "reading", func(r *reading) (directory.End, error) { return r.read(since) })
}

// records runs work over a connection and yields what it yields, and End.
func (s *source) records(ctx context.Context, doing string, work func(*reading) (directory.End, error)) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		err := s.run(ctx, doing, work, func(r directory.Record) error {
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

// reading is one Read or Reread under way.
type reading struct {
	*source
	ctx   context.Context
	conn  *conn
	srv   server
	yield func(directory.Record) error
	doing string // for errors

	sight         sights
	rules         policies
	accountReader *accountReader
	groupReader   *groupReader
	line          row

	// seen are the immutable ids yielded, by a hash of 64 bits so that a large
	// directory does not fill the memory: among ten million entries two share one
	// with a probability of 1 in 400 000, and the second is then told as skipped.
	seen      map[uint64]readAs
	hash      maphash.Seed
	again     bool            // entries may come twice: the searches overlap
	referrals map[string]bool // met before
	newest    iam.Moment      // the latest modifyTimestamp
	claimed   int64
	entries   int64 // of claimed, without referrals
	withID    int64
	groups    int64
	members   int64
}

// readAs is what an entry was read as.
type readAs int8

const (
	asAccount readAs = iota + 1
	asGroup
)

func (s readAs) String() string {
	return map[readAs]string{asAccount: "an account", asGroup: "a group"}[s]
}

func (s *source) run(ctx context.Context, doing string, work func(*reading) (directory.End, error), yield func(directory.Record) error) error {
	if err := s.complete(); err != nil {
		return err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	r := &reading{source: s, ctx: ctx, conn: c, yield: yield, doing: doing, seen: map[uint64]readAs{}, hash: maphash.MakeSeed(), referrals: map[string]bool{}}
	if err := r.prepare(); err != nil {
		return s.explain(ctx, r.doing, err)
	}
	end, err := work(r)
	if err != nil {
		return s.explain(ctx, r.doing, err)
	}
	if err := ctx.Err(); err != nil {
		return s.explain(ctx, doing, err)
	}
	end.Claimed, end.Server = r.claimed, fmt.Sprintf("%s at %s", r.srv.nameOr("LDAP server"), s.address())
	return yield(end)
}

// prepare looks at the server and at what may be read.
func (r *reading) prepare() (err error) {
	r.doing = "reading the root DSE"
	if r.srv, err = inspect(r.conn); err != nil {
		return err
	}
	if refusal := r.srv.refusal(); refusal != nil {
		return refusal
	}
	r.doing = "looking at what may be read"
	if r.sight, r.rules, err = prepare(r.conn, r.srv, r.cfg.BaseDN, r.base, r.cfg.Mapping); err != nil {
		return err
	}
	r.accountReader = newAccountReader(r.srv.schema, r.cfg.Mapping, r.sight, r.rules, r.now())
	r.groupReader = newGroupReader(r.srv.schema, r.cfg.Mapping, r.sight, r.base)
	return r.allowed(r.srv.schema)
}

// read reads what changed since the cursor, or else everything.
func (r *reading) read(since directory.Cursor) (directory.End, error) {
	note := ""
	if since != "" {
		r.doing = "reading what changed"
		end, err := r.changes(since)
		var all *fullRead
		if !errors.As(err, &all) {
			return end, err
		}
		note = all.why
	}
	r.doing = "marking where the read begins"
	from, err := r.mark()
	if err != nil {
		return directory.End{}, err
	}
	r.doing = "reading accounts"
	if err := r.search(r.cfg.BaseDN, r.cfg.Mapping.UserFilter, r.accountReader.layout, r.account); err != nil {
		return directory.End{}, err
	}
	r.doing = "reading groups"
	if err := r.search(r.cfg.BaseDN, r.cfg.Mapping.GroupFilter, r.groupReader.layout, r.group); err != nil {
		return directory.End{}, err
	}
	r.doing = "checking that the answer can be believed"
	if err := r.believable(); err != nil {
		return directory.End{}, err
	}
	end := directory.End{Note: note}
	if from.Newest = r.newest; from.How != "" {
		end.Cursor = from.encode()
	}
	return end, nil
}

// complete refuses a configuration that says not yet what to read.
func (s *source) complete() error {
	m := s.cfg.Mapping
	for _, need := range []struct{ field, value, what string }{
		{"baseDn", s.cfg.BaseDN, "base"},
		{"mapping.userFilter", m.UserFilter, "filter that finds accounts"},
		{"mapping.groupFilter", m.GroupFilter, "filter that finds groups"},
		{"mapping.login", m.Login, "attribute that holds the login"},
	} {
		if need.value == "" {
			return iam.Errorf(iam.Invalid, "The source has no %s yet.", need.what).In(need.field).Fix("Check the source: it proposes one.")
		}
	}
	return nil
}

// prepare finds out which state attributes can be seen, so that an absent value
// is told truthfully.
func prepare(c *conn, srv server, baseDN, base string, m iam.Mapping) (sights, policies, error) {
	found := sights{}
	for _, attr := range stateProbes(m) {
		seen, err := look(c, srv.schema, baseDN, m.UserFilter, attr)
		if err != nil {
			return nil, policies{}, err
		}
		found[lowerASCII(attr)] = seen
	}
	if m.LastSignIn != "" {
		seen, err := lookForValue(c, srv.schema, baseDN, m.UserFilter, m.LastSignIn)
		if err != nil {
			return nil, policies{}, err
		}
		found[lowerASCII(m.LastSignIn)] = seen
	}
	rules, err := readPolicies(c, srv, base)
	return found, rules, err
}

// stateProbes are the attributes whose absence has a meaning.
func stateProbes(m iam.Mapping) []string {
	probes := append([]string{"createTimestamp", "modifyTimestamp"}, stateAttributes...)
	if m.EndDate != "" {
		probes = append(probes, m.EndDate)
	}
	return probes
}

// account reads an entry that the user filter finds.
func (r *reading) account(e *entry) error {
	a := r.accountReader
	a.layout.fill(&r.line, e)
	id, err := r.identify(a.ids, &r.line, asAccount)
	if id == "" || err != nil {
		return err
	}
	account := a.account(&r.line, id)
	r.newest = max(r.newest, account.Facts.ModifiedAt)
	return r.yield(account)
}

// group reads an entry that the group filter finds.
func (r *reading) group(e *entry) error {
	g := r.groupReader
	g.layout.fill(&r.line, e)
	id, err := r.identify(g.ids, &r.line, asGroup)
	if id == "" || err != nil {
		return err
	}
	if r.line.ranged {
		return iam.Errorf(iam.Unsupported, "The server returns the members of %s in ranges, which this kind of source does not read.", clean(r.line.dn))
	}
	members := g.members(&r.line)
	r.groups++
	r.members += int64(len(members))
	group := g.group(&r.line, id)
	r.newest = max(r.newest, group.Facts.ModifiedAt)
	if err := r.yield(group); err != nil {
		return err
	}
	return r.yield(directory.Members{ExternalID: id, Members: members})
}

// allowed refuses a mapping that reaches a never-read attribute by another name
// which only the server's schema knows.
func (r *reading) allowed(sch schema) error {
	for _, m := range mappedAttributes(r.cfg.Mapping) {
		for _, alias := range sch.names(lowerASCII(m.attr)) {
			if m.attr != "" && isNeverRead(alias) {
				return neverReadError(m.attr, m.field)
			}
		}
	}
	return nil
}

// search runs one of the bulk searches. A page of entries none of which has an
// immutable id ends the read at once.
func (r *reading) search(base, filter string, l *layout, each func(*entry) error) error {
	return r.conn.paged(query{base: base, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: l.names}, r.pageSize,
		each, r.referral, func() error {
			if r.entries > 0 && r.withID == 0 {
				return noStableID()
			}
			return nil
		})
}

// key is what seen keeps of an id.
func (r *reading) key(id string) uint64 { return maphash.String(r.hash, id) }

// told reports whether the object with the id was yielded.
func (r *reading) told(id string) bool { return r.seen[r.key(id)] != 0 }

// identify counts an entry and finds its immutable id. An entry that cannot be
// used is yielded as Skipped and has none.
func (r *reading) identify(ids idColumns, line *row, as readAs) (id string, err error) {
	id = ids.of(line)
	key := r.key(id)
	before := r.seen[key]
	if r.again && id != "" && before == as {
		return "", nil
	}
	r.claimed++
	r.entries++
	reason := ""
	dn := clean(line.dn)
	ref := refOfDN(dn)
	switch {
	case ref == "" || ref == "dn:":
		reason = "has a name that is no distinguished name"
		ref = ""
	case id == "":
		reason = "has no immutable id (entryUUID, nsUniqueId or ipaUniqueID) that the bind account may read"
	case before == as:
		r.withID++
		reason = "was returned twice in one read"
	case before != 0:
		r.withID++
		reason = fmt.Sprintf("fits both filters; it was read as %s", before)
	default:
		r.withID++
		r.seen[key] = as
		return id, nil
	}
	return "", r.yield(directory.Skipped{DN: dn, Ref: ref, Reason: reason})
}

// referral records a part of the tree that another server keeps (RFC 4511
// section 4.5.3). It is never followed.
func (r *reading) referral(urls []string) error {
	to := strings.Join(urls, " ")
	if r.referrals[to] {
		return nil
	}
	r.referrals[to] = true
	r.claimed++
	dn := ""
	for _, one := range urls {
		if u, err := url.Parse(one); err == nil && dn == "" {
			dn = strings.TrimPrefix(u.Path, "/")
		}
	}
	skipped := directory.Skipped{DN: dn, Reason: "is kept by another server (" + to + "); referrals are never followed"}
	if dn != "" {
		skipped.Ref = refOfDN(dn)
	}
	return r.yield(skipped)
}

// believable doubts two answers that are complete by protocol and say nothing:
// no entry at all where the base itself cannot be seen, and groups of which not
// one has a member where the member attributes may not be read.
func (r *reading) believable() error {
	if r.claimed == 0 {
		found, err := r.conn.objects(query{base: r.cfg.BaseDN, scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"1.1"}})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return iam.Errorf(iam.Denied, "%s sees nothing at or below %s.", r.bindName(), r.cfg.BaseDN).In("baseDn").
				Fix("Give the bind account read access below the base.")
		}
	}
	if r.groups == 0 || r.members > 0 {
		return nil
	}
	for _, attr := range memberAttributes {
		seen, err := look(r.conn, r.srv.schema, r.cfg.BaseDN, r.cfg.Mapping.GroupFilter, attr)
		if err != nil || seen == visible {
			return err
		}
	}
	return iam.Errorf(iam.Denied, "%s may not read the members of any group: every group would look empty.", r.bindName()).
		Fix("Give the bind account read access to member, uniqueMember and memberUid.")
}

// nameOr is vendor and version, or a word for a server that tells neither.
func (s server) nameOr(word string) string {
	if name := s.name(); name != "" {
		return name
	}
	return word
}
