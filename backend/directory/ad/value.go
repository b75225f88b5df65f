package ad

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/backend/iam"
)

// guidText is an objectGUID as people write it: the first three fields are
// little-endian (MS-DTYP section 2.3.4.3). Empty for what is none.
func guidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
		binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:16])
}

// guidFilter is the value of a filter that finds the textual id; false for what
// is no id.
func guidFilter(text string) (string, bool) {
	digits, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(digits) != 16 || len(text) != 36 {
		return "", false
	}
	digits[0], digits[1], digits[2], digits[3] = digits[3], digits[2], digits[1], digits[0]
	digits[4], digits[5], digits[6], digits[7] = digits[5], digits[4], digits[7], digits[6]
	var b strings.Builder
	for _, d := range digits {
		fmt.Fprintf(&b, `\%02x`, d)
	}
	return b.String(), true
}

// sidText is a SID as people write it (MS-DTYP section 2.4.2). Empty for what
// is none.
func sidText(b []byte) string {
	if len(b) < 8 || b[0] != 1 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	var authority uint64
	for _, c := range b[2:8] {
		authority = authority<<8 | uint64(c)
	}
	out := "S-1-" + strconv.FormatUint(authority, 10)
	for i := range int(b[1]) {
		out += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[8+4*i:])), 10)
	}
	return out
}

// domainOf is a SID without its last part, which is then the RID.
func domainOf(sid string) (domain, rid string) {
	i := strings.LastIndexByte(sid, '-')
	if i < 0 {
		return "", ""
	}
	return sid[:i], sid[i+1:]
}

func refOfSID(sid string) string {
	if sid == "" {
		return ""
	}
	return "sid:" + sid
}

// forever is the filetime that means never.
const forever = 1<<63 - 1

// epoch is 1970 in filetime.
const epoch = 116444736000000000

// filetime is the moment of a count of 100 ns since 1601; both 0 and the
// largest number mean zero, which the caller names.
func filetime(value string, zero iam.Moment) iam.Moment {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	switch {
	case err != nil || n < 0:
		return iam.UnknownMoment
	case n == 0:
		return zero
	case n == forever:
		return iam.Never
	case n < epoch:
		return iam.UnknownMoment
	}
	return iam.Moment((n - epoch) / 10)
}

// interval is a negative count of 100 ns as policies hold it; the smallest
// number means without end.
func interval(value string) (length time.Duration, endless, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n > 0 {
		return 0, false, false
	}
	if n == -1<<63 {
		return 0, true, true
	}
	if n < -(1<<63-1)/100 { // beyond what a duration can hold: centuries
		return 0, true, true
	}
	return time.Duration(-n * 100), false, true
}

// wellKnown are the names of SIDs that are the same everywhere (MS-DTYP section
// 2.4.2.4).
var wellKnown = map[string]string{
	"S-1-1-0": "Everyone", "S-1-3-0": "Creator Owner", "S-1-3-1": "Creator Group", "S-1-5-1": "Dialup", "S-1-5-2": "Network", "S-1-5-3": "Batch",
	"S-1-5-4": "Interactive", "S-1-5-6": "Service", "S-1-5-7": "Anonymous", "S-1-5-9": "Enterprise Domain Controllers", "S-1-5-10": "Self",
	"S-1-5-11": "Authenticated Users", "S-1-5-12": "Restricted", "S-1-5-13": "Terminal Server User", "S-1-5-14": "Remote Interactive Logon",
	"S-1-5-15": "This Organization", "S-1-5-17": "IUSR", "S-1-5-18": "Local System", "S-1-5-19": "Local Service", "S-1-5-20": "Network Service",
	"S-1-5-1000": "Other Organization",
}

// sidName is a SID for people: with its name, if it is one that all know.
func sidName(sid string) string {
	if name := wellKnown[sid]; name != "" {
		return name + " (" + sid + ")"
	}
	return sid
}
