package ldap

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	// as OpenLDAP 2.5 and 389 Directory Server 2.3 sent them
	addState  = "30150a0101041071f99340e63611f18b1f83ad9bcc7484"
	someIDs   = "8018312e332e362e312e342e312e343230332e312e392e312e3481" + "19" + "a317" + "0101ff" + "3112" + "041071f99342e63611f18b1f83ad9bcc7484"
	refreshed = "8018312e332e362e312e342e312e343230332e312e392e312e34810ba1090407726964" + "3d303030"
)

func TestSyncMessages(t *testing.T) {
	s, err := parseSyncState(unhex(t, addState))
	if err != nil || s.state != syncAdd || s.id.as("entryUUID") != "71f99340-e636-11f1-8b1f-83ad9bcc7484" || s.id.as("nsUniqueId") != "71f99340-e63611f1-8b1f83ad-9bcc7484" || s.cookie != nil {
		t.Errorf("%+v %v", s, err)
	}
	info, ok, err := parseSyncInfo(unhex(t, someIDs))
	var ids []string
	each := info.each(func(id syncID) { ids = append(ids, id.as("entryUUID")) })
	if !ok || err != nil || each != nil || !info.flag || len(ids) != 1 || ids[0] != "71f99342-e636-11f1-8b1f-83ad9bcc7484" {
		t.Errorf("%+v %v %v %v", info, ids, err, each)
	}
	info, ok, err = parseSyncInfo(unhex(t, refreshed))
	if !ok || err != nil || info.sort != infoRefreshDelete || !info.flag || string(info.cookie) != "rid=000" {
		t.Errorf("%+v %v %v", info, ok, err)
	}
	for _, bad := range []string{"", "30", "3003020101", "30050a01010400", "30160a0101041171f99340e63611f18b1f83ad9bcc748400"} {
		if s, err := parseSyncState(unhex(t, bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, s)
		}
	}
	for written, want := range map[string]bool{"71f99340-e636-11f1-8b1f-83ad9bcc7484": true, "71f99340-e63611f1-8b1f83ad-9bcc7484": true, "71f99340": false, "zzf99340-e636-11f1-8b1f-83ad9bcc7484": false,
		"71f99340-e636-11f1-8b1f-83ad9bcc748400": false} {
		if _, ok := parseSyncID(written); ok != want {
			t.Errorf("%q: %v", written, ok)
		}
	}
}

// What a server sends is read or refused, never more.
func FuzzSyncMessages(f *testing.F) {
	for _, seed := range []string{addState, someIDs, refreshed, "308000", "a384ffffffff"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseSyncState(b); err == nil && !bytes.Contains(b, s.id[:]) {
			t.Errorf("%x is not in %x", s.id, b)
		}
		if info, ok, err := parseSyncInfo(b); ok && err == nil {
			_ = info.each(func(id syncID) {
				if !bytes.Contains(b, id[:]) {
					t.Errorf("%x is not in %x", id, b)
				}
			})
		}
		findControl(b, "1.3.6.1.4.1.4203.1.9.1.2")
	})
}
