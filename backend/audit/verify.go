package audit

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gatehouse/backend/iam"
)

// MinHead is the least number of hexadecimal digits by which a head is named.
const MinHead = 16

// maxProblems bounds what a Result lists; a log that is broken throughout is
// no better known by more.
const maxProblems = 1000

// Problem is one break in the chain and the event it is about.
type Problem struct {
	Seq  iam.Seq // 0 for a problem of the log as a whole
	Text string
}

// Result is the verdict on a chain.
type Result struct {
	OK          bool
	Events      int64  // records read
	Head        string // hash of the last event in hexadecimal, empty without events
	Problems    []Problem
	CannotProve []string // sentences: what even an OK leaves open
}

// Verifier checks a whole chain, from its first event on, fed in stored order.
// It keeps the hash of every event, 32 bytes each, because a head may be any of
// them.
type Verifier struct {
	high     iam.Seq    // highest number seen
	links    [][32]byte // what the Prev of the next event may be
	time     int64      // of the last event that is as written
	gaps     []gap      // numbers below high not seen, ascending
	seqs     []iam.Seq  // of the records, in the order fed
	hashes   [][32]byte // beside seqs
	purged   int64
	problems []Problem
	more     int64 // problems beyond maxProblems
}

// gap is a range of numbers, both ends included.
type gap struct{ from, to iam.Seq }

// NewVerifier is a verifier of a chain that starts with event 1.
func NewVerifier() *Verifier {
	return &Verifier{links: make([][32]byte, 1)}
}

// Add checks the next record. d is its detail, nil if it never had one or it
// was purged. After a break it goes on from what is stored, so that one edited
// event is one problem.
func (v *Verifier) Add(r Record, d *Detail) {
	sum := r.Sum()
	seq, intact := r.Seq, sum == r.Hash
	known := r.Version == FormatVersion
	linked := slices.Contains(v.links, r.Prev)
	switch {
	case !known:
		v.problem(seq, "event %d has format version %d, which this program does not know", seq, r.Version)
	case !intact && linked && seq != v.high+1:
		// It follows the event before it, so only its number was changed.
		seq = v.high + 1
		v.problem(seq, "event %d was edited: its number now reads %d", seq, r.Seq)
	case !intact:
		v.problem(seq, "event %d was edited: its fields do not give its hash", seq)
	default:
		v.detail(r, d)
	}
	v.seqs, v.hashes = append(v.seqs, seq), append(v.hashes, r.Hash)

	// A hash that was itself edited leaves the following event linked to what
	// the fields still give.
	links := [][32]byte{r.Hash, sum}
	switch {
	case seq < 1:
		v.problem(seq, "there is an event numbered %d: numbers start at 1", seq)
		return
	case seq <= v.high:
		if v.fill(seq) {
			v.problem(seq, "event %d is out of order: it stands after event %d", seq, v.high)
		} else {
			v.problem(seq, "event %d is there twice", seq)
		}
		if seq == v.high {
			v.links = append(v.links, links...)
		}
		return
	case seq > v.high+1:
		v.gaps = append(v.gaps, gap{v.high + 1, seq - 1})
	case intact && known && !linked && seq == 1:
		v.problem(seq, "event 1 does not start the chain: it names an event before it")
	case intact && known && !linked:
		v.problem(seq-1, "event %d does not lead to event %d: event %d was edited and given a new hash, or event %d was", seq-1, seq, seq-1, seq)
	}
	if intact && known {
		if r.Time < v.time {
			v.problem(seq, "event %d is dated before the event it follows", seq)
		}
		v.time = max(v.time, r.Time)
	}
	v.high, v.links = seq, links
}

func (v *Verifier) detail(r Record, d *Detail) {
	none := r.DetailHash == [32]byte{}
	switch {
	case d == nil && !none:
		v.purged++
	case d != nil && none:
		v.problem(r.Seq, "event %d was given a detail it never had", r.Seq)
	case d != nil && d.Hash() != r.DetailHash:
		v.problem(r.Seq, "the detail of event %d was edited", r.Seq)
	}
}

// fill takes seq out of the gaps and says whether it was in one.
func (v *Verifier) fill(seq iam.Seq) bool {
	i, _ := slices.BinarySearchFunc(v.gaps, seq, func(g gap, s iam.Seq) int { return cmp.Compare(g.to, s) })
	if i == len(v.gaps) || v.gaps[i].from > seq {
		return false
	}
	g := v.gaps[i]
	var rest []gap
	if g.from < seq {
		rest = append(rest, gap{g.from, seq - 1})
	}
	if seq < g.to {
		rest = append(rest, gap{seq + 1, g.to})
	}
	v.gaps = slices.Replace(v.gaps, i, i+1, rest...)
	return true
}

func (v *Verifier) problem(seq iam.Seq, format string, args ...any) {
	if len(v.problems) == maxProblems {
		v.more++
		return
	}
	v.problems = append(v.problems, Problem{Seq: seq, Text: fmt.Sprintf(format, args...)})
}

// Result is the verdict on what was added. head, if not empty, is the hash of
// some event noted earlier outside this log, in hexadecimal, whole or its first
// MinHead digits or more: that event must still be in the chain.
func (v *Verifier) Result(head string) Result {
	w := *v // so that the verifier can go on and be asked again
	w.problems = slices.Clone(v.problems)
	for _, g := range w.gaps {
		if g.from == g.to {
			w.problem(g.from, "event %d is missing", g.from)
		} else {
			w.problem(g.from, "events %d to %d are missing", g.from, g.to)
		}
	}
	res := Result{Events: int64(len(w.hashes))}
	if n := len(w.hashes); n > 0 {
		res.Head = hex.EncodeToString(w.hashes[n-1][:])
	}
	if head == "" {
		res.CannotProve = append(res.CannotProve,
			"Without a head noted elsewhere (--head), it cannot be proven that the newest events were not removed.",
			"Without a head noted elsewhere (--head), it cannot be proven that the events from some point to the end were not rewritten.")
	} else if at, ok := w.find(head); ok {
		res.CannotProve = append(res.CannotProve, fmt.Sprintf(
			"The head proves the events up to event %d; it cannot be proven that later ones were not removed or rewritten.", at))
	}
	if w.purged > 0 {
		res.CannotProve = append(res.CannotProve, fmt.Sprintf(
			"What the purged details of %d events said cannot be proven, only that they were not replaced.", w.purged))
	}
	slices.SortStableFunc(w.problems, func(a, b Problem) int { return cmp.Compare(a.Seq, b.Seq) })
	if w.more > 0 {
		w.problems = append(w.problems, Problem{Text: fmt.Sprintf("%d more problems are not listed", w.more)})
	}
	res.Problems, res.OK = w.problems, len(w.problems) == 0
	return res
}

// find is the event that head names. Without exactly one it is a problem.
func (v *Verifier) find(head string) (iam.Seq, bool) {
	s := strings.ToLower(strings.TrimSpace(head))
	if len(s) < MinHead || len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" {
		v.problem(0, "the head %q is not one: give the %d to 64 hexadecimal digits that were noted", head, MinHead)
		return 0, false
	}
	odd := len(s) % 2
	prefix, _ := hex.DecodeString(s[:len(s)-odd])
	var found []iam.Seq
	for i, h := range v.hashes {
		if bytes.HasPrefix(h[:], prefix) && (odd == 0 || strings.HasPrefix(hex.EncodeToString(h[:]), s)) {
			found = append(found, v.seqs[i])
		}
	}
	switch len(found) {
	case 0:
		v.problem(0, "the head %s is not in the chain: events were removed or rewritten", s)
		return 0, false
	case 1:
		return found[0], true
	default:
		v.problem(0, "the head %s fits %d events: give more of its digits", s, len(found))
		return 0, false
	}
}
