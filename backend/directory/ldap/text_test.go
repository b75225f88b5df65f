package ldap

import (
	"testing"
	"time"

	"gatehouse/backend/iam"
)

func TestParseGeneralizedTime(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for value, want := range map[string]time.Time{
		"20261121202142Z":         at("2026-11-21T20:21:42Z"),
		"20261121202142.853268Z":  at("2026-11-21T20:21:42.853268Z"),
		"20261121202142,5Z":       at("2026-11-21T20:21:42.5Z"),
		"202611212021Z":           at("2026-11-21T20:21:00Z"),
		"202611212021.5Z":         at("2026-11-21T20:21:30Z"),
		"2026112120Z":             at("2026-11-21T20:00:00Z"),
		"2026112120.25Z":          at("2026-11-21T20:15:00Z"),
		"20261121202142+0130":     at("2026-11-21T18:51:42Z"),
		"20261121202142-08":       at("2026-11-22T04:21:42Z"),
		"20240229000000Z":         at("2024-02-29T00:00:00Z"),
		"20261121202142.9999999Z": at("2026-11-21T20:21:42.999999Z"),
	} {
		if got, ok := parseGeneralizedTime(value); !ok || !got.Equal(want) {
			t.Errorf("%s is %v, %v; want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "Z", "20261121", "20261121202142", "20261321202142Z", "20260229000000Z", "20261121202142.Z", "20261121202142+1Z", "20261121202142+2500", "20261121202142Z ", "000001010000Z", "2026-11-21T20:21:42Z", "20261121202142 0100"} {
		if got, ok := parseGeneralizedTime(value); ok {
			t.Errorf("%q is taken for %v", value, got)
		}
	}
}

func TestMomentOf(t *testing.T) {
	midnight := iam.MomentOf(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
	for value, want := range map[string]iam.Moment{
		"20261231000000Z": midnight, "2026-12-31": midnight, "20261231": midnight, " 2026-12-31T01:00:00+01:00 ": midnight,
		"2026-12-31 00:00:00": midnight, "soon": iam.UnknownMoment, "19691231235959Z": iam.UnknownMoment, "2026-02-30": iam.UnknownMoment,
	} {
		if got := momentOf(value); got != want {
			t.Errorf("momentOf(%q) = %d, want %d", value, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for value, want := range map[string]string{
		"plain": "plain", "Østby": "Østby", "a\xff\xfeb": "a\uFFFDb", "a\x00b": "ab", "\xff\x00": "\uFFFD", "": "",
	} {
		if got := clean([]byte(value)); got != want {
			t.Errorf("clean(%q) = %q, want %q", value, got, want)
		}
	}
}

func FuzzParseGeneralizedTime(f *testing.F) {
	for _, seed := range []string{"20261121202142.853268Z", "2026112120+01", "202611212021,5-0130", "99991231235959Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := parseGeneralizedTime(value)
		if !ok {
			return
		}
		again, ok := parseGeneralizedTime(got.UTC().Format("20060102150405.000000Z"))
		if got.UTC().Year() > 0 && got.UTC().Year() < 10000 && (!ok || !again.Equal(got)) {
			t.Errorf("%q is %v and reads back as %v", value, got, again)
		}
	})
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte("\x04\x04dc=a\x30\x0b\x30\x09\x04\x02cn\x31\x03\x04\x01x"))
	f.Fuzz(func(t *testing.T, message []byte) {
		var e entry
		if e.decode(message) != nil {
			return
		}
		total := 0
		for _, a := range e.attributes {
			for _, v := range a.values {
				total += len(v)
			}
		}
		if total > len(message) {
			t.Errorf("%d bytes of values in a message of %d", total, len(message))
		}
	})
}
