package api

import (
	"context"
	"encoding/hex"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Event is one line of the audit log.
type Event struct {
	Seq         int64         `json:"seq"`
	Time        string        `json:"time" format:"date-time"`
	Actor       string        `json:"actor"`
	OSUser      string        `json:"osUser"`
	Host        string        `json:"host"`
	Channel     string        `json:"channel"`
	Address     string        `json:"address"`
	Action      string        `json:"action"`
	Objects     []EventObject `json:"objects"`
	Outcome     string        `json:"outcome" enum:"done,refused,failed"`
	Reason      string        `json:"reason"`
	Ticket      string        `json:"ticket"`
	Correlation string        `json:"correlation"`
	Detail      string        `json:"detail" doc:"JSON; empty if none."`
	DetailState string        `json:"detailState" enum:"kept,purged,none"`
	Hash        string        `json:"hash"`
	Prev        string        `json:"prev"`
}

// EventObject is a record an event is about, with the name it had then.
type EventObject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ListEvents asks for audit events, newest first.
type ListEvents struct {
	PageQuery
	AfterQuery
	Action  string `query:"action" maxLength:"64"`
	Outcome string `query:"outcome" enum:"done,refused,failed"`
	Actor   string `query:"actor" maxLength:"100"`
}

// VerifyAudit asks whether the audit log is whole.
type VerifyAudit struct {
	Body struct {
		Head string `json:"head,omitempty" maxLength:"64" doc:"A head noted elsewhere, in hex. Without it removal of the newest events cannot be detected."`
	}
}

// AuditVerdict says whether the audit log is whole, and what that does not
// prove.
type AuditVerdict struct {
	OK          bool           `json:"ok"`
	Events      int64          `json:"events"`
	Head        string         `json:"head"`
	Problems    []AuditProblem `json:"problems"`
	CannotProve []string       `json:"cannotProve"`
}

// AuditProblem names an event that does not fit.
type AuditProblem struct {
	Event int64  `json:"event"`
	Text  string `json:"text"`
}

func eventOf(l audit.Line) Event {
	r := l.Record
	v := Event{
		Seq: int64(r.Seq), Time: stamp(r.Time), Actor: string(r.Actor), OSUser: r.OSUser, Host: r.Host, Channel: r.Channel, Address: r.Address, Action: r.Action,
		Objects: []EventObject{}, Outcome: string(r.Outcome), Reason: r.Reason, Ticket: r.Ticket, Correlation: r.Correlation,
		DetailState: "none", Hash: hex.EncodeToString(r.Hash[:]), Prev: hex.EncodeToString(r.Prev[:]),
	}
	for _, o := range r.Objects {
		v.Objects = append(v.Objects, EventObject(o))
	}
	switch {
	case l.Detail != nil:
		v.Detail, v.DetailState = l.Detail.Text, "kept"
	case r.DetailHash != [32]byte{}:
		v.DetailState = "purged"
	}
	return v
}

func (s *server) listEvents(ctx context.Context, in *ListEvents) (*body[Page[Event]], error) {
	at, err := in.stretch(in.PageQuery)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[Event], error) {
		found, err := r.ListEvents(ctx, store.EventFilter{Words: in.Q, Action: in.Action, Outcome: iam.Outcome(in.Outcome), Actor: in.Actor}, at)
		out := make([]Event, len(found.Rows))
		for i, l := range found.Rows {
			out[i] = eventOf(l)
		}
		return following(page(out, found.Count), found.Next), err
	})
}

func (s *server) verifyAudit(ctx context.Context, in *VerifyAudit) (*body[AuditVerdict], error) {
	out, err := view(ctx, s, func(r *store.Reader) (AuditVerdict, error) {
		res, err := r.VerifyAudit(ctx, in.Body.Head)
		v := AuditVerdict{OK: res.OK, Events: res.Events, Head: res.Head, Problems: []AuditProblem{}, CannotProve: []string{}}
		for _, p := range res.Problems {
			v.Problems = append(v.Problems, AuditProblem{int64(p.Seq), p.Text})
		}
		v.CannotProve = append(v.CannotProve, res.CannotProve...)
		return v, err
	})
	if err != nil {
		return nil, err
	}
	// A look at the log is itself logged, with what it found.
	if _, err := s.store.Write(ctx, "audit.verify", func(t *store.Tx) error {
		if !out.Body.OK {
			t.Ended(iam.Failed)
		}
		return t.Detail(map[string]any{"ok": out.Body.OK, "events": out.Body.Events, "head": out.Body.Head, "problems": len(out.Body.Problems)})
	}); err != nil {
		if out.Body.OK {
			return nil, err
		}
		// A log that was tampered with may take no event any more; the verdict
		// is what counts.
		s.log.Error("the verification could not be logged", "error", err)
		return out, nil
	}
	// The head to note is that of the newest event, which tells of this look.
	return out, s.store.View(ctx, func(r *store.Reader) error {
		seq, hash, err := r.Head(ctx)
		if out.Body.OK {
			out.Body.Events, out.Body.Head = int64(seq), hex.EncodeToString(hash[:])
		}
		return err
	})
}
