package iam

import (
	"strconv"
	"time"
)

// ID names a record of this installation: a positive 64-bit integer from the
// store's own counter. Accounts, entitlements and identities share one space.
// In the API it is an opaque string.
type ID int64

// String is the form used in the API.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads the API form. It fails with NotFound: an id that cannot exist
// names nothing.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, Errorf(NotFound, "There is no record with the id %q.", s)
	}
	return ID(n), nil
}

// Seq is the sequence number of a Write, which is also the number of its audit
// event. Records carry the Writes that opened and closed them.
type Seq int64

// Open is the closing sequence number of a record that is still current.
const Open Seq = 1<<63 - 1

// Micros is the moment t in microseconds since 1970 UTC, the form in which
// every time is stored.
func Micros(t time.Time) int64 { return t.UnixMicro() }
