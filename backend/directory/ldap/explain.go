package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// explain turns what went wrong while doing something into an error for the
// operator: what failed, and what to do.
func (s *source) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	var done *iam.Error
	if errors.As(err, &done) {
		return err
	}
	e := s.explained(ctx, doing, err)
	return e.By(err)
}

func (s *source) explained(ctx context.Context, doing string, err error) *iam.Error {
	unavailable := func(format string, args ...any) *iam.Error { return iam.Errorf(iam.Unavailable, format, args...) }
	var (
		refused *resultError
		dns     *net.DNSError
		secured *tlsError
		op      *net.OpError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return unavailable("Cancelled while %s.", doing)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return unavailable("The time allowed ran out while %s.", doing)
	case errors.As(err, &refused):
		return s.explainResult(doing, refused)
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return unavailable("No address is known for the name %s.", s.host).In("url").Fix("Check the spelling, or this computer's DNS.")
		}
		return unavailable("The name %s could not be looked up.", s.host).In("url").Fix("Check this computer's DNS and network.")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return unavailable("%s did not answer within %s while %s.", s.address(), s.timeout, doing).
			Fix("The server is frozen, overloaded or cut off. Try again, or raise the time-out.")
	case errors.As(err, &secured) && refusedCertificate(err) != nil:
		return unavailable("The certificate of %s %s.", s.host, s.certificateFault(err)).In("fingerprint").
			Fix("Compare its fingerprint and confirm it, or choose the right CA file.")
	case errors.As(err, &secured):
		if errors.Is(err, io.EOF) || strings.Contains(err.Error(), "does not look like a TLS") {
			return unavailable("%s does not speak TLS.", s.address()).In("url").Fix("Use port 636 for ldaps://, or ldap:// with StartTLS.")
		}
		return unavailable("TLS with %s failed: %v.", s.address(), secured.cause).In("url")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return unavailable("%s closed the connection while %s, before its answer was complete.", s.address(), doing).
			Fix("Look into the server's log, then read again.")
	case errors.Is(err, errUnpaged):
		return iam.Errorf(iam.Unsupported, "%s does not page its answers, so a complete answer cannot be told from a cut one.", s.address()).
			Fix("Turn on the paged results control (RFC 2696) at the server.")
	case errors.Is(err, errMalformed):
		return unavailable("%s sent something that is not LDAP while %s: %v.", s.address(), doing, err).In("url").Fix("Check the port: 389 for ldap://, 636 for ldaps://.")
	case errors.As(err, &op) && op.Op == "dial":
		return unavailable("Nothing answers at %s: %s.", s.address(), lastCause(err)).In("url").Fix("Check host, port and firewall, and that the server runs.")
	}
	return unavailable("The connection to %s broke while %s: %s.", s.address(), doing, lastCause(err)).Fix("Read again.")
}

// lastCause is the innermost error's text: "connection refused" without the
// chain of wrappers.
func lastCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.TrimSuffix(err.Error(), ".")
		}
		err = inner
	}
}

func (s *source) limitsRemedy() string {
	return "Let the bind account read without a limit. In OpenLDAP: olcLimits: " + s.who() + " size=unlimited size.prtotal=unlimited time=unlimited"
}

// who is the bind account in the words of OpenLDAP's access rules.
func (s *source) who() string {
	if s.cfg.BindDN == "" {
		return "anonymous"
	}
	return fmt.Sprintf("dn.exact=%q", s.cfg.BindDN)
}

func (s *source) bindName() string {
	if s.cfg.BindDN == "" {
		return "anonymous"
	}
	return s.cfg.BindDN
}

func (s *source) explainResult(doing string, refused *resultError) *iam.Error {
	said := ""
	if refused.diagnostic != "" {
		said = fmt.Sprintf(" (%q)", refused.diagnostic)
	}
	is := func(kind iam.Kind, format string, args ...any) *iam.Error { return iam.Errorf(kind, format, args...) }
	switch refused.code {
	case goldap.LDAPResultTimeLimitExceeded:
		return is(iam.Unavailable, "The server's time limit stopped it while %s%s.", doing, said).Fix(s.limitsRemedy())
	case goldap.LDAPResultSizeLimitExceeded:
		return is(iam.Unavailable, "The server's size limit stopped it while %s%s: the answer is not complete.", doing, said).Fix(s.limitsRemedy())
	case goldap.LDAPResultAdminLimitExceeded:
		return is(iam.Unavailable, "The server's administrative limit stopped it while %s%s: the answer is not complete.", doing, said).Fix(s.limitsRemedy())
	case goldap.LDAPResultReferral:
		return is(iam.Invalid, "The base %s is kept by another server: %s.", s.cfg.BaseDN, strings.Join(refused.referrals, ", ")).
			In("baseDn").Fix("Referrals are never followed. Connect that server as a source of its own.")
	case goldap.LDAPResultUnavailableCriticalExtension:
		return is(iam.Unsupported, "The server does not offer what is needed for %s%s.", doing, said)
	case goldap.LDAPResultConfidentialityRequired, goldap.LDAPResultStrongAuthRequired:
		return is(iam.Invalid, "The server wants an encrypted connection%s.", said).In("url").Fix("Use ldaps://, or turn on StartTLS.")
	case goldap.LDAPResultNoSuchObject:
		text := fmt.Sprintf("The base %s does not exist, or the bind account may not see it.", s.cfg.BaseDN)
		if refused.matchedDN != "" {
			text += fmt.Sprintf(" What exists of it: %s.", refused.matchedDN)
		}
		return is(iam.Invalid, "%s", text).In("baseDn").Fix("Check the base and the bind account's rights.")
	case goldap.LDAPResultInvalidDNSyntax:
		return is(iam.Invalid, "The server does not accept the base %s as a name%s.", s.cfg.BaseDN, said).In("baseDn")
	case goldap.LDAPResultInvalidCredentials:
		return is(iam.Denied, "The server refused the bind account or its password.").In("password")
	case goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultInappropriateAuthentication, goldap.LDAPResultAuthorizationDenied:
		return is(iam.Denied, "%s may not do this: %s%s.", s.bindName(), doing, said).Fix("Give the bind account read access below the base.")
	case goldap.LDAPResultBusy:
		return is(iam.Unavailable, "The server is busy and stopped while %s%s.", doing, said).Fix("Read again later.")
	case goldap.LDAPResultUnavailable:
		return is(iam.Unavailable, "The server is shutting down or not available%s.", said).Fix("Read again later.")
	case goldap.LDAPResultUnwillingToPerform:
		return is(iam.Denied, "The server is unwilling while %s%s.", doing, said).Fix("Look into the server's log.")
	case goldap.LDAPResultProtocolError:
		return is(iam.Unsupported, "The server does not understand what was asked while %s%s.", doing, said)
	}
	return is(iam.Unavailable, "The server answered %d, %s, while %s%s.", refused.code, strings.ToLower(goldap.LDAPResultCodeMap[uint16(refused.code)]), doing, said).
		Fix("Look into the server's log.")
}

// explainBind says why a bind failed, with what the password policy control
// tells (draft-behera-ldap-password-policy section 6.2).
func (s *source) explainBind(ctx context.Context, answer result, err error) error {
	denied := func(field, format string, args ...any) *iam.Error {
		return iam.Errorf(iam.Denied, format, args...).In(field).By(err)
	}
	reason := int8(-1)
	if policy := behera(answer); policy != nil {
		reason = policy.Error
	}
	switch {
	case errors.Is(err, errMustChange) || reason == 2:
		return denied("password", "The password of %s must be changed before it may read.", s.cfg.BindDN).
			Fix("Set a new password for it, without forcing a change at the next sign-in.")
	case reason == 1:
		return denied("bindDn", "The account %s is locked.", s.cfg.BindDN).Fix("Unlock it at the server (delete pwdAccountLockedTime).")
	case reason == 0:
		return denied("password", "The password of %s has expired.", s.cfg.BindDN).Fix("Set a new password for it.")
	case hasCode(err, goldap.LDAPResultInvalidCredentials):
		return denied("password", "The server refused %s: the password is wrong, or there is no such account.", s.cfg.BindDN).
			Fix("Check both. The server does not say which, nor whether the account is locked.")
	case hasCode(err, goldap.LDAPResultNoSuchObject):
		return denied("bindDn", "There is no account %s.", s.cfg.BindDN).Fix("Check the bind account's distinguished name.")
	case hasCode(err, goldap.LDAPResultInvalidDNSyntax):
		return iam.Errorf(iam.Invalid, "The server does not accept %q as a distinguished name.", s.cfg.BindDN).In("bindDn").By(err)
	case hasCode(err, goldap.LDAPResultReferral):
		return denied("bindDn", "The account %s is kept by another server.", s.cfg.BindDN).Fix("Use an account of this server.")
	case hasCode(err, goldap.LDAPResultUnwillingToPerform):
		return denied("bindDn", "The server is unwilling to let %s sign in.", s.cfg.BindDN).Fix("Check whether the account is disabled.")
	}
	return s.explain(ctx, "signing in", err)
}
