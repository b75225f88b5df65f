package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// The two answers that scripts depend on, whole and in one call.

// AskAccess asks for everything an account is in. Login or ID is given.
type AskAccess struct {
	AsOfQuery
	Login  string `query:"login" maxLength:"256"`
	Source string `query:"source" maxLength:"100" doc:"The source's name."`
	ID     string `query:"id" maxLength:"32"`
}

// AccessAnswer is what one account is in, and by which paths.
type AccessAnswer struct {
	Past
	Login      string        `json:"login"`
	ID         string        `json:"id"`
	Source     string        `json:"source"`
	DN         string        `json:"dn"`
	Enabled    *bool         `json:"enabled" doc:"null if it is not known; enabledState says why."`
	State      Tri           `json:"enabledState"`
	Run        string        `json:"run"`
	ObservedAt string        `json:"observedAt" format:"date-time"`
	Coverage   string        `json:"coverage" enum:"complete,partial"`
	Effective  []AccessGroup `json:"effective"`
	Unresolved []string      `json:"unresolved" doc:"Why the answer may lack groups."`
}

// AccessGroup is one group reached. A path lists the names of groups from the
// one the account is in to the one reached.
type AccessGroup struct {
	Source    string     `json:"source"`
	Group     string     `json:"group"`
	GroupID   string     `json:"groupId"`
	DN        string     `json:"dn"`
	Direct    bool       `json:"direct"`
	Paths     [][]string `json:"paths"`
	MorePaths bool       `json:"morePaths"`
}

// AskWhoCan asks for everybody in a group. Group or ID is given.
type AskWhoCan struct {
	AsOfQuery
	Group  string `query:"group" maxLength:"256"`
	Source string `query:"source" maxLength:"100" doc:"The source's name."`
	ID     string `query:"id" maxLength:"32"`
}

// WhoCanAnswer is who is in one group, and by which paths.
type WhoCanAnswer struct {
	Past
	Group      string             `json:"group"`
	GroupID    string             `json:"groupId"`
	DN         string             `json:"dn"`
	Source     string             `json:"source"`
	Members    []WhoCanMember     `json:"members"`
	Unresolved []UnresolvedMember `json:"unresolved"`
}

// WhoCanMember is one account in the group.
type WhoCanMember struct {
	Login     string     `json:"login"`
	ID        string     `json:"id"`
	Direct    bool       `json:"direct"`
	Paths     [][]string `json:"paths"`
	MorePaths bool       `json:"morePaths"`
}

// ambiguous is a name that fits several records.
type ambiguous struct {
	err   *iam.Error
	names []string
}

func (a ambiguous) Error() string        { return a.err.Error() }
func (a ambiguous) Unwrap() error        { return a.err }
func (a ambiguous) Candidates() []string { return a.names }

// choose picks the one record a name means.
func choose[T any](what, name, source string, found []T, sourceOf, describe func(T) string) (T, error) {
	var none T
	if source != "" {
		found = slices.DeleteFunc(found, func(x T) bool { return sourceOf(x) != source })
	}
	switch len(found) {
	case 0:
		return none, iam.Errorf(iam.NotFound, "There is no %s %q.", what, name).Fix(fmt.Sprintf("Look for it with: gatehouse find %q", name))
	case 1:
		return found[0], nil
	}
	a := ambiguous{err: iam.Errorf(iam.Conflict, "%q fits %d %ss.", name, len(found), what).Fix("Narrow it with --source or --id.")}
	for _, x := range found {
		a.names = append(a.names, describe(x))
	}
	return none, a
}

// nothingYet is err, the name being that of nothing, unless nothing at all had been
// observed at the moment that is asked about: then nobody can say.
func nothingYet(ctx context.Context, r *store.Reader, source string, err error) error {
	if iam.KindOf(err) != iam.NotFound {
		return err
	}
	first, before, failed := r.FirstRead(ctx, source)
	if failed != nil {
		return failed
	}
	if !before {
		return err
	}
	of := ""
	if source != "" {
		of = " of " + source
	}
	return iam.Errorf(iam.NotFound, "Nothing%s was observed before %s.", of, time.UnixMicro(first).UTC().Format("2006-01-02 15:04:05 UTC")).Fix("Ask about that time or a later one.")
}

func (s *server) answerAccess(ctx context.Context, in *AskAccess) (*body[AccessAnswer], error) {
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (AccessAnswer, error) {
		a, err := s.findAccount(ctx, r, in)
		if err != nil {
			return AccessAnswer{}, err
		}
		return s.access(ctx, r, a)
	})
}

func (s *server) findAccount(ctx context.Context, r *store.Reader, in *AskAccess) (store.Account, error) {
	if in.ID != "" {
		id, err := iam.ParseID(in.ID)
		if err != nil {
			return store.Account{}, err
		}
		return r.Account(ctx, id)
	}
	found, err := r.AccountsByLogin(ctx, in.Login)
	if err != nil {
		return store.Account{}, err
	}
	b, err := newBook(ctx, r, nil)
	if err != nil {
		return store.Account{}, err
	}
	a, err := choose("account", in.Login, in.Source, found,
		func(a store.Account) string { return b.sources[a.SourceID].Name },
		func(a store.Account) string {
			return fmt.Sprintf("id %s, %s, source %s, %s", a.ID, a.Login, b.sources[a.SourceID].Name, a.DN)
		})
	return a, nothingYet(ctx, r, in.Source, err)
}

func (s *server) access(ctx context.Context, r *store.Reader, a store.Account) (AccessAnswer, error) {
	edges, err := r.Above(ctx, a.ID)
	if err != nil {
		return AccessAnswer{}, err
	}
	b, err := newBook(ctx, r, nodes(edges, a.ID))
	if err != nil {
		return AccessAnswer{}, err
	}
	v := AccessAnswer{
		Login: a.Login, ID: a.ID.String(), Source: b.sources[a.SourceID].Name, DN: a.DN, Enabled: known(a.Enabled), State: Tri(a.Enabled.String()),
		Coverage: "partial", Effective: []AccessGroup{},
	}
	if _, v.ObservedAt, v.Run, err = observed(ctx, r, a.ID, a.SourceID); err != nil {
		return v, err
	}
	if _, newest, err := runsOf(ctx, r, a.SourceID); err != nil {
		return v, err
	} else if newest != nil && (newest.Coverage() == "complete" || newest.State == iam.Reading) {
		v.Coverage = "complete"
	}
	if v.Unresolved, err = s.unsure(ctx, r, []store.Account{a}); err != nil {
		return v, err
	}
	g := access.New(edges)
	for _, reached := range g.Groups(a.ID) {
		n := b.names[reached.ID]
		paths, more := g.Paths(a.ID, reached.ID)
		v.Effective = append(v.Effective, AccessGroup{
			Source: b.sources[n.SourceID].Name, Group: n.Name, GroupID: n.ID.String(), DN: n.DN,
			Direct: len(reached.Path) == 1, Paths: b.namePaths(paths), MorePaths: more,
		})
	}
	slices.SortFunc(v.Effective, func(x, y AccessGroup) int {
		return strings.Compare(x.Group+"\x00"+x.DN, y.Group+"\x00"+y.DN)
	})
	return v, nil
}

// known is nil for what is not known.
func known(t iam.Tri) *bool {
	if t != iam.Yes && t != iam.No {
		return nil
	}
	b := t == iam.Yes
	return &b
}

func (b *book) namePaths(paths [][]iam.ID) [][]string {
	out := make([][]string, len(paths))
	for i, p := range paths {
		for _, id := range p {
			out[i] = append(out[i], b.names[id].Name)
		}
	}
	return out
}

func (s *server) answerWhoCan(ctx context.Context, in *AskWhoCan) (*body[WhoCanAnswer], error) {
	return viewAt(ctx, s, in.AsOfQuery, func(r *store.Reader) (WhoCanAnswer, error) {
		e, err := s.findGroup(ctx, r, in)
		if err != nil {
			return WhoCanAnswer{}, err
		}
		return whoCan(ctx, r, e)
	})
}

func (s *server) findGroup(ctx context.Context, r *store.Reader, in *AskWhoCan) (store.Entitlement, error) {
	if in.ID != "" {
		id, err := iam.ParseID(in.ID)
		if err != nil {
			return store.Entitlement{}, err
		}
		return r.Entitlement(ctx, id)
	}
	found, err := r.EntitlementsByName(ctx, in.Group)
	if err != nil {
		return store.Entitlement{}, err
	}
	b, err := newBook(ctx, r, nil)
	if err != nil {
		return store.Entitlement{}, err
	}
	e, err := choose("group", in.Group, in.Source, found,
		func(e store.Entitlement) string { return b.sources[e.SourceID].Name },
		func(e store.Entitlement) string {
			return fmt.Sprintf("id %s, %s, source %s, %s", e.ID, e.Name, b.sources[e.SourceID].Name, e.DN)
		})
	return e, nothingYet(ctx, r, in.Source, err)
}

func whoCan(ctx context.Context, r *store.Reader, e store.Entitlement) (WhoCanAnswer, error) {
	edges, err := r.Below(ctx, false, e.ID)
	if err != nil {
		return WhoCanAnswer{}, err
	}
	b, err := newBook(ctx, r, nodes(edges, e.ID))
	if err != nil {
		return WhoCanAnswer{}, err
	}
	v := WhoCanAnswer{Group: e.Name, GroupID: e.ID.String(), DN: e.DN, Source: b.sources[e.SourceID].Name, Members: []WhoCanMember{}, Unresolved: []UnresolvedMember{}}
	g := access.New(edges)
	for _, reached := range g.Members(e.ID) {
		n := b.names[reached.ID]
		if n.Noun != "account" {
			continue
		}
		paths, more := g.Paths(reached.ID, e.ID)
		v.Members = append(v.Members, WhoCanMember{Login: n.Login, ID: n.ID.String(), Direct: len(reached.Path) == 1, Paths: b.namePaths(paths), MorePaths: more})
	}
	slices.SortFunc(v.Members, func(x, y WhoCanMember) int { return strings.Compare(x.Login+"\x00"+x.ID, y.Login+"\x00"+y.ID) })
	// Unresolved members of every group on the way count, too: each once, since the
	// first was observed.
	seen := map[[2]string]int{}
	for _, id := range nodes(edges, e.ID) {
		if b.names[id].Noun != "entitlement" {
			continue
		}
		us, _, err := r.Unresolved(ctx, id, 0, 1<<31)
		if err != nil {
			return v, err
		}
		for _, u := range us {
			at, err := b.at(ctx, u.Since)
			if err != nil {
				return v, err
			}
			what := [2]string{cmp.Or(u.Ref, u.Value), string(u.Reason)}
			if i, again := seen[what]; !again {
				seen[what] = len(v.Unresolved)
				v.Unresolved = append(v.Unresolved, UnresolvedMember{u.Value, string(u.Reason), at})
			} else if later(v.Unresolved[i].Since, at) {
				v.Unresolved[i].Since = at
			}
		}
	}
	return v, nil
}
