package reconcile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// settling is how long another server may lag behind the one that was read
// before: what it takes back of changes younger than that is no news.
const settling = 15 * time.Minute

// work does a run from the first entry to its record.
func (r *Runner) work(ctx context.Context, j *job, p *part) {
	last := p == j.parts[len(j.parts)-1]
	err := r.readAndApply(ctx, j, p, last)
	if err == nil {
		return
	}
	j.ending.Store(last)
	r.store.DropStaging(p.id)
	run := &p.run
	err = r.store.Explain(err)
	run.State, run.Error = iam.Partial, operatorText(err)
	run.Added, run.Changed, run.Removed = 0, 0, 0 // what was found and not applied
	action := "run.fail"
	switch {
	case j.cancelled.Load():
		run.State, run.Error, action = iam.Cancelled, "Cancelled. Nothing was changed.", "run.cancel"
	case ctx.Err() != nil:
		run.State, run.Error, action = iam.Interrupted, "Gatehouse closed while it was reading. Nothing was changed; read again.", "run.interrupt"
	default:
		r.log.Info("a run failed", "run", run.ID.String(), "source", j.source.Name, "error", err, "cause", errors.Unwrap(err))
	}
	run.Cursor, run.Drift = "", iam.NoDrift
	run.Read, run.Skipped = p.count.Load(), int64(len(p.skips))
	ctx = context.WithoutCancel(ctx)
	if _, err := r.store.Write(ctx, action, func(t *store.Tx) error {
		if err := t.SaveSkips(ctx, run.ID, firstSkips(p.skips)); err != nil {
			return err
		}
		return t.EndRun(ctx, *run, j.source.Name, "", nil)
	}); err != nil {
		r.log.Error("a run's end could not be recorded", "run", run.ID.String(), "error", err)
		r.mu.Lock()
		r.lost[run.ID] = true
		r.mu.Unlock()
	}
}

func operatorText(err error) string {
	var e *iam.Error
	if errors.As(err, &e) && e.Kind != iam.Internal {
		return e.Error()
	}
	return "Gatehouse itself failed; the log says why. Nothing was changed."
}

func firstSkips(s []store.Skip) []store.Skip { return s[:min(len(s), 100)] }

func (r *Runner) readAndApply(ctx context.Context, j *job, p *part, last bool) error {
	src, err := r.open(ctx, j.source)
	if err != nil {
		return err
	}
	delta, holds, err := r.compare(ctx, j, p, src)
	if err != nil {
		return err
	}
	run := &p.run
	run.Skipped = int64(len(p.skips))
	run.Added, run.Changed, run.Removed = delta.Total("added"), delta.Total("changed"), delta.Total("removed")
	if err := ctx.Err(); err != nil {
		return err
	}
	j.ending.Store(last)
	keep := func(t *store.Tx) error { return t.SaveSkips(ctx, run.ID, firstSkips(p.skips)) }
	switch {
	case p.options.Preview || len(holds) > 0:
		run.State, run.HoldHash = iam.Held, holdHash(holds, delta.Digest)
		action := "run.hold"
		if p.options.Preview {
			run.State, run.HoldHash, action = iam.Previewed, "", "run.preview"
		}
		_, err = r.store.Write(ctx, action, func(t *store.Tx) error {
			if err := keep(t); err != nil {
				return err
			}
			return t.EndRun(ctx, *run, j.source.Name, delta.Digest, holds)
		})
	default:
		p.phase.Store("applying")
		run.State = iam.Applied
		_, err = r.store.Apply(ctx, "run.apply", *run, j.source, delta, func(t *store.Tx) error {
			if err := keep(t); err != nil {
				return err
			}
			return noticeDrift(ctx, t, *run)
		})
		if err == nil {
			r.store.DropStaging(run.ID)
		}
	}
	if err == nil {
		r.dropOlder(ctx, *run)
	}
	return err
}

// noticeDrift makes a finding of what a run found. A full read without drift
// has closed the finding already.
func noticeDrift(ctx context.Context, t *store.Tx, run iam.Run) error {
	if run.Drift <= 0 {
		return nil
	}
	return t.NoticeDrift(ctx, run.SourceID, run.ID, run.Drift, driftText(run.Drift))
}

// dropOlder deletes what earlier runs of the source left in staging.
func (r *Runner) dropOlder(ctx context.Context, run iam.Run) {
	err := r.store.View(ctx, func(v *store.Reader) error {
		runs, _, err := v.Runs(ctx, run.SourceID, 0, 20)
		for _, old := range runs {
			if old.ID < run.ID {
				r.store.DropStaging(old.ID)
			}
		}
		return err
	})
	if err != nil {
		r.log.Warn("older readings stay in staging", "error", err)
	}
}

// readAllInstead is why changes alone do not do, though the source told them.
type readAllInstead struct{ why string }

func (e *readAllInstead) Error() string { return e.why }

// compare reads the source to its end and finds what differs and what speaks
// against applying it.
func (r *Runner) compare(ctx context.Context, j *job, p *part, src directory.Source) (store.Delta, []iam.HoldReason, error) {
	var shown *iam.Run
	var privileged []string
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		if shown, err = v.ShownRun(ctx, j.source.ID); err != nil || !p.options.Privileged {
			return err
		}
		privileged, err = v.PrivilegedGroups(ctx, j.source.ID)
		return err
	}); err != nil {
		return store.Delta{}, nil, err
	}
	ask := request{shown: shown}
	if !p.options.Full {
		ask.since = cursorOf(j.source, shown)
	}
	if p.options.Privileged {
		switch _, can := src.(directory.Rereader); {
		case ask.since == "":
		case !can:
			ask.note = "This directory cannot read single groups, so all changes were read."
		case len(privileged) == 0:
			ask.note = "No group is known to be privileged, so all changes were read."
		default:
			ask.only = privileged
		}
	}
	delta, holds, err := r.compareWith(ctx, j, p, src, ask)
	var instead *readAllInstead
	if errors.As(err, &instead) {
		p.count.Store(0)
		p.skips = nil
		return r.compareWith(ctx, j, p, src, request{shown: shown, note: instead.why})
	}
	return delta, holds, err
}

// request is what is asked of a source.
type request struct {
	since directory.Cursor // empty for everything
	only  []string         // external ids, instead of what changed
	shown *iam.Run
	note  string
}

func (r *Runner) compareWith(ctx context.Context, j *job, p *part, src directory.Source, ask request) (d store.Delta, holds []iam.HoldReason, err error) {
	staging, err := r.store.NewStaging(ctx, p.id)
	if err != nil {
		return d, nil, err
	}
	defer func() { err = errors.Join(err, staging.Close()) }()
	end, err := r.readInto(ctx, j, p, src, staging, ask)
	if err != nil {
		return d, nil, err
	}
	p.phase.Store("comparing")
	r.store.Notices.Publish("runs")
	staging.Ended(*end)
	if !end.Changes {
		err = isWhole(j.source, p, staging, end)
	}
	if err == nil { // a full answer may tell of objects only that they are present
		err = r.readAffected(ctx, j, p, src, staging)
	}
	if err != nil {
		return d, nil, err
	}
	p.run.Read = p.count.Load()
	if d, err = staging.Finish(ctx, j.source.ID); err != nil {
		return d, nil, err
	}
	if err := r.isSettled(ctx, j, p, staging, ask.shown); err != nil {
		return d, nil, err
	}
	if p.proves && !end.Changes {
		if err := r.prove(ctx, p, src, staging, cursorOf(j.source, ask.shown)); err != nil {
			return d, nil, err
		}
	}
	losses, err := staging.Losses(ctx, d)
	differs := ask.shown != nil && ask.shown.ConfigVersion != p.run.ConfigVersion
	return d, brake(losses, differs), err
}

// readInto asks the source and notes in the run what kind of answer came.
func (r *Runner) readInto(ctx context.Context, j *job, p *part, src directory.Source, staging *store.Staging, ask request) (*directory.End, error) {
	run := &p.run
	run.Scope = iam.Whole
	records := src.Read
	if len(ask.only) > 0 {
		run.Scope = iam.PrivilegedOnly
		records = func(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
			return src.(directory.Rereader).Reread(ctx, ask.only)
		}
	}
	end, err := r.read(ctx, p, records(ctx, ask.since), staging, false)
	if err != nil {
		return nil, err
	}
	if len(ask.only) > 0 {
		// What else changed is still to be read from the old cursor.
		end.Changes, end.Cursor = true, ask.since
	}
	if end.Changes && ask.since == "" {
		return nil, iam.Errorf(iam.Unavailable, "The source told changes alone, though it was asked for everything. Nothing was changed.").Fix("Read again.")
	}
	if end.Changes && end.Cursor == "" {
		end.Cursor = ask.since // some changes will come twice
	}
	run.Mode = "full"
	if end.Changes || p.listed > 0 && j.source.Config.File == nil { // a file is read whole, and lists whose row it cannot use
		run.Mode = "incremental"
	} else {
		p.count.Add(-p.gone) // what is told to be gone is none of what is there
	}
	run.Note = sentences(ask.note, end.Note)
	run.Claimed, run.Server, run.Cursor = end.Claimed, end.Server, string(end.Cursor)
	if run.Server == "" && len(ask.only) > 0 {
		run.Server = ask.shown.Server
	}
	return end, nil
}

// read streams records into staging. It succeeds only if exactly one End came,
// as the last record. What is asked for again was counted before.
func (r *Runner) read(ctx context.Context, p *part, records iter.Seq2[directory.Record, error], staging *store.Staging, again bool) (*directory.End, error) {
	var end *directory.End
	told := time.Now()
	p.phase.Store("reading")
	if !again {
		p.objects, p.named, p.listed, p.gone = 0, 0, 0, 0
	}
	for rec, err := range records {
		if err != nil {
			return nil, err
		}
		if end != nil {
			return nil, iam.Errorf(iam.Internal, "The source went on after its end.")
		}
		switch rec := rec.(type) {
		case directory.End:
			end = &rec
			continue
		case directory.Skipped:
			p.skips = append(p.skips, store.Skip{DN: rec.DN, Reason: rec.Reason})
		default:
			if !again {
				p.tell(rec)
			}
		}
		if err := staging.Add(ctx, rec); err != nil {
			return nil, err
		}
		if time.Since(told) > 500*time.Millisecond {
			told = time.Now()
			r.store.Notices.Publish("runs")
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if end == nil {
		return nil, iam.Errorf(iam.Unavailable, "The source stopped answering before its end, without an error.").Fix("Read again; if it happens again, look at the server's log.")
	}
	return end, nil
}

// tell counts a record of the source's answer.
func (p *part) tell(rec directory.Record) {
	switch rec := rec.(type) {
	case directory.Account:
		p.objects++
		p.count.Add(1)
	case directory.Entitlement:
		p.objects++
		if rec.Named {
			p.named++
		} else {
			p.count.Add(1)
		}
	case directory.Present:
		p.objects++
		p.listed++
	case directory.Deleted, directory.Left:
		p.gone++
		p.count.Add(1)
	}
}

// readAffected reads what did not change itself and refers to something that
// did, until there is no more.
func (r *Runner) readAffected(ctx context.Context, j *job, p *part, src directory.Source, staging *store.Staging) error {
	var before []string
	for {
		ids, err := staging.Affected(ctx, j.source.ID)
		if err != nil || len(ids) == 0 {
			return err
		}
		if slices.Equal(ids, before) {
			return iam.Errorf(iam.Unavailable, "The source says nothing of %d objects that it calls unchanged. It was changed while it was read.", len(ids)).Fix("Read it again.")
		}
		before = ids
		again, can := src.(directory.Rereader)
		if !can {
			return &readAllInstead{"Names changed that others refer to, and this directory cannot read single objects, so everything was read."}
		}
		if _, err := r.read(ctx, p, again.Reread(ctx, ids), staging, true); err != nil {
			return err
		}
	}
}

// isWhole fails if a full answer does not add up: then what is missing in it
// may still be there.
func isWhole(source iam.Source, p *part, staging *store.Staging, end *directory.End) error {
	whose, remedy := "server", "Read again; if it happens again, look at the server's log."
	if source.Config.File != nil {
		whose, remedy = "file", "Read again; if it happens again, export the file anew."
	}
	yielded := p.objects - p.named - p.listed + int64(len(p.skips))
	// Whoever is listed besides what changed was returned once or twice.
	if (p.listed == 0 || source.Config.File != nil) && end.Claimed >= 0 && end.Claimed != yielded {
		return iam.Errorf(iam.Unavailable, "The %s says that it returned %d entries, and %d came. Nothing was changed.", whose, end.Claimed, yielded).Fix(remedy)
	}
	if different := staging.Objects(); different != p.objects {
		return iam.Errorf(iam.Unavailable, "The %s returned %d entries more than once, so others may be missing. Nothing was changed.", whose, p.objects-different).Fix(remedy)
	}
	return nil
}

// isSettled fails if another server than before answered, and takes back what
// was read of the first one a few minutes ago: the change has not reached it. A
// file is told by its content, and another content is no other server.
func (r *Runner) isSettled(ctx context.Context, j *job, p *part, staging *store.Staging, shown *iam.Run) error {
	if j.source.Config.File != nil || p.run.Mode != "full" || p.options.Preview || shown == nil || shown.ConfigVersion != p.run.ConfigVersion || shown.Server == p.run.Server {
		return nil
	}
	n, err := staging.Unsettled(ctx, j.source.ID, r.store.Now().Add(-settling).UnixMicro())
	if err != nil || n == 0 {
		return err
	}
	p.run.Note = sentences(p.run.Note, "Another server answered; it is settling.")
	return iam.Errorf(iam.Unavailable, "Another server answered, %s instead of %s, and it does not agree about what changed in the last %d minutes (%d). It is settling; nothing was changed.",
		p.run.Server, shown.Server, int(settling.Minutes()), n).Fix("Read again in a few minutes.")
}

// prove counts what a full read finds different although the changes were read
// before it: all of it, less what changed while the full read was under way.
func (r *Runner) prove(ctx context.Context, p *part, src directory.Source, staging *store.Staging, since directory.Cursor) error {
	meanwhile, err := changedSince(ctx, src, since)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.run.Note = sentences(p.run.Note, "What the reads of changes had missed cannot be told: what changed during this read could not be read. "+operatorText(err))
		return nil
	}
	if p.run.Drift, err = staging.Drift(ctx, meanwhile); err == nil {
		p.run.Note = sentences(p.run.Note, driftText(p.run.Drift))
	}
	return err
}

// changedSince are the external ids of what changed since the cursor.
func changedSince(ctx context.Context, src directory.Source, since directory.Cursor) ([]string, error) {
	var ids []string
	for rec, err := range src.Read(ctx, since) {
		if err != nil {
			return nil, err
		}
		switch rec := rec.(type) {
		case directory.Account:
			ids = append(ids, rec.ExternalID)
		case directory.Entitlement:
			ids = append(ids, rec.ExternalID)
		case directory.Members:
			ids = append(ids, rec.ExternalID)
		case directory.Deleted:
			ids = append(ids, rec.ExternalID)
		case directory.Left:
			ids = append(ids, rec.ExternalID)
		case directory.End:
			if !rec.Changes {
				return nil, iam.Errorf(iam.Unavailable, "The directory does not tell all that changed since then, such as what was deleted.")
			}
			return ids, ctx.Err()
		}
	}
	return nil, iam.Errorf(iam.Unavailable, "The source stopped answering before its end, without an error.")
}

func driftText(n int64) string {
	switch n {
	case 0:
		return "Nothing differs from what the reads of changes had told."
	case 1:
		return "One difference that the reads of changes had missed."
	}
	return fmt.Sprintf("%d differences that the reads of changes had missed.", n)
}

// sentences joins what is not empty.
func sentences(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
