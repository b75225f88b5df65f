package api

import (
	"context"
	"errors"

	"gatehouse/backend/iam"
	"gatehouse/backend/reconcile"
	"gatehouse/backend/store"
)

// Run is one read of one source.
type Run struct {
	ID        string `json:"id"`
	Source    Ref    `json:"source"`
	Mode      string `json:"mode" enum:"full,incremental"`
	State     string `json:"state" enum:"reading,applied,previewed,held,released,partial,cancelled,interrupted,overtaken"`
	Coverage  string `json:"coverage" enum:"complete,partial"`
	StartedAt string `json:"startedAt" format:"date-time"`
	EndedAt   string `json:"endedAt,omitempty" format:"date-time"`
	Server    string `json:"server"`
	Unit      string `json:"unit" enum:"entry,row" doc:"What read, claimed and skipped count."`
	Read      int64  `json:"read" doc:"Those that could be used; of a read of changes, those that changed."`
	Claimed   int64  `json:"claimed" doc:"What the server returned, or the file holds; -1 if it did not tell. Of a full read: read and skipped together."`
	Skipped   int64  `json:"skipped" doc:"Those that could not be used."`
	Added     int64  `json:"added"`
	Changed   int64  `json:"changed"`
	Removed   int64  `json:"removed"`
	Error     string `json:"error,omitempty"`
	Note      string `json:"note,omitempty" doc:"What is to be known of how it was read: why changes alone did not do, what a full read proved."`
	Scope     string `json:"scope,omitempty" enum:"privileged" doc:"Of how much of the source; the whole if it is not there."`
	Drift     *int64 `json:"drift,omitempty" doc:"What a full read found that the reads of changes had missed; not there if it did not look."`
	Event     int64  `json:"event,omitempty" doc:"The audit event of the Write that applied it."`
	// Progress is how many entries have come so far, while reading.
	Progress int64  `json:"progress,omitempty"`
	Phase    string `json:"phase,omitempty" doc:"While reading: waiting (for the read of changes before it), connecting, reading, comparing, applying."`
}

// RunDetail is a run with what made it stop or skip.
type RunDetail struct {
	Run
	HoldHash    string        `json:"holdHash,omitempty"`
	HoldReasons []HoldReason  `json:"holdReasons"`
	SkippedRows []SkippedRow  `json:"skippedRows" doc:"The first hundred."`
	Counts      []ChangeCount `json:"counts"`
}

// HoldReason is one line of the list that made the brake hold the run.
type HoldReason struct {
	Rule    string `json:"rule"`
	Title   string `json:"title"`
	Subject string `json:"subject"`
	About   string `json:"about" enum:"group,unit,source" doc:"What the subject is: the DN of a group or a unit, or words for something of the whole source."`
	Before  int64  `json:"before"`
	After   int64  `json:"after"`
}

// SkippedRow is an entry that could not be used.
type SkippedRow struct {
	DN     string `json:"dn"`
	Reason string `json:"reason"`
}

// ChangeCount counts the changes of one noun in one direction.
type ChangeCount struct {
	Noun  string `json:"noun" enum:"account,group,membership,unresolved"`
	Op    string `json:"op" enum:"added,changed,removed"`
	Count int64  `json:"count"`
}

// Change is one difference between a run and the one before.
type Change struct {
	Noun string `json:"noun" enum:"account,group,membership,unresolved"`
	Op   string `json:"op" enum:"added,changed,removed"`
	// Subject is what changed; for a membership the member.
	Subject *Ref   `json:"subject,omitempty"`
	Name    string `json:"name"`
	// Group is the group of a membership.
	Group  *Ref          `json:"group,omitempty"`
	In     string        `json:"in,omitempty" doc:"The group's name."`
	Detail string        `json:"detail,omitempty" doc:"A DN, or why it ended."`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is one value before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// StartRun asks for a read.
type StartRun struct {
	IDPath
	Body struct {
		Preview bool `json:"preview,omitempty"`
		Full    bool `json:"full,omitempty" doc:"Read everything even where changes alone could be read. The changes are read first, so that this read proves such reads."`
		Due     bool `json:"due,omitempty" doc:"Read only if the source's schedule asks for it now, and as it asks."`
	}
}

// ReleaseRun lets a held run through, once.
type ReleaseRun struct {
	IDPath
	Body struct {
		HoldHash string `json:"holdHash" maxLength:"64" doc:"The hash of the list that was read by whoever decides."`
		Reason   string `json:"reason" minLength:"3" maxLength:"500"`
	}
}

func (s *server) runOf(run iam.Run, src iam.Source) Run {
	v := Run{
		ID: run.ID.String(), Source: Ref{Kind: "source", ID: run.SourceID.String(), Name: src.Name}, Mode: run.Mode, State: string(run.State), Coverage: run.Coverage(),
		StartedAt: stamp(run.StartedAt), Server: run.Server, Unit: src.Config.Unit(), Read: run.Read, Claimed: run.Claimed, Skipped: run.Skipped,
		Added: run.Added, Changed: run.Changed, Removed: run.Removed, Error: run.Error, Note: run.Note, Scope: string(run.Scope), Event: int64(run.Seq),
	}
	if run.Drift != iam.NoDrift {
		v.Drift = &run.Drift
	}
	if run.EndedAt != 0 {
		v.EndedAt = stamp(run.EndedAt)
	}
	if n, phase, reading := s.runner.Progress(run.ID); reading {
		v.Progress, v.Phase = n, phase
	}
	if run.State == iam.Reading && s.runner.Lost(run.ID) {
		v.State, v.Error = string(iam.Interrupted), "How it ended could not be recorded; the log says why. Nothing was changed."
	}
	return v
}

func (s *server) startRun(ctx context.Context, in *StartRun) (*body[Run], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Due {
		run, err := s.runner.StartDue(ctx, id)
		if err != nil {
			return nil, err
		}
		return s.run(ctx, run.ID)
	}
	run, err := s.runner.Start(ctx, id, reconcile.Options{Preview: in.Body.Preview, Full: in.Body.Full})
	if err != nil {
		return nil, err
	}
	return s.run(ctx, run.ID)
}

func (s *server) run(ctx context.Context, id iam.ID) (*body[Run], error) {
	return view(ctx, s, func(r *store.Reader) (Run, error) {
		run, err := r.Run(ctx, id)
		if err != nil {
			return Run{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Run{}, err
		}
		return s.runOf(run, b.sources[run.SourceID]), nil
	})
}

// ListRuns asks for runs, newest first.
type ListRuns struct {
	PageQuery
	Source string `query:"source" maxLength:"32"`
}

func (s *server) listRuns(ctx context.Context, in *ListRuns) (*body[Page[Run]], error) {
	source, err := optionalID(in.Source)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[Run], error) {
		runs, total, err := r.Runs(ctx, source, in.Offset, in.Limit)
		if err != nil {
			return Page[Run]{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Page[Run]{}, err
		}
		out := make([]Run, len(runs))
		for i, run := range runs {
			out[i] = s.runOf(run, b.sources[run.SourceID])
		}
		return page(out, exactly(total)), nil
	})
}

func (s *server) getRun(ctx context.Context, in *IDPath) (*body[RunDetail], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	out, err := view(ctx, s, func(r *store.Reader) (RunDetail, error) {
		v := RunDetail{HoldReasons: []HoldReason{}, SkippedRows: []SkippedRow{}, Counts: []ChangeCount{}}
		run, err := r.Run(ctx, id)
		if err != nil {
			return v, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return v, err
		}
		v.Run, v.HoldHash = s.runOf(run, b.sources[run.SourceID]), run.HoldHash
		holds, err := r.Holds(ctx, id)
		if err != nil {
			return v, err
		}
		for _, h := range holds {
			v.HoldReasons = append(v.HoldReasons, HoldReason{string(h.Rule), h.Rule.Title(), h.Subject, string(h.Rule.About()), h.Before, h.After})
		}
		skips, err := r.Skips(ctx, id)
		if err != nil {
			return v, err
		}
		for _, k := range skips {
			v.SkippedRows = append(v.SkippedRows, SkippedRow{k.DN, k.Reason})
		}
		var counts []store.DeltaCount
		if run.State == iam.Applied || run.State == iam.Released {
			counts, err = r.CountChanges(ctx, run)
		}
		v.Counts = append(v.Counts, changeCounts(counts)...)
		return v, err
	})
	if err != nil || !kept(out.Body.State) {
		return out, err
	}
	// What a run that was not applied would change is in its staging file.
	err = s.staged(ctx, id, func(st *store.Staging, source iam.ID) error {
		d, err := st.Delta(ctx, source)
		out.Body.Counts = changeCounts(d.Counts)
		return err
	})
	if iam.KindOf(err) == iam.NotFound {
		err = nil
	}
	return out, err
}

func kept(state string) bool { return state == string(iam.Held) || state == string(iam.Previewed) }

func (s *server) staged(ctx context.Context, id iam.ID, fn func(*store.Staging, iam.ID) error) error {
	var source iam.ID
	if err := s.store.View(ctx, func(r *store.Reader) error {
		run, err := r.Run(ctx, id)
		source = run.SourceID
		return err
	}); err != nil {
		return err
	}
	st, err := s.store.OpenStaging(ctx, id)
	if err != nil {
		return err
	}
	return errors.Join(fn(st, source), st.Close())
}

// nounOf is the API's word: entitlements are groups there.
func nounOf(noun string) string {
	if noun == "entitlement" {
		return "group"
	}
	return noun
}

func changeCounts(cs []store.DeltaCount) []ChangeCount {
	out := []ChangeCount{}
	for _, c := range cs {
		out = append(out, ChangeCount{nounOf(c.Noun), c.Op, c.N})
	}
	return out
}

// ListRunChanges asks what a run changed, or would change.
type ListRunChanges struct {
	IDPath
	PageQuery
	Noun string `query:"noun" enum:"account,group,membership,unresolved"`
	Op   string `query:"op" enum:"added,changed,removed"`
}

func (s *server) listRunChanges(ctx context.Context, in *ListRunChanges) (*body[Page[Change]], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	noun := in.Noun
	if noun == "group" {
		noun = "entitlement"
	}
	run, err := s.run(ctx, id)
	if err != nil {
		return nil, err
	}
	if kept(run.Body.State) {
		var out Page[Change]
		err := s.staged(ctx, id, func(st *store.Staging, source iam.ID) error {
			if _, err := st.Delta(ctx, source); err != nil {
				return err
			}
			rows, total, err := st.Rows(ctx, noun, in.Op, in.Offset, in.Limit)
			changes := make([]Change, len(rows))
			for i, x := range rows {
				changes[i] = stagedChange(x)
			}
			out = page(changes, exactly(total))
			return err
		})
		return answer(out, err)
	}
	return view(ctx, s, func(r *store.Reader) (Page[Change], error) {
		none := page([]Change{}, exactly(0))
		if run.Body.State != string(iam.Applied) && run.Body.State != string(iam.Released) {
			return none, nil
		}
		changes, total, err := r.ChangesOf(ctx, iam.Seq(run.Body.Event), noun, in.Op, in.Offset, in.Limit)
		if err != nil {
			return none, err
		}
		var ids []iam.ID
		for _, c := range changes {
			ids = append(ids, c.ID, c.Group)
		}
		b, err := newBook(ctx, r, ids)
		if err != nil {
			return none, err
		}
		out := make([]Change, len(changes))
		for i, c := range changes {
			out[i] = appliedChange(c, b)
		}
		return page(out, exactly(total)), nil
	})
}

func appliedChange(c store.Change, b *book) Change {
	v := Change{Noun: nounOf(c.Noun), Op: c.Op, Name: c.Value, Detail: c.Reason, Fields: []FieldChange{}}
	if c.ID != 0 {
		ref := b.ref(c.ID)
		v.Subject, v.Name = &ref, ref.Name
		if c.Noun == "account" || c.Noun == "entitlement" {
			v.Detail = b.names[c.ID].DN
		} else {
			v.Detail = ""
		}
	}
	if c.Group != 0 {
		ref := b.ref(c.Group)
		v.Group, v.In = &ref, ref.Name
	}
	for _, f := range c.Fields {
		v.Fields = append(v.Fields, FieldChange(f))
	}
	return v
}

func stagedChange(x store.DeltaRow) Change {
	v := Change{Noun: nounOf(x.Noun), Op: x.Op, Name: x.Name, In: x.Group, Detail: x.DN, Fields: []FieldChange{}}
	if x.Reason != "" {
		v.Detail = x.Reason
	}
	if x.ID != 0 {
		kind := "account"
		if x.Noun == "entitlement" {
			kind = "group"
		}
		if x.Noun != "membership" { // a member's kind is not told here
			v.Subject = &Ref{Kind: kind, ID: x.ID.String(), Name: x.Name}
		}
	}
	if x.GroupID != 0 {
		v.Group = &Ref{Kind: "group", ID: x.GroupID.String(), Name: x.Group}
	}
	if x.DNBefore != "" && x.DNBefore != x.DN && x.Op == "changed" {
		v.Fields = append(v.Fields, FieldChange{"DN", x.DNBefore, x.DN})
	}
	return v
}

func (s *server) cancelRun(ctx context.Context, in *IDPath) (*body[Run], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.runner.Cancel(id); err != nil {
		return nil, err
	}
	s.runner.Wait(ctx, id)
	return s.run(ctx, id)
}

func (s *server) releaseRun(ctx context.Context, in *ReleaseRun) (*body[Run], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.runner.Release(ctx, id, in.Body.HoldHash, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.run(ctx, id)
}
