// Package audit is the format of the audit log: what an event is, how it is
// hashed and chained, how it is exported and how a chain is verified. It keeps
// nothing; backend/store numbers, chains and stores the events.
//
// docs/audit-format.md is normative. A verifier written from that page alone
// must come to the same verdicts as this package.
package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"gatehouse/backend/iam"
)

// FormatVersion is the version of the format that this package writes, and the
// only one it can verify.
const FormatVersion = 1

// domain is the first thing hashed, so that no hash of an event is the hash of
// anything else.
const domain = "gatehouse-audit-v1"

// saltSize is the length of a detail's salt in bytes.
const saltSize = 16

// Record is one event as it is hashed and stored.
type Record struct {
	Version     int
	Seq         iam.Seq // 1 for the first event, then without gaps
	Time        int64   // microseconds since 1970 UTC, never below the event before
	Clock       string  // where Time comes from; "system" is the clock of the machine
	Actor       iam.Actor
	OSUser      string
	Host        string
	Channel     string
	Address     string
	Action      string
	Objects     []iam.Object
	Outcome     iam.Outcome
	Reason      string
	Ticket      string
	Correlation string
	DetailHash  [32]byte // Detail.Hash, or zero for an event that never had a detail
	Prev        [32]byte // Hash of the event before, or zero for the first
	Hash        [32]byte // Sum of this event
}

// Sum is the hash of every field of r but Hash: SHA-256 over the fields in the
// order of docs/audit-format.md, each preceded by its length.
func (r Record) Sum() [32]byte {
	f := fields{sha256.New()}
	f.text(domain)
	f.number(int64(r.Version))
	f.number(int64(r.Seq))
	f.number(r.Time)
	f.text(r.Clock)
	f.text(string(r.Actor))
	f.text(r.OSUser)
	f.text(r.Host)
	f.text(r.Channel)
	f.text(r.Address)
	f.text(r.Action)
	f.number(int64(len(r.Objects)))
	for _, o := range r.Objects {
		f.text(o.Kind)
		f.text(o.ID)
		f.text(o.Name)
	}
	f.text(string(r.Outcome))
	f.text(r.Reason)
	f.text(r.Ticket)
	f.text(r.Correlation)
	f.bytes(r.DetailHash[:])
	f.bytes(r.Prev[:])
	return [32]byte(f.h.Sum(nil))
}

// fields hashes a list of fields so that no two lists give the same input.
type fields struct{ h hash.Hash }

func (f fields) bytes(b []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(b)))
	f.h.Write(n[:])
	f.h.Write(b)
}

func (f fields) text(s string)  { f.bytes([]byte(s)) }
func (f fields) number(n int64) { f.bytes(strconv.AppendInt(nil, n, 10)) }

// Seal returns r as it is to be stored: with its Hash, and with bytes that are
// not UTF-8 replaced by U+FFFD, because the export form could not carry them.
// The caller has set every other field, Prev included.
func Seal(r Record) Record {
	for _, s := range []*string{
		&r.Clock, (*string)(&r.Actor), &r.OSUser, &r.Host, &r.Channel, &r.Address, &r.Action,
		(*string)(&r.Outcome), &r.Reason, &r.Ticket, &r.Correlation,
	} {
		*s = valid(*s)
	}
	objects := make([]iam.Object, len(r.Objects))
	for i, o := range r.Objects {
		objects[i] = iam.Object{Kind: valid(o.Kind), ID: valid(o.ID), Name: valid(o.Name)}
	}
	r.Objects = objects
	r.Hash = r.Sum()
	return r
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Detail is what an event has to say beyond its record. It is kept apart, so
// that personal data in it can be purged while the chain, which holds only its
// salted hash, stays provable.
type Detail struct {
	Salt [saltSize]byte
	Text string // JSON
}

// NewDetail gives text a random salt, without which a short text could be
// guessed from its hash. Bytes that are not UTF-8 become U+FFFD.
func NewDetail(text string) (Detail, error) {
	d := Detail{Text: valid(text)}
	if _, err := rand.Read(d.Salt[:]); err != nil {
		return Detail{}, fmt.Errorf("no random salt for an audit detail: %w", err)
	}
	return d, nil
}

// Hash is SHA-256 over the salt followed by the text, the Record's DetailHash.
func (d Detail) Hash() [32]byte {
	h := sha256.New()
	h.Write(d.Salt[:])
	h.Write([]byte(d.Text))
	return [32]byte(h.Sum(nil))
}
