package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// The pieces that answers share. Ids are opaque strings, times RFC 3339 in UTC.

// Page is a stretch of a list. Total is exact to 10,000.
type Page[T any] struct {
	Past
	Items        []T   `json:"items"`
	Total        int64 `json:"total"`
	TotalIsExact bool  `json:"totalIsExact"`
	// Next is made by lists that know after.
	Next string `json:"next,omitempty" doc:"Where the next page begins, for after; absent at the end of the list."`
}

// PageQuery asks for a stretch of a list.
type PageQuery struct {
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	Sort   string `query:"sort" doc:"A column that is indexed, with - before it for descending."`
	Q      string `query:"q" maxLength:"256" doc:"Words to search for, in any form they are pasted in."`
}

// AfterQuery asks for the page after another. Pages that follow each other so
// hold every row that was there all the time once, whatever comes and goes
// between them.
type AfterQuery struct {
	After string `query:"after" maxLength:"8192" doc:"next of the page before, asked for with the same sort."`
}

// stretch is the part of the list that both ask for.
func (a AfterQuery) stretch(p PageQuery) (store.Stretch, error) {
	if a.After != "" && p.Offset != 0 {
		return store.Stretch{}, iam.Errorf(iam.Invalid, "A page begins after another or at an offset, not both.").In("query.after").Fix("Leave one of after and offset out.")
	}
	return store.Stretch{Skip: p.Offset, After: store.Cursor(a.After), Most: p.Limit}, nil
}

// IDPathAt names one record, as of a moment.
type IDPathAt struct {
	IDPath
	AsOfQuery
}

// IDPath names one record.
type IDPath struct {
	ID string `path:"id" maxLength:"32"`
}

// Moment is a time, or the word for why there is none.
type Moment struct {
	State string `json:"state" enum:"known,never,unknown,notCollected,notSupported"`
	At    string `json:"at,omitempty" format:"date-time"`
}

func moment(m iam.Moment) Moment {
	if m.Known() {
		return Moment{State: m.State(), At: stamp(int64(m))}
	}
	return Moment{State: m.State()}
}

func stamp(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

// Tri is yes, no, or the word for why neither is known.
type Tri string

// Schema names the words in the API's description.
func (Tri) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Enum: []any{"yes", "no", "unknown", "notCollected", "notSupported"}}
}

// Ref is a link to a record.
type Ref struct {
	Kind string `json:"kind" enum:"identity,account,group,source,run,review,factor"`
	ID   string `json:"id"`
	Name string `json:"name"`
	// Login or DN, where it helps to tell two records of one name apart.
	Detail string `json:"detail,omitempty"`
}

// FindingTag is the worst finding of a record.
type FindingTag struct {
	Kind  string `json:"kind"`
	Risk  string `json:"risk" enum:"low,medium,high,critical"`
	Label string `json:"label"`
}

// TimelineEntry is one thing that was observed of a record.
type TimelineEntry struct {
	At     string `json:"at" format:"date-time"`
	Event  int64  `json:"event" doc:"The number of the audit event."`
	Run    string `json:"run,omitempty"`
	Source string `json:"source,omitempty"`
	Text   string `json:"text"`
	About  *Ref   `json:"about,omitempty"`
	// After is when the source had last been read without it: it happened between
	// the two, as far as the reads tell.
	After string `json:"after,omitempty" format:"date-time"`
	// End says why something ended; notReturned is no proof of deletion.
	End string `json:"end,omitempty"`
	// SourceTime is when the source itself says it happened.
	SourceTime string `json:"sourceTime,omitempty" format:"date-time"`
}
