// Package directory is the contract between Gatehouse and the kinds of
// directory it reads. A kind hides paging, referrals, ranged attributes, rate
// limits and vendor errors; what leaves it are Records and Reports.
package directory

import (
	"context"
	"iter"

	"gatehouse/backend/iam"
)

// Source is a connected directory that can be checked and read. A Source is
// used by one goroutine at a time.
type Source interface {
	// Check proves address, certificate, credentials and rights, and lists
	// rights that are missing and rights that should not be there. It always
	// returns a Report; what failed is a Finding in it, not an error. It must
	// not write.
	Check(ctx context.Context) Report

	// Read yields every object (zero cursor) or every change since the cursor.
	// It must not write. Exactly one End, last, makes a read complete. Without
	// it the read is partial, whatever the error says. The error, if any, comes
	// as the last pair with a nil Record and is an *iam.Error for the operator.
	Read(ctx context.Context, since Cursor) iter.Seq2[Record, error]
}

// Kind makes Sources of one kind.
type Kind struct {
	Name  iam.SourceKind
	Title string // for people: "LDAP directory"
	// Open makes a Source. secret is the bind password, empty for anonymous. It
	// connects to nothing yet; it fails with iam.Invalid naming the field of a
	// configuration that cannot work.
	Open func(cfg iam.SourceConfig, secret string) (Source, error)
	// Propose fills what an operator left empty (base, mapping) from what the
	// server says about itself, and names the server's vendor and version.
	Propose func(ctx context.Context, cfg iam.SourceConfig, secret string) (iam.SourceConfig, error)
	// Form is what an operator fills in to connect: "server" (address, account,
	// password) or "file".
	Form string
	// CannotSee says what this kind never reads, for the page that must say so.
	CannotSee []string
	// Searches are the questions a read asks, so that anybody can ask the same
	// without us; nil where a kind cannot tell them.
	Searches func(cfg iam.SourceConfig) []Search
}

// Search is one question of a read.
type Search struct {
	Noun       string // account or entitlement
	Base       string
	Filter     string
	Attributes []string
}

// Cursor is a kind's own mark of how far a read got. Empty asks for everything.
type Cursor string

// Rereader is a Source that can read single objects anew. A read of changes
// tells which objects changed; groups that refer to a renamed, new or deleted
// object by its name did not change themselves, and are asked for here.
type Rereader interface {
	// Reread yields each of the objects as Read does: Account, or Entitlement and
	// Members, or Deleted or Left. End, with no cursor, makes it complete.
	Reread(ctx context.Context, externalIDs []string) iter.Seq2[Record, error]
}

// Watcher is a Source whose server tells when something changes.
type Watcher interface {
	// Watch calls changed whenever the directory says that something changed
	// after the cursor, and at once if something has. It returns when ctx ends
	// (with nil) or the connection is lost (with an *iam.Error). It must not
	// write, and uses a connection of its own.
	Watch(ctx context.Context, since Cursor, changed func()) error
}

// Record is one of Account, Entitlement, Members, Deleted, Left, Present,
// Skipped and End.
type Record interface{ record() }

// Account is a login object. Refs are the names by which Members and manager
// or owner references point at it, normalised by the kind so that equal means
// the same entry; the first is its DN's.
type Account struct {
	ExternalID string
	DN         string
	Refs       []string
	Facts      iam.AccountFacts
	Contact    iam.Contact
	// Primary is the reference (compared with an Entitlement's Refs) of the group
	// that the account itself names and that does not list it: AD
	// primaryGroupID, POSIX gidNumber. Empty if none.
	Primary string
}

// Entitlement is a group or another thing that can be granted.
type Entitlement struct {
	// Named says that other entries only name it: it is no entry of its own, and
	// not counted as one.
	Named      bool
	ExternalID string
	Kind       iam.EntitlementKind
	Name       string
	DN         string
	Refs       []string
	Facts      iam.EntitlementFacts
}

// Members is the full set of direct members of one entitlement. It may come
// before or after the records it refers to, at most once an entitlement.
type Members struct {
	ExternalID string // of the entitlement
	Members    []Member
}

// Member is one direct member as the source names it.
type Member struct {
	Ref   string // compared with Refs; empty if the value is no reference at all
	Value string // as the directory stores it, for people
	// OutsideScope is set where the kind can tell that Value lies outside the
	// base, so that its absence says nothing.
	OutsideScope bool
	Foreign      bool       // Value is known to be an object of another domain or forest
	At           iam.Moment // when the source itself says the membership began; 0 or UnknownMoment where it does not
}

// Deleted is the directory's proof that an object is gone.
type Deleted struct{ ExternalID string }

// Left says that an object exists and is no longer within what the source
// reads: it was moved out of the base, or does not fit the filters any more.
type Left struct{ ExternalID string }

// Present says that an object is still there, unchanged.
type Present struct{ ExternalID string }

// Skipped is an entry that could not be used. It counts as read.
type Skipped struct {
	DN     string
	Ref    string // normalised, so that a member pointing at it is not called dangling
	Reason string // for people
}

// End is the last record of a complete read.
type End struct {
	// Changes is set when only what changed since the cursor was yielded: what
	// was not mentioned is as it was, and only Deleted and Left end an object.
	// Otherwise the read was full, whatever was asked for, and an object that was
	// not mentioned is not returned any more.
	Changes bool
	Note    string // for people: why a read of changes became a full one, and the like
	Cursor  Cursor
	Claimed int64  // entries the server returned; -1 where it does not tell
	Server  string // vendor, version and address of the server that answered
}

func (Account) record()     {}
func (Entitlement) record() {}
func (Members) record()     {}
func (Deleted) record()     {}
func (Left) record()        {}
func (Present) record()     {}
func (Skipped) record()     {}
func (End) record()         {}

// Report is the answer of a Check, in the order in which things were tried.
type Report struct {
	Server   string   // vendor and version, empty if not reached
	Findings []Result // each step, also those that passed
	Samples  []Sample // up to ten real entries as they will look
	Watchers Watchers
	Preview  *Preview // of a table; nil where the source is none
	// Config is the configuration with proposals filled in.
	Config iam.SourceConfig
}

// Passed reports whether nothing stands against a first read.
func (r Report) Passed() bool {
	for _, f := range r.Findings {
		if f.State == Failed || f.State == NeedsYou {
			return false
		}
	}
	return len(r.Findings) > 0
}

// ResultState is how one step of a Check went.
type ResultState string

// The states.
const (
	Passed   ResultState = "passed"
	NeedsYou ResultState = "needsYou" // an operator must confirm, such as a fingerprint
	Missing  ResultState = "missing"  // a right is missing: values will say not collected
	TooMuch  ResultState = "tooMuch"  // a right that should not be there
	Failed   ResultState = "failed"
	Unknown  ResultState = "unknown" // could not be found out: says nothing either way
)

// Result is one step of a Check.
type Result struct {
	State  ResultState
	Step   string // name, port, certificate, bind, base, rights, kind
	Title  string // "Certificate"
	Text   string // what was found
	Remedy string // what to do, empty if nothing
	Copy   string // text to paste at the server, such as an olcAccess line; empty if none
	// Fingerprint is the SHA-256 of the server's certificate in upper-case hex
	// with colons, where Step is "certificate".
	Fingerprint string
}

// Sample is one entry as it will look.
type Sample struct {
	Account Account
	Groups  int // direct groups
	Manager string
}

// Watchers says what the directory's own monitoring will see of a read.
type Watchers struct {
	Account string   // the bind DN, or anonymous
	Binds   string   // how often
	Filters []string // the searches, with page size
	Volume  string   // entries and an estimate of bytes
	Never   string   // what is never done
}
