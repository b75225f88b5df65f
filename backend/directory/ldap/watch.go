package ldap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// controlPersistentSearch tells changes as they happen
// (draft-ietf-ldapext-psearch); 389 Directory Server and its relatives.
const controlPersistentSearch = "2.16.840.1.113730.3.4.3"

// probeEvery is how long a server may be silent before it is asked whether it
// is there.
const probeEvery = 30 * time.Second

// Watch waits for changes after the cursor, on a connection of its own, by
// content synchronisation (RFC 4533 section 3.4, refreshAndPersist) or by a
// persistent search. A server that says nothing is asked for its root DSE every
// half minute, so that a frozen one is noticed.
func (s *source) Watch(ctx context.Context, since directory.Cursor, changed func()) error {
	err := s.watch(ctx, since, changed)
	if ctx.Err() != nil {
		return nil
	}
	return s.explain(ctx, "waiting for changes", err)
}

func (s *source) watch(ctx context.Context, since directory.Cursor, changed func()) error {
	if err := s.complete(); err != nil {
		return err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	srv, err := inspect(c)
	if err != nil {
		return err
	}
	if refusal := srv.refusal(); refusal != nil {
		return refusal
	}
	var from cursor
	if err := json.Unmarshal([]byte(since), &from); err != nil {
		from = cursor{}
	}
	w := &watch{conn: c, changed: changed, every: probeEvery}
	q := query{base: s.cfg.BaseDN, scope: goldap.ScopeWholeSubtree, filter: "(objectClass=*)", attrs: []string{"1.1"}}
	switch {
	case from.How == bySync && from.Cookie != "" && srv.controls[goldap.ControlTypeSyncRequest]:
		return w.run(q, goldap.NewControlSyncRequest(goldap.SyncRequestModeRefreshAndPersist, []byte(from.Cookie), false))
	case srv.controls[controlPersistentSearch]:
		changed() // what was before, this search does not tell
		w.persisting = true
		return w.run(q, persistentSearch{})
	}
	return iam.Errorf(iam.Unsupported, "This server does not tell changes as they happen.").
		Fix("Read on a schedule, or turn on content synchronisation at the server (OpenLDAP: the syncprov overlay).")
}

// watch is one Watch under way.
type watch struct {
	*conn
	changed    func()
	every      time.Duration
	search     int  // the message that waits for changes
	persisting bool // everything older was told
	pending    bool // something was told that changed was not called for
}

func (w *watch) run(q query, control goldap.Control) error {
	op, err := q.request()
	if err != nil {
		return err
	}
	if err := w.send(op, control); err != nil {
		return err
	}
	w.search = w.lastID
	for {
		if err := w.await(); err != nil {
			return err
		}
		id, tag, content, controls, err := w.message()
		if err != nil {
			return err
		}
		if id != w.search {
			continue // the answer to a probe: the server is there
		}
		if err := w.take(tag, content, controls); err != nil {
			return err
		}
		if w.pending && w.persisting && w.in.Buffered() == 0 {
			w.pending = false
			w.changed()
		}
	}
}

// await returns when a message has begun to arrive. It reads nothing, so that a
// time-out between messages loses nothing.
func (w *watch) await() error {
	for probed := false; ; probed = true {
		wait := w.every
		if probed {
			wait = w.timeout
		}
		if err := w.nc.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		_, err := w.in.Peek(1)
		if probed || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		op, err := query{scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"1.1"}}.request()
		if err != nil {
			return err
		}
		if err := w.send(op); err != nil {
			return err
		}
	}
}

func (w *watch) take(tag byte, content, controls []byte) error {
	switch tag {
	case tagEntry:
		if _, value := findControl(controls, goldap.ControlTypeSyncState); value != nil {
			state, err := parseSyncState(value)
			if err != nil {
				return err
			}
			if state.state == syncPresent {
				return nil
			}
		}
		w.pending = true
	case tagIntermediate:
		info, ok, err := parseSyncInfo(content)
		if err != nil || !ok {
			return err
		}
		switch info.sort {
		case infoRefreshPresent:
			// The server tells what is there instead of what changed.
			w.pending, w.persisting = true, w.persisting || info.flag
		case infoRefreshDelete:
			w.persisting = w.persisting || info.flag
		case infoIDSet:
			w.pending = true
		}
	case tagReference:
	case tagDone:
		done, err := decodeResult(content, controls)
		if err == nil {
			err = done.err()
		}
		if hasCode(err, goldap.LDAPResultSyncRefreshRequired) {
			w.changed() // a full read is due, and gives a new cursor
		}
		if err == nil {
			err = fmt.Errorf("the server no longer tells changes")
		}
		return err
	default:
		return fmt.Errorf("%w: operation %#x in a search", errMalformed, tag)
	}
	return nil
}

// persistentSearch asks for all sorts of changes from now on, with what each
// was.
type persistentSearch struct{}

func (persistentSearch) GetControlType() string { return controlPersistentSearch }
func (persistentSearch) String() string         { return "persistent search" }
func (p persistentSearch) Encode() *ber.Packet {
	value := ber.NewSequence("PersistentSearch")
	value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1|2|4|8, "changeTypes"))
	value.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "changesOnly"))
	value.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "returnECs"))
	control := ber.NewSequence("Control")
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, p.GetControlType(), "type"))
	control.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "criticality"))
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(value.Bytes()), "value"))
	return control
}
