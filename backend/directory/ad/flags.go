package ad

import (
	"slices"
	"strconv"
	"strings"
)

// The bits of userAccountControl (MS-ADTS section 2.2.16) and of its computed
// companion.
const (
	uacDisabled            = 0x2
	uacLocked              = 0x10 // computed
	uacPasswordNotRequired = 0x20
	uacReversible          = 0x80
	uacInterdomainTrust    = 0x800
	uacWorkstation         = 0x1000
	uacController          = 0x2000
	uacNeverExpires        = 0x10000
	uacSmartCard           = 0x40000
	uacTrustedDelegation   = 0x80000
	uacNotDelegated        = 0x100000
	uacDESOnly             = 0x200000
	uacNoPreauth           = 0x400000
	uacProtocolTransition  = 0x1000000
	uacReadOnlyController  = 0x4000000
)

// accountBits are the bits that become flags. The words are part of the API:
//
//	controller             a domain controller's own account
//	delegation             trusted for unconstrained delegation
//	desOnly                only DES keys
//	noPreauth              Kerberos without pre-authentication
//	notDelegated           sensitive, cannot be delegated
//	passwordNeverExpires   the password does not expire
//	passwordNotRequired    an empty password is allowed
//	protocolTransition     trusted to authenticate for delegation
//	readOnlyController     a read-only controller's account
//	reversiblePassword     the password is stored so that it can be read back
//	smartCardRequired      signs in with a smart card only
//	trust                  stands for a trusted domain
//
// and from other attributes adminCount (was or is in a protected group),
// critical (isCriticalSystemObject) and managedService (a managed service
// account, whose password the controllers change).
var accountBits = []struct {
	bit  int64
	word string
}{
	{uacController, "controller"}, {uacTrustedDelegation, "delegation"}, {uacDESOnly, "desOnly"}, {uacNoPreauth, "noPreauth"},
	{uacNotDelegated, "notDelegated"}, {uacNeverExpires, "passwordNeverExpires"}, {uacPasswordNotRequired, "passwordNotRequired"},
	{uacProtocolTransition, "protocolTransition"}, {uacReadOnlyController, "readOnlyController"}, {uacReversible, "reversiblePassword"},
	{uacSmartCard, "smartCardRequired"}, {uacInterdomainTrust, "trust"},
}

// The bits of groupType (MS-ADTS section 2.2.12).
const (
	groupBuiltin     = 0x1
	groupGlobal      = 0x2
	groupDomainLocal = 0x4
	groupUniversal   = 0x8
	groupSecurity    = 0x80000000
)

// groupFlags are scope and type in words: builtin, domainLocal, global,
// universal; distribution, security.
func groupFlags(groupType string) []string {
	signed, err := strconv.ParseInt(groupType, 10, 64)
	if err != nil {
		return nil
	}
	bits := uint32(signed)
	var words []string
	for _, one := range []struct {
		bit  uint32
		word string
	}{{groupBuiltin, "builtin"}, {groupGlobal, "global"}, {groupDomainLocal, "domainLocal"}, {groupUniversal, "universal"}} {
		if bits&one.bit != 0 {
			words = append(words, one.word)
		}
	}
	if bits&groupSecurity != 0 {
		return append(words, "security")
	}
	return append(words, "distribution")
}

// joined are words in the order of the alphabet, once each.
func joined(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// powerful are the groups that give power over others whatever they are called,
// by the last part of their SID in a domain.
var powerful = map[string]bool{
	"512": true, // Domain Admins
	"516": true, // Domain Controllers
	"518": true, // Schema Admins
	"519": true, // Enterprise Admins
	"520": true, // Group Policy Creator Owners
	"526": true, // Key Admins
	"527": true, // Enterprise Key Admins
}

// powerfulBuiltin are those of BUILTIN (S-1-5-32).
var powerfulBuiltin = map[string]bool{
	"544": true, // Administrators
	"548": true, // Account Operators
	"549": true, // Server Operators
	"550": true, // Print Operators
	"551": true, // Backup Operators
	"552": true, // Replicator
}

// isPowerful reports whether the group with the SID gives power over others.
func isPowerful(sid string) bool {
	domain, rid := domainOf(sid)
	if domain == "S-1-5-32" {
		return powerfulBuiltin[rid]
	}
	return strings.HasPrefix(domain, "S-1-5-21-") && powerful[rid]
}
