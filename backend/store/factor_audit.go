package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store/db"
)

// compareFactors rebuilds factors, recovery codes and throttles from their
// events and names every row that is not what they say. Where the details of
// events are gone, nothing can be said.
func (r *Reader) compareFactors(ctx context.Context, purged bool) ([]audit.Problem, error) {
	if purged {
		return nil, nil
	}
	told, last, err := r.toldFactors(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := r.allFactors(ctx)
	if err != nil {
		return nil, err
	}
	var problems []audit.Problem
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		if told[id] == nil {
			told[id] = &PersonFactors{Identity: id}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(told)) {
		have := kept[id]
		if have == nil {
			have = &PersonFactors{Identity: id}
		}
		problems = append(problems, compareFactorsOf(told[id], have, last[id])...)
	}
	return problems, nil
}

// toldFactors are the records as events tell them, and the newest event of each
// person.
func (r *Reader) toldFactors(ctx context.Context) (map[iam.ID]*PersonFactors, map[iam.ID]iam.Seq, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT e.seq, e.time, d.detail FROM events e JOIN event_details d ON d.seq = e.seq WHERE e.action GLOB 'factor.*' ORDER BY e.seq`)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	told, last := map[iam.ID]*PersonFactors{}, map[iam.ID]iam.Seq{}
	for rows.Next() {
		var seq iam.Seq
		var at int64
		var detail string
		var c FactorChange
		if err := rows.Scan(&seq, &at, &detail); err != nil {
			return nil, nil, err
		}
		if json.Unmarshal([]byte(detail), &c) != nil || c.Identity == 0 {
			continue // not of ours: the chain says whether it was altered
		}
		p := told[c.Identity]
		if p == nil {
			p = &PersonFactors{Identity: c.Identity}
			told[c.Identity] = p
		}
		p.apply(c, FactorSecrets{}, at, seq)
		last[c.Identity] = seq
	}
	return told, last, rows.Err()
}

// allFactors are the records as the rows have them.
func (r *Reader) allFactors(ctx context.Context) (map[iam.ID]*PersonFactors, error) {
	kept := map[iam.ID]*PersonFactors{}
	of := func(id int64) *PersonFactors {
		if kept[iam.ID(id)] == nil {
			kept[iam.ID(id)] = &PersonFactors{Identity: iam.ID(id)}
		}
		return kept[iam.ID(id)]
	}
	factors, err := r.q.AllFactors(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range factors {
		p := of(f.IdentityID)
		p.Factors = append(p.Factors, factorOf(f))
	}
	codes, err := r.q.AllRecoveryCodes(ctx)
	if err != nil {
		return nil, err
	}
	for len(codes) > 0 {
		n := slices.IndexFunc(codes, func(c db.RecoveryCode) bool { return c.IdentityID != codes[0].IdentityID })
		if n < 0 {
			n = len(codes)
		}
		of(codes[0].IdentityID).Sets = setsOf(codes[:n])
		codes = codes[n:]
	}
	failures, err := r.q.AllFactorFailures(ctx)
	for _, f := range failures {
		of(f.IdentityID).Throttle = Throttle{f.Failures, f.BlockedUntil}
	}
	return kept, err
}

// compareFactorsOf compares the records of one person. last is the newest event
// about them, 0 if none is.
func compareFactorsOf(told, kept *PersonFactors, last iam.Seq) (problems []audit.Problem) {
	say := func(seq iam.Seq, format string, args ...any) {
		problems = append(problems, audit.Problem{Seq: seq, Text: fmt.Sprintf(format, args...)})
	}
	for _, f := range kept.Factors {
		i := slices.IndexFunc(told.Factors, func(t Factor) bool { return t.ID == f.ID })
		if i < 0 {
			say(f.EnrolledSeq, "Factor %s (%s, of %s) is recorded, but no event tells of it.", f.ID, f.Name, f.IdentityName)
			continue
		}
		want := told.Factors[i]
		if ended := want.EndedSeq != 0; ended != (f.Sealed == "") {
			say(last, "The secret of factor %s (%s, of %s) is not where the events say: a factor that has ended keeps none, and any other has one.", f.ID, want.Name, want.IdentityName)
		}
		if f.Sealed = ""; f != want {
			say(last, "The record of factor %s (%s, of %s) is not what the events up to %d say: it was changed.", f.ID, want.Name, want.IdentityName, last)
		}
	}
	for _, f := range told.Factors {
		if !slices.ContainsFunc(kept.Factors, func(k Factor) bool { return k.ID == f.ID }) {
			say(f.EnrolledSeq, "Event %d tells of factor %s (%s, of %s), but its record is gone.", f.EnrolledSeq, f.ID, f.Name, f.IdentityName)
		}
	}
	for _, s := range told.Sets {
		i := slices.IndexFunc(kept.Sets, func(k CodeSet) bool { return k.Made == s.Made })
		if i < 0 {
			say(s.Made, "Event %d tells of recovery codes of identity %s, but their records are gone.", s.Made, told.Identity)
			continue
		}
		have := kept.Sets[i]
		if have.Waits != s.Waits || have.Ended != s.Ended || len(have.Codes) != len(s.Codes) || have.told() != s.digest {
			say(last, "The recovery codes of identity %s made by event %d are not what the events say: they were changed.", told.Identity, s.Made)
			continue
		}
		for n, c := range s.Codes {
			if k := have.Codes[n]; k.Used != c.Used || k.UsedAt != c.UsedAt {
				say(last, "Recovery code %d of identity %s made by event %d is not what the events say: it was changed.", n+1, told.Identity, s.Made)
			}
		}
	}
	for _, s := range kept.Sets {
		if !slices.ContainsFunc(told.Sets, func(t CodeSet) bool { return t.Made == s.Made }) {
			say(s.Made, "Recovery codes of identity %s are recorded, but no event tells of them.", told.Identity)
		}
	}
	if kept.Throttle != told.Throttle {
		say(last, "The failed verifications of identity %s are counted as %d, but the events say %d: the record was changed.", told.Identity, kept.Throttle.Failures, told.Throttle.Failures)
	}
	return problems
}

// told is the digest that the event of the set has, if nothing was changed.
func (s *CodeSet) told() string {
	hashes := make([][]byte, len(s.Codes))
	for i, c := range s.Codes {
		hashes[i] = c.Hash
	}
	return DigestCodes(s.Salt, hashes)
}
