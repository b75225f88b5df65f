package ldap

import (
	"encoding/hex"
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"
)

// syncID is the immutable id of an entry as content synchronisation names it:
// entryUUID in OpenLDAP, nsUniqueId in 389 Directory Server.
type syncID [16]byte

// parseSyncID reads an id in either of its written forms.
func parseSyncID(written string) (id syncID, ok bool) {
	var digits [32]byte
	n := 0
	for i := range len(written) {
		switch {
		case written[i] == '-':
		case n == len(digits):
			return id, false
		default:
			digits[n] = written[i]
			n++
		}
	}
	if n != len(digits) {
		return id, false
	}
	_, err := hex.Decode(id[:], digits[:])
	return id, err == nil
}

// as writes the id in the form of an attribute.
func (id syncID) as(attr string) string {
	h := hex.EncodeToString(id[:])
	if attr == "nsUniqueId" {
		return h[:8] + "-" + h[8:16] + "-" + h[16:24] + "-" + h[24:]
	}
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// The states of an entry (RFC 4533 section 2.3).
const (
	syncPresent = iota
	syncAdd
	syncModify
	syncDelete
)

// syncState is a Sync State control.
type syncState struct {
	state  int
	id     syncID
	cookie []byte
}

// parseSyncState reads the value of a Sync State control.
func parseSyncState(value []byte) (s syncState, err error) {
	tag, content, _, err := element(value)
	if err != nil || tag != tagSequence {
		return s, errMalformed
	}
	tag, octets, content, err := element(content)
	if err != nil || tag != tagEnumerated {
		return s, errMalformed
	}
	if s.state, err = integer(octets); err != nil {
		return s, err
	}
	_, octets, content, err = element(content)
	if err != nil || copy(s.id[:], octets) != len(s.id) || len(octets) != len(s.id) {
		return s, errMalformed
	}
	if len(content) > 0 {
		_, s.cookie, _, err = element(content)
	}
	return s, err
}

// The sorts of a Sync Info message (RFC 4533 section 2.5), by their tags.
const (
	infoCookie         = 0x80
	infoRefreshDelete  = 0xa1
	infoRefreshPresent = 0xa2
	infoIDSet          = 0xa3
)

// syncInfo is a Sync Info message, or the value of a Sync Done control, which
// has the same members.
type syncInfo struct {
	sort   byte
	cookie []byte
	flag   bool // refreshDone, or refreshDeletes
	ids    []byte
}

// parseSyncInfo reads an intermediate response; ok is false for another sort of
// response.
func parseSyncInfo(content []byte) (s syncInfo, ok bool, err error) {
	var value []byte
	for len(content) > 0 {
		var tag byte
		var inner []byte
		if tag, inner, content, err = element(content); err != nil {
			return s, false, err
		}
		switch tag {
		case 0x80:
			ok = string(inner) == goldap.ControlTypeSyncInfo
		case 0x81:
			value = inner
		}
	}
	if !ok {
		return s, false, nil
	}
	tag, members, _, err := element(value)
	if err != nil {
		return s, false, err
	}
	if tag == infoCookie {
		return syncInfo{sort: tag, cookie: members}, true, nil
	}
	if tag != infoRefreshDelete && tag != infoRefreshPresent && tag != infoIDSet {
		return s, false, errMalformed
	}
	s, err = parseSyncMembers(members, tag != infoIDSet)
	s.sort = tag
	return s, err == nil, err
}

// parseSyncMembers reads cookie, flag and ids; flag is what an absent one means.
func parseSyncMembers(content []byte, flag bool) (s syncInfo, err error) {
	s.flag = flag
	for len(content) > 0 {
		var tag byte
		var inner []byte
		if tag, inner, content, err = element(content); err != nil {
			return s, err
		}
		switch tag {
		case tagOctets:
			s.cookie = inner
		case tagBoolean:
			s.flag = len(inner) == 1 && inner[0] != 0
		case tagSet:
			s.ids = inner
		}
	}
	return s, nil
}

// each calls back with every id of an id set.
func (s syncInfo) each(take func(syncID)) error {
	for rest := s.ids; len(rest) > 0; {
		var one []byte
		var err error
		if _, one, rest, err = element(rest); err != nil {
			return err
		}
		var id syncID
		if len(one) != len(id) {
			return errMalformed
		}
		copy(id[:], one)
		take(id)
	}
	return nil
}

// synced is what a server tells of the changes since a cookie.
type synced struct {
	changed map[syncID]struct{} // added, modified, renamed
	gone    map[syncID]struct{} // left the content that was asked for
	deletes bool                // the server says: what is not mentioned is unchanged
	present bool                // the server told what is there, and not what is gone
	tooMany bool                // more than maxChanges; not all are here
	cookie  string
}

// maxChanges bounds the entries that a read of changes looks at one by one.
// Tests make it smaller.
var maxChanges = 20_000

// refresh asks for the ids of what changed since the cookie (RFC 4533 section
// 3.3, refreshOnly). No attribute of an entry is looked at: 389 Directory
// Server sends all of them, passwords too, whatever was asked for.
func (c *conn) refresh(base string, scope int, cookie string) (synced, error) {
	s := synced{changed: map[syncID]struct{}{}, gone: map[syncID]struct{}{}, cookie: cookie}
	note := func(cookie []byte) {
		if len(cookie) > 0 {
			s.cookie = clean(cookie)
		}
	}
	c.intermediate = func(content []byte) error {
		info, ok, err := parseSyncInfo(content)
		if err != nil || !ok {
			return err
		}
		note(info.cookie)
		switch {
		case info.sort == infoRefreshPresent || info.sort == infoIDSet && !info.flag:
			s.present = true
		case info.sort == infoIDSet:
			return info.each(func(id syncID) { delete(s.changed, id); s.gone[id] = struct{}{} })
		}
		return nil
	}
	defer func() { c.intermediate = nil }()
	done, err := c.search(query{base: base, scope: scope, filter: "(objectClass=*)", attrs: []string{"1.1"}},
		func(*entry) error {
			_, value := findControl(c.controls, goldap.ControlTypeSyncState)
			if value == nil {
				return fmt.Errorf("%w: an entry without its state", errMalformed)
			}
			state, err := parseSyncState(value)
			if err != nil {
				return err
			}
			note(state.cookie)
			if s.tooMany = s.tooMany || len(s.changed)+len(s.gone) >= maxChanges; s.tooMany {
				return nil
			}
			switch state.state {
			case syncAdd, syncModify:
				delete(s.gone, state.id)
				s.changed[state.id] = struct{}{}
			case syncDelete:
				delete(s.changed, state.id)
				s.gone[state.id] = struct{}{}
			case syncPresent:
				s.present = true
			}
			return nil
		}, nil, goldap.NewControlSyncRequest(goldap.SyncRequestModeRefreshOnly, []byte(cookie), false))
	if err != nil {
		return s, err
	}
	_, value := findControl(done.controls, goldap.ControlTypeSyncDone)
	if value == nil {
		return s, fmt.Errorf("%w: no final state", errMalformed)
	}
	_, members, _, err := element(value)
	if err != nil {
		return s, err
	}
	last, err := parseSyncMembers(members, false)
	note(last.cookie)
	s.deletes = last.flag
	return s, err
}
