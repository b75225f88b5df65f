package store

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gatehouse/backend/iam"
)

// Point is a moment of the records, as it was asked for. One number fixes every
// record of every source then.
type Point struct {
	Asked string
	At    int64   // microseconds
	Seq   iam.Seq // the newest Write at or before it, 0 if there was none
}

// PointOf is the moment that a text names: a date, which means its end in UTC; a
// time (RFC 3339); or the number of an event, as #123, or of a run, as run:12,
// which means what held after it.
func (r *Reader) PointOf(ctx context.Context, text string) (Point, error) {
	return r.point(ctx, text, true)
}

// PointBefore is PointOf for the beginning of a period: a date means its
// beginning, and what was written at the very moment belongs to the period.
func (r *Reader) PointBefore(ctx context.Context, text string) (Point, error) {
	return r.point(ctx, text, false)
}

func (r *Reader) point(ctx context.Context, text string, end bool) (Point, error) {
	p := Point{Asked: strings.TrimSpace(text)}
	var err error
	if number, ok := strings.CutPrefix(p.Asked, "#"); ok {
		return r.pointAfter(ctx, p, number)
	}
	if m := runText.FindStringSubmatch(p.Asked); m != nil {
		return r.pointAfterRun(ctx, p, m[1])
	}
	if p.At, err = moment(p.Asked, r.Now, end); err != nil {
		return p, err
	}
	until := p.At
	if !end {
		until--
	}
	p.Seq, err = r.SeqAt(ctx, until)
	return p, err
}

// pointAfter is the point right after an event.
func (r *Reader) pointAfter(ctx context.Context, p Point, number string) (Point, error) {
	var last int64
	if err := r.tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events`).Scan(&last); err != nil {
		return p, err
	}
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 1 || seq > last {
		return p, iam.Errorf(iam.Invalid, "There is no event %q: the newest is #%d.", p.Asked, last).Fix("Take a number from the audit log, such as #1.")
	}
	p.Seq = iam.Seq(seq)
	p.At, err = r.SeqTime(ctx, p.Seq)
	return p, err
}

// runText is a run as people write it: run:12 or run 12.
var runText = regexp.MustCompile(`^(?i:run)[: ] ?(\d+)$`)

// pointAfterRun is the point right after the records became what a run read.
func (r *Reader) pointAfterRun(ctx context.Context, p Point, number string) (Point, error) {
	const remedy = "Take a run that was applied from the source's list of runs."
	id, err := iam.ParseID(number)
	if err != nil {
		return p, iam.Errorf(iam.Invalid, "%q is no run.", p.Asked).Fix(remedy)
	}
	run, err := r.Run(ctx, id)
	switch {
	case iam.KindOf(err) == iam.NotFound:
		return p, iam.Errorf(iam.Invalid, "There is no run %s.", number).Fix(remedy)
	case err != nil:
		return p, err
	case run.State != iam.Applied && run.State != iam.Released:
		return p, iam.Errorf(iam.Invalid, "Run %s changed no records: it is %s.", number, run.State).Fix(remedy)
	}
	p.Seq = run.Seq
	p.At, err = r.SeqTime(ctx, p.Seq)
	return p, err
}

// moment reads a date or a time. A date means its beginning or its end, but
// never more than now: the end of today has not come yet.
func moment(text string, now int64, end bool) (int64, error) {
	text = strings.TrimSpace(text)
	at, err := time.Parse(time.DateOnly, text)
	date := err == nil
	if !date {
		if at, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return 0, iam.Errorf(iam.Invalid, "%q is no date.", text).Fix("Write it as 2026-03-31, which is UTC, as 2026-03-31T17:00:00Z, as the number of an event (#123) or as that of a run (run:12).")
		}
	}
	if at.Year() < 1970 || at.Year() > 9999 {
		return 0, iam.Errorf(iam.Invalid, "%q lies before 1970 or after 9999.", text).Fix("Name a date since the first read.")
	}
	micros := at.UnixMicro()
	if micros > now {
		return 0, iam.Errorf(iam.Invalid, "%q lies in the future: now it is %s UTC.", text, time.UnixMicro(now).UTC().Format(time.DateTime)).Fix("Name a date that has begun, or leave it out.")
	}
	if date && end {
		micros = min(micros+day-1, now)
	}
	return micros, nil
}

// At is a Reader of the same snapshot that sees the records as they were at a
// point. What keeps no history (contact values, the last sign-in, when an object
// was last modified) is not told, unless the newest value holds for then, too.
func (r *Reader) At(p Point) *Reader {
	then := *r
	then.Now, then.at, then.past = p.At, p.Seq, true
	return &then
}

// Past says that the Reader sees another moment than now.
func (r *Reader) Past() bool { return r.past }

// stood is the condition that a row of a table with since and until is one of
// those the Reader sees. The literal is the one that the partial indexes name.
func (r *Reader) stood(row string) string {
	if !r.past {
		return row + ".until = 9223372036854775807"
	}
	return fmt.Sprintf("%[1]s.since <= %[2]d AND %[1]s.until > %[2]d", row, r.at)
}

// stoodWhere is a condition on a row's columns and stood together, for columns
// that have one index for open rows and another for closed ones: each side of
// the OR uses its own.
func (r *Reader) stoodWhere(row, term string) string {
	if !r.past {
		return fmt.Sprintf("(%[2]s AND %[1]s.until = 9223372036854775807)", row, term)
	}
	return fmt.Sprintf("((%[2]s AND %[1]s.until = 9223372036854775807 AND %[1]s.since <= %[3]d) OR (%[2]s AND %[1]s.until < 9223372036854775807 AND %[1]s.until > %[3]d AND %[1]s.since <= %[3]d))", row, term, r.at)
}

// standing is a table's rows that the Reader sees, to list them in the order of
// an index.
func (r *Reader) standing(table string) string {
	if !r.past {
		return "open_" + table
	}
	return fmt.Sprintf(`(SELECT * FROM %[1]s WHERE until = 9223372036854775807 AND since <= %[2]d UNION ALL SELECT * FROM %[1]s WHERE until < 9223372036854775807 AND until > %[2]d AND since <= %[2]d)`, table, r.at)
}

// kept is a value without history as far as it holds for the point: it does if
// it is not later, or says that there is none.
func (r *Reader) kept(m iam.Moment) iam.Moment {
	if !r.past || m == iam.Never || m == iam.NotSupportedMoment || m.Known() && int64(m) <= r.Now {
		return m
	}
	return iam.NotCollectedMoment
}

// missing says of a record that the Reader does not see when it was first and
// last seen.
func (r *Reader) missing(ctx context.Context, table, what string, id iam.ID, now error) error {
	if !r.past || iam.KindOf(now) != iam.NotFound {
		return now
	}
	var first, last int64
	err := r.tx.QueryRowContext(ctx, `SELECT coalesce(min(since), 0), coalesce((SELECT max(until) FROM `+table+` WHERE id = ?1 AND until <= ?2), 0) FROM `+table+` WHERE id = ?1`, id, r.at).Scan(&first, &last)
	if err != nil || first == 0 {
		return iam.Errorf(iam.NotFound, "There is no such %s, and there was none.", what).By(err)
	}
	if last > 0 {
		at, err := r.SeqTime(ctx, iam.Seq(last))
		return iam.Errorf(iam.NotFound, "This %s was gone then: it had ended by %s UTC.", what, timeText(at)).Fix("Choose an earlier date.").By(err)
	}
	at, err := r.SeqTime(ctx, iam.Seq(first))
	return iam.Errorf(iam.NotFound, "This %s was not known then: it was first seen %s UTC.", what, timeText(at)).Fix("Choose that time or a later one.").By(err)
}

func timeText(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04") }
