package ldap

import (
	"context"
	"errors"
	"fmt"
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
// members by the group filter. A cursor other than the empty one is refused.
func (s *source) Read(ctx context.Context, since directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		err := s.read(ctx, since, func(r directory.Record) error {
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

// reading is one Read under way.
type reading struct {
	*source
	ctx   context.Context
	conn  *conn
	srv   server
	yield func(directory.Record) error

	seen      map[string]string // immutable ids yielded, with what they were yielded as
	referrals map[string]bool   // met before
	claimed   int64
	entries   int64 // of claimed, without referrals
	withID    int64
	groups    int64
	members   int64
}

func (s *source) read(ctx context.Context, since directory.Cursor, yield func(directory.Record) error) error {
	if since != "" {
		return iam.Errorf(iam.Unsupported, "This kind of source is always read in full.")
	}
	if err := s.complete(); err != nil {
		return err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	r := &reading{source: s, ctx: ctx, conn: c, yield: yield, seen: map[string]string{}, referrals: map[string]bool{}}
	if r.srv, err = inspect(c); err != nil {
		return s.explain(ctx, "reading the root DSE", err)
	}
	if refusal := r.srv.refusal(); refusal != nil {
		return refusal
	}
	sight, rules, err := prepare(c, r.srv, s.cfg.BaseDN, s.base, s.cfg.Mapping)
	if err != nil {
		return s.explain(ctx, "looking at what may be read", err)
	}
	if err := r.accounts(newAccountReader(r.srv.schema, s.cfg.Mapping, sight, rules, s.now())); err != nil {
		return s.explain(ctx, "reading accounts", err)
	}
	if err := r.entitlements(newGroupReader(r.srv.schema, s.cfg.Mapping, sight, s.base)); err != nil {
		return s.explain(ctx, "reading groups", err)
	}
	if err := r.believable(); err != nil {
		return s.explain(ctx, "checking that the answer can be believed", err)
	}
	if err := ctx.Err(); err != nil {
		return s.explain(ctx, "reading", err)
	}
	return yield(directory.End{Claimed: r.claimed, Server: fmt.Sprintf("%s at %s", r.srv.nameOr("LDAP server"), s.address())})
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

func (r *reading) accounts(a *accountReader) error {
	if err := r.allowed(a.layout); err != nil {
		return err
	}
	var line row
	return r.search(r.cfg.Mapping.UserFilter, a.layout, func(e *entry) error {
		a.layout.fill(&line, e)
		id, err := r.identify(a.ids, &line, "an account")
		if id == "" || err != nil {
			return err
		}
		return r.yield(a.account(&line, id))
	})
}

func (r *reading) entitlements(g *groupReader) error {
	if err := r.allowed(g.layout); err != nil {
		return err
	}
	var line row
	return r.search(r.cfg.Mapping.GroupFilter, g.layout, func(e *entry) error {
		g.layout.fill(&line, e)
		id, err := r.identify(g.ids, &line, "a group")
		if id == "" || err != nil {
			return err
		}
		if line.ranged {
			return iam.Errorf(iam.Unsupported, "The server returns the members of %s in ranges, which this kind of source does not read.", clean(line.dn))
		}
		members := g.members(&line)
		r.groups++
		r.members += int64(len(members))
		if err := r.yield(g.group(&line, id)); err != nil {
			return err
		}
		return r.yield(directory.Members{ExternalID: id, Members: members})
	})
}

// allowed refuses a mapping that reaches a never-read attribute by another name
// which only the server's schema knows.
func (r *reading) allowed(l *layout) error {
	for _, m := range mappedAttributes(r.cfg.Mapping) {
		for _, alias := range l.schema.names(lowerASCII(m.attr)) {
			if m.attr != "" && isNeverRead(alias) {
				return neverReadError(m.attr, m.field)
			}
		}
	}
	return nil
}

// search runs one of the two bulk searches. A page of entries none of which has
// an immutable id ends the read at once.
func (r *reading) search(filter string, l *layout, each func(*entry) error) error {
	return r.conn.paged(query{base: r.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: filter, attrs: l.names}, r.pageSize,
		each, r.referral, func() error {
			if r.entries > 0 && r.withID == 0 {
				return noStableID()
			}
			return nil
		})
}

// identify counts an entry and finds its immutable id. An entry that cannot be
// used is yielded as Skipped and has none.
func (r *reading) identify(ids idColumns, line *row, as string) (id string, err error) {
	r.claimed++
	r.entries++
	reason := ""
	id = ids.of(line)
	dn := clean(line.dn)
	ref := refOfDN(dn)
	switch before, twice := r.seen[id]; {
	case ref == "" || ref == "dn:":
		reason = "has a name that is no distinguished name"
		ref = ""
	case id == "":
		reason = "has no immutable id (entryUUID, nsUniqueId or ipaUniqueID) that the bind account may read"
	case twice && before == as:
		r.withID++
		reason = "was returned twice in one read"
	case twice:
		r.withID++
		reason = fmt.Sprintf("fits both filters; it was read as %s", before)
	default:
		r.withID++
		r.seen[id] = as
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
