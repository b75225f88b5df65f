package iam

import "time"

// Unknowns are values: why something is not known is kept from the source to
// the screen and the spreadsheet. Tri and Moment share these codes.
const (
	never        = -1
	unknown      = -2
	notCollected = -3
	notSupported = -4
)

// Tri is yes, no, or the reason why neither is known.
type Tri int8

// The values of Tri.
const (
	No              Tri = 0
	Yes             Tri = 1
	UnknownTri      Tri = unknown      // the source has it, this entry does not say
	NotCollectedTri Tri = notCollected // a right or a setting is missing
	NotSupportedTri Tri = notSupported // this kind of source has no such thing
)

// TriOf is Yes for true and No for false.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

var triWords = map[Tri]string{
	No: "no", Yes: "yes", UnknownTri: "unknown", NotCollectedTri: "notCollected", NotSupportedTri: "notSupported",
}

// String is the API's word for t.
func (t Tri) String() string { return wordOr(triWords, t, "unknown") }

// Moment is a time in microseconds UTC, or the reason why there is none.
type Moment int64

// The values of Moment that are no times.
const (
	Never              Moment = never
	UnknownMoment      Moment = unknown
	NotCollectedMoment Moment = notCollected
	NotSupportedMoment Moment = notSupported
)

// MomentOf is the moment t. Times before 1970 are of no use in a directory and
// become UnknownMoment.
func MomentOf(t time.Time) Moment {
	if t.IsZero() || t.UnixMicro() < 0 {
		return UnknownMoment
	}
	return Moment(t.UnixMicro())
}

// Known reports whether m is a time.
func (m Moment) Known() bool { return m >= 0 }

// Time is the time of a known moment, in UTC.
func (m Moment) Time() time.Time { return time.UnixMicro(int64(m)).UTC() }

var momentWords = map[Moment]string{
	Never: "never", UnknownMoment: "unknown", NotCollectedMoment: "notCollected", NotSupportedMoment: "notSupported",
}

// State is "known" or the API's word for why there is no time.
func (m Moment) State() string {
	if m.Known() {
		return "known"
	}
	return wordOr(momentWords, m, "unknown")
}

func wordOr[K comparable](words map[K]string, k K, or string) string {
	if w, ok := words[k]; ok {
		return w
	}
	return or
}
