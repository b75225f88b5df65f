package ad

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Whatever a server sends as an id, a SID, a security descriptor or metadata is
// read or refused, and never breaks a read.
func FuzzBinaryValues(f *testing.F) {
	sid, _ := hex.DecodeString("01050000000000051500000004fd6dce47fa68aa3a51413954040000")
	f.Add(sid)
	f.Add([]byte("0123456789abcdef"))
	f.Add(append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 0}, make([]byte, 44)...))
	f.Add(descriptor(5, 0x100, replicateAll, sid))
	f.Add(descriptor(0, 0x10000000, "", sid))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text := guidText(b); text != "" {
			value, ok := guidFilter(text)
			if raw, err := hex.DecodeString(strings.ReplaceAll(value, `\`, "")); !ok || err != nil || string(raw) != string(b) {
				t.Errorf("%x is %s, which a filter seeks as %s", b, text, value)
			}
		}
		if text := sidText(b); text != "" && !strings.HasPrefix(text, "S-1-") {
			t.Errorf("%x is %s", b, text)
		}
		renamedAt(b)
		grants(b, replicateAll, []string{"S-1-5-11"})
		note(map[string]iam.Moment{}, b)
		foreignSID(string(b), "dc=x")
		domainName(string(b))
		filetime(string(b), iam.Never)
		interval(string(b))
		parseCursor(directory.Cursor(b))
	})
}

// descriptor is a self-relative security descriptor with one entry in its list.
func descriptor(kind byte, mask uint32, right string, sid []byte) []byte {
	body := binary.LittleEndian.AppendUint32(nil, mask)
	if kind == 5 {
		value, _ := guidFilter(right)
		raw, _ := hex.DecodeString(strings.ReplaceAll(value, `\`, ""))
		body = append(binary.LittleEndian.AppendUint32(body, 1), raw...)
	}
	body = append(body, sid...)
	ace := binary.LittleEndian.AppendUint16([]byte{kind, 0}, uint16(4+len(body)))
	list := append([]byte{4, 0, 0, 0, 1, 0, 0, 0}, append(ace, body...)...)
	head := make([]byte, 20)
	binary.LittleEndian.PutUint32(head[16:], 20)
	return append(head, list...)
}

// The right to replicate secrets is found where it is given, to whom it is given.
func TestGrants(t *testing.T) {
	raw, _ := hex.DecodeString("01050000000000051500000004fd6dce47fa68aa3a51413954040000")
	sid := sidText(raw)
	if sid != "S-1-5-21-3463314692-2859006535-960581946-1108" {
		t.Fatalf("the SID reads %s", sid)
	}
	const other = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2" // the changes without secrets
	for _, c := range []struct {
		what       string
		descriptor []byte
		sids       []string
		want       bool
	}{
		{"given", descriptor(5, 0x100, replicateAll, raw), []string{"S-1-5-11", sid}, true},
		{"given to another", descriptor(5, 0x100, replicateAll, raw), []string{"S-1-5-11"}, false},
		{"another right", descriptor(5, 0x100, other, raw), []string{sid}, false},
		{"no extended right", descriptor(5, 0x10, replicateAll, raw), []string{sid}, false},
		{"everything", descriptor(0, 0x10000000, "", raw), []string{sid}, true},
		{"denied", descriptor(1, 0x10000000, "", raw), []string{sid}, false},
		{"cut short", descriptor(5, 0x100, replicateAll, raw)[:40], []string{sid}, false},
	} {
		if got := grants(c.descriptor, replicateAll, c.sids); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
