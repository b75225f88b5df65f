package ad

import (
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// cursor is how far a read got. A USN means something only to the database of
// the one controller that gave it, and is never asked of another.
type cursor struct {
	Server     string     `json:"server"`     // dnsHostName of the controller
	Invocation string     `json:"invocation"` // of its database
	Context    string     `json:"context"`
	USN        int64      `json:"usn"`
	At         iam.Moment `json:"at"`   // the day, by the controller's clock
	View       string     `json:"view"` // digest of what changes answers without changing objects
}

// cursor is what a read that begins now may go on from later. It has no USN
// where the controller does not tell which database answers.
func (r *reading) cursor() cursor {
	c := cursor{
		Server: r.dc.name, Invocation: r.dc.invocation, Context: r.dc.contextOf(r.base), USN: r.dc.usn, At: r.dc.clock,
		View: fmt.Sprintf("%s %t", r.rules.digest, r.signIns),
	}
	if c.At.Known() {
		c.At -= c.At % iam.Moment(24*time.Hour/time.Microsecond)
	}
	return c
}

// text is the cursor as kept; empty where the next read must be full.
func (c cursor) text() directory.Cursor {
	if c.Invocation == "" || c.USN == 0 {
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return directory.Cursor(text)
}

// parseCursor reads what text wrote; false where it cannot.
func parseCursor(text directory.Cursor) (c cursor, ok bool) {
	if json.Unmarshal([]byte(text), &c) != nil || c.Invocation == "" || c.USN <= 0 || c.Server == "" {
		return cursor{}, false
	}
	return c, true
}

// oldest is the age up to which deletions can be told: deleted objects are kept
// for 60 days or longer (tombstoneLifetime).
const oldest = 30 * 24 * time.Hour

// reason says why what changed since last cannot be told; empty if it can.
func (r *reading) reason(last, now cursor) (string, error) {
	switch {
	case last.Server != now.Server:
		return fmt.Sprintf("Another controller answered: %s, before it was %s. Each counts its changes by itself, so everything was read.", now.Server, last.Server), nil
	case now.Invocation == "":
		return fmt.Sprintf("%s does not show which database it answers from (invocationId), so everything was read.", now.Server), nil
	case last.Invocation != now.Invocation:
		return fmt.Sprintf("The database of %s was replaced, as after a restore from backup, so everything was read.", now.Server), nil
	case now.USN < last.USN:
		return fmt.Sprintf("%s counts fewer changes (%d) than at the last read (%d): its database was put back to an older state without its partners knowing (USN rollback). Everything was read. Repair the controller: it no longer replicates what is changed there.",
			now.Server, now.USN, last.USN), nil
	case last.Context != now.Context:
		return "The naming context is another one, so everything was read.", nil
	case last.View != now.View:
		return "Password policies, or what the bind account may read, changed: that can change what is said of every account, so everything was read.", nil
	case now.At.Known() && last.At.Known() && time.Duration(now.At-last.At)*time.Microsecond > oldest:
		return "The last read is so old that the directory may have forgotten deletions since, so everything was read.", nil
	}
	return "", nil
}
