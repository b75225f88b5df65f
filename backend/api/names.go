package api

import (
	"context"

	"gatehouse/backend/access"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// refOf is the link to an account or group. An account of an identity links to
// itself: what a person has is on the identity's page, which it names.
func refOf(n store.Named) Ref {
	if n.Noun == "entitlement" {
		return Ref{Kind: "group", ID: n.ID.String(), Name: n.Name}
	}
	return Ref{Kind: "account", ID: n.ID.String(), Name: n.Name, Detail: n.Login}
}

// personRef links to the identity behind an account, or to the account of a
// service or shared account.
func personRef(n store.Named) Ref {
	if n.IdentityID != 0 {
		return Ref{Kind: "identity", ID: n.IdentityID.String(), Name: n.Name, Detail: n.Login}
	}
	return refOf(n)
}

func sourceRef(src iam.Source) Ref {
	return Ref{Kind: "source", ID: src.ID.String(), Name: src.Name}
}

// book looks up names, sources and times once for one answer.
type book struct {
	r       *store.Reader
	names   map[iam.ID]store.Named
	sources map[iam.ID]iam.Source
	times   map[iam.Seq]string
}

func newBook(ctx context.Context, r *store.Reader, ids []iam.ID) (*book, error) {
	b := &book{r: r, sources: map[iam.ID]iam.Source{}, times: map[iam.Seq]string{}}
	var err error
	if b.names, err = r.Names(ctx, ids); err != nil {
		return nil, err
	}
	if r.Past() {
		all, err := r.SourcesThen(ctx)
		for _, s := range all {
			b.sources[s.ID] = s.Source
		}
		return b, err
	}
	all, err := r.Sources(ctx)
	for _, s := range all {
		b.sources[s.ID] = s
	}
	return b, err
}

func (b *book) ref(id iam.ID) Ref { return refOf(b.names[id]) }

func (b *book) refs(ids []iam.ID) []Ref {
	out := make([]Ref, len(ids))
	for i, id := range ids {
		out[i] = b.ref(id)
	}
	return out
}

func (b *book) source(id iam.ID) Ref { return sourceRef(b.sources[id]) }

// at is when a Write happened.
func (b *book) at(ctx context.Context, seq iam.Seq) (string, error) {
	if t, ok := b.times[seq]; ok || seq == 0 {
		return t, nil
	}
	micros, err := b.r.SeqTime(ctx, seq)
	b.times[seq] = stamp(micros)
	return b.times[seq], err
}

// newest is the Write that opened the newest edge of a path.
func newest(g *access.Graph, member iam.ID, path []iam.ID) iam.Seq {
	var seq iam.Seq
	for _, id := range path {
		seq = max(seq, g.Since(member, id))
		member = id
	}
	return seq
}

// nodes are all ids that edges mention.
func nodes(edges []access.Edge, more ...iam.ID) []iam.ID {
	seen := map[iam.ID]bool{}
	out := append([]iam.ID{}, more...)
	for _, id := range more {
		seen[id] = true
	}
	for _, e := range edges {
		for _, id := range []iam.ID{e.Member, e.Group} {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

// tag is the worst finding of a record, as a list shows it.
func tag(f iam.Finding) *FindingTag {
	if f.ID == 0 {
		return nil
	}
	return &FindingTag{Kind: string(f.Kind), Risk: f.Risk.String(), Label: iam.FindingOf(f.Kind).Label}
}

func page[T any](items []T, n store.Count) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, Total: n.N, TotalIsExact: n.Exact}
}

// following is a page with the place where the next one begins.
func following[T any](p Page[T], next store.Cursor) Page[T] {
	p.Next = string(next)
	return p
}

func exactly(n int64) store.Count { return store.Count{N: n, Exact: true} }

// optionalID reads a filter by id; empty filters nothing.
func optionalID(s string) (iam.ID, error) {
	if s == "" {
		return 0, nil
	}
	return iam.ParseID(s)
}

func yesNo(s string) *bool {
	switch s {
	case "yes":
		t := true
		return &t
	case "no":
		f := false
		return &f
	}
	return nil
}
