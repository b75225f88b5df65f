package api

import (
	"context"
	"fmt"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// AsOfQuery asks about a moment in the past instead of now.
type AsOfQuery struct {
	AsOf string `query:"asOf" maxLength:"40" doc:"A time (RFC 3339), a date (its end, UTC), the number of an event (#123) or of a run (run:12). Empty: now."`
}

// AsOf says what an answer about the past rests on. A directory is known as it
// was read, not as it was: the answer is that of ObservedAt, and what happened
// from then to NextObservation is not told apart.
type AsOf struct {
	Asked           string       `json:"asked"`
	At              string       `json:"at" format:"date-time" doc:"The moment that was asked about."`
	Seq             int64        `json:"seq" doc:"The event after which the records are shown: one number for all sources."`
	ObservedAt      string       `json:"observedAt,omitempty" format:"date-time" doc:"When the newest run that stood then had ended. None: nothing had been read."`
	NextObservation string       `json:"nextObservation,omitempty" format:"date-time" doc:"When the first run after it was applied. None: there is none yet."`
	Sources         []AsOfSource `json:"sources" doc:"Each source the answer is about."`
	NoHistory       []string     `json:"noHistory" doc:"Values of which only the newest is kept: empty or notCollected in the answer, unless the newest held then, too."`
	Note            string       `json:"note,omitempty"`
}

// AsOfSource is what was known of one source then.
type AsOfSource struct {
	Source          Ref    `json:"source"`
	ObservedAt      string `json:"observedAt,omitempty" format:"date-time"`
	Run             string `json:"run,omitempty"`
	NextObservation string `json:"nextObservation,omitempty" format:"date-time"`
	NextRun         string `json:"nextRun,omitempty"`
}

// Past is the part of an answer that says which moment it is about; without it
// the answer is about now.
type Past struct {
	AsOf *AsOf `json:"asOf,omitempty" doc:"Set if the answer is about the past."`
}

func (p *Past) set(a *AsOf) { p.AsOf = a }

// dated is an answer that can be about the past.
type dated[T any] interface {
	*T
	set(*AsOf)
}

// viewAt answers from one snapshot, as of the moment that is asked about.
func viewAt[T any, P dated[T]](ctx context.Context, s *server, q AsOfQuery, fn func(*store.Reader) (T, error)) (*body[T], error) {
	return view(ctx, s, func(r *store.Reader) (T, error) {
		if q.AsOf == "" {
			return fn(r)
		}
		var none T
		p, err := pointOf(ctx, r, q.AsOf, "asOf")
		if err != nil {
			return none, err
		}
		then := r.At(p)
		v, err := fn(then)
		if err != nil {
			return none, err
		}
		a, err := asOf(ctx, then, p)
		P(&v).set(&a)
		return v, err
	})
}

// pointOf reads the moment in a parameter.
func pointOf(ctx context.Context, r *store.Reader, text, field string) (store.Point, error) {
	p, err := r.PointOf(ctx, text)
	if e, ok := err.(*iam.Error); ok {
		return p, e.In("query." + field)
	}
	return p, err
}

// noHistory are the values of which only the newest is kept.
var noHistory = []string{"mail", "phone", "lastSignIn", "modifiedAt"}

func asOf(ctx context.Context, r *store.Reader, p store.Point) (AsOf, error) {
	a := AsOf{Asked: p.Asked, At: stamp(p.At), Seq: int64(p.Seq), Sources: []AsOfSource{}, NoHistory: noHistory}
	sources, err := r.SourcesThen(ctx)
	for _, src := range sources {
		one := AsOfSource{Source: sourceRef(src.Source)}
		if src.Shown != nil {
			one.ObservedAt, one.Run = stamp(src.Shown.EndedAt), src.Shown.ID.String()
		}
		if src.Next != nil {
			one.NextObservation, one.NextRun = stamp(src.Next.EndedAt), src.Next.ID.String()
		}
		a.Sources = append(a.Sources, one)
	}
	a.sum()
	return a, err
}

// sum makes the whole of its sources.
func (a *AsOf) sum() {
	a.ObservedAt, a.NextObservation, a.Note = "", "", ""
	for _, s := range a.Sources {
		if later(s.ObservedAt, a.ObservedAt) {
			a.ObservedAt = s.ObservedAt
		}
		if s.NextObservation != "" && (a.NextObservation == "" || later(a.NextObservation, s.NextObservation)) {
			a.NextObservation = s.NextObservation
		}
	}
	switch {
	case len(a.Sources) == 0:
		a.Note = "No directory was connected then."
	case a.ObservedAt == "" && len(a.Sources) == 1:
		a.Note = fmt.Sprintf("%s had not been read then.", a.Sources[0].Source.Name)
	case a.ObservedAt == "":
		a.Note = "No directory had been read then."
	case a.NextObservation == "":
		a.Note = "Nothing has been observed since: this is what is shown now, too."
	}
}

// later compares two stamps, of which the empty one is the earliest.
func later(x, y string) bool {
	a, _ := time.Parse(time.RFC3339Nano, x)
	b, _ := time.Parse(time.RFC3339Nano, y)
	return a.After(b)
}

// of is the answer's basis where it is about one source.
func (a *AsOf) of(source string) *AsOf {
	only := *a
	only.Sources = nil
	for _, s := range a.Sources {
		if s.Source.ID == source {
			only.Sources = append(only.Sources, s)
		}
	}
	if only.Sources == nil {
		return a
	}
	only.sum()
	return &only
}

func (v *Account) set(a *AsOf) { v.AsOf = a.of(v.Source.ID) }
func (v *Group) set(a *AsOf)   { v.AsOf = a.of(v.Source.ID) }

// noSignInHistory refuses to list by the last sign-in as of the past.
func noSignInHistory(q AsOfQuery, signIn, sort string) error {
	if q.AsOf == "" || signIn == "" && sort != "lastSignIn" && sort != "-lastSignIn" {
		return nil
	}
	field := "query.signIn"
	if signIn == "" {
		field = "query.sort"
	}
	return iam.Errorf(iam.Invalid, "The last sign-in keeps no history, so a list of the past cannot be narrowed or sorted by it.").In(field).Fix("Leave it out, or ask about now.")
}

// History is when something was observed: the marks of a time line.
type History struct {
	Past
	First string        `json:"first,omitempty" format:"date-time" doc:"The first observation of all."`
	Marks []Observation `json:"marks" doc:"Runs that changed something, oldest first."`
	More  bool          `json:"more" doc:"There are older ones than the marks."`
}

// Observation is a run that was applied and changed something.
type Observation struct {
	At      string `json:"at" format:"date-time"`
	Seq     int64  `json:"seq"`
	Run     string `json:"run"`
	Source  Ref    `json:"source"`
	Added   int64  `json:"added"`
	Changed int64  `json:"changed"`
	Removed int64  `json:"removed"`
}

// mostMarks is how many observations a time line shows.
const mostMarks = 1000

func (s *server) getHistory(ctx context.Context, in *AsOfQuery) (*body[History], error) {
	return viewAt(ctx, s, *in, func(r *store.Reader) (History, error) {
		v := History{Marks: []Observation{}}
		seen, first, err := r.Observations(ctx, mostMarks+1)
		if err != nil {
			return v, err
		}
		if v.More = len(seen) > mostMarks; v.More {
			seen = seen[1:]
		}
		if first > 0 {
			v.First = stamp(first)
		}
		for _, o := range seen {
			v.Marks = append(v.Marks, Observation{
				At: stamp(o.EndedAt), Seq: int64(o.Seq), Run: o.ID.String(), Source: Ref{Kind: "source", ID: o.SourceID.String(), Name: o.SourceName},
				Added: o.Added, Changed: o.Changed, Removed: o.Removed,
			})
		}
		return v, nil
	})
}
