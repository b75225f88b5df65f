package ldap

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// conn is one LDAP connection with one request under way at a time. It reads
// its answers in the caller's goroutine, so that an answer that never ends is
// an error here and nothing can end silently, and so that a bulk read costs a
// small part of what a general client does. Requests are encoded by go-ldap.
type conn struct {
	nc      net.Conn
	in      *bufio.Reader
	buf     []byte
	lastID  int
	timeout time.Duration // for each message of the server
	stop    func() bool
	entry   entry
	// controls are those of the message whose entry or intermediate response is
	// being handled.
	controls []byte
	// intermediate takes the intermediate responses of a search (RFC 4511 section
	// 4.13); nil: there must be none.
	intermediate func(content []byte) error

	received int64 // bytes of messages so far
}

// newConn takes over nc until ctx ends or close is called.
func newConn(ctx context.Context, nc net.Conn, timeout time.Duration) *conn {
	return &conn{
		nc: nc, in: bufio.NewReaderSize(nc, 256<<10), timeout: timeout,
		stop: context.AfterFunc(ctx, func() { nc.Close() }),
	}
}

// close says good-bye (RFC 4511 section 4.3) and closes the connection.
func (c *conn) close() {
	if c.stop() {
		c.lastID++
		unbind := ber.Encode(ber.ClassApplication, ber.TypePrimitive, goldap.ApplicationUnbindRequest, nil, "")
		_ = c.nc.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.nc.Write(envelope(c.lastID, unbind).Bytes())
	}
	c.nc.Close()
}

// result is an LDAPResult (RFC 4511 section 4.1.9) with its controls.
type result struct {
	code       int
	matchedDN  string
	diagnostic string
	referrals  []string
	controls   []byte // undecoded
}

// resultError is a result other than success.
type resultError struct{ result }

func (e *resultError) Error() string {
	return fmt.Sprintf("LDAP result %d (%s): %s", e.code, goldap.LDAPResultCodeMap[uint16(e.code)], e.diagnostic)
}

// hasCode reports whether err is the server's answer with one of the codes.
func hasCode(err error, codes ...int) bool {
	var refused *resultError
	if !errors.As(err, &refused) {
		return false
	}
	for _, code := range codes {
		if refused.code == code {
			return true
		}
	}
	return false
}

func (r result) err() error {
	if r.code == goldap.LDAPResultSuccess {
		return nil
	}
	return &resultError{r}
}

// control is the response control with the type, nil if absent.
func (r result) control(oid string) goldap.Control {
	whole, _ := findControl(r.controls, oid)
	if whole == nil {
		return nil
	}
	packet, err := ber.DecodePacketErr(whole)
	if err != nil {
		return nil
	}
	decoded, err := goldap.DecodeControl(packet)
	if err != nil {
		return nil
	}
	return decoded
}

// findControl is the control with the type in an undecoded list, and the value
// in it (RFC 4511 section 4.1.11); nil if absent.
func findControl(list []byte, oid string) (whole, value []byte) {
	for len(list) > 0 {
		_, content, rest, err := element(list)
		if err != nil {
			return nil, nil
		}
		one := list[:len(list)-len(rest)]
		list = rest
		_, name, content, err := element(content)
		if err != nil || string(name) != oid {
			continue
		}
		for len(content) > 0 { // criticality, value
			var tag byte
			var inner []byte
			if tag, inner, content, err = element(content); err != nil {
				return nil, nil
			}
			if tag == tagOctets {
				value = inner
			}
		}
		return one, value
	}
	return nil, nil
}

func envelope(id int, op *ber.Packet, controls ...goldap.Control) *ber.Packet {
	message := ber.NewSequence("LDAPMessage")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, "messageID"))
	message.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "controls")
		for _, control := range controls {
			list.AppendChild(control.Encode())
		}
		message.AppendChild(list)
	}
	return message
}

func (c *conn) send(op *ber.Packet, controls ...goldap.Control) error {
	c.lastID++
	if err := c.nc.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	_, err := c.nc.Write(envelope(c.lastID, op, controls...).Bytes())
	return err
}

// receive reads the next message that answers the last request.
func (c *conn) receive() (tag byte, content, controls []byte, err error) {
	if err = c.nc.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, nil, nil, err
	}
	id, tag, content, controls, err := c.message()
	if err == nil && id != c.lastID {
		err = fmt.Errorf("%w: answer to message %d while waiting for %d", errMalformed, id, c.lastID)
	}
	return tag, content, controls, err
}

// message reads the next message. A notice of disconnection (RFC 4511 section
// 4.4.1) is an error.
func (c *conn) message() (id int, tag byte, content, controls []byte, err error) {
	fail := func(err error) (int, byte, []byte, []byte, error) { return 0, 0, nil, nil, err }
	if c.buf, err = readMessage(c.in, c.buf); err != nil {
		return fail(err)
	}
	c.received += int64(len(c.buf))
	kind, idOctets, rest, err := element(c.buf)
	if err != nil || kind != tagInteger {
		return fail(errMalformed)
	}
	if id, err = integer(idOctets); err != nil {
		return fail(err)
	}
	if tag, content, rest, err = element(rest); err != nil {
		return fail(err)
	}
	if len(rest) > 0 && rest[0] == tagControls {
		if _, controls, _, err = element(rest); err != nil {
			return fail(err)
		}
	}
	if id != 0 || tag != tagExtended {
		return id, tag, content, controls, nil
	}
	r, err := decodeResult(content, nil)
	if err != nil {
		return fail(err)
	}
	if r.code == goldap.LDAPResultSuccess {
		r.code = goldap.LDAPResultUnavailable
	}
	return fail(&resultError{r})
}

func decodeResult(content, controls []byte) (r result, err error) {
	var octets []byte
	if _, octets, content, err = element(content); err != nil {
		return r, err
	}
	if r.code, err = integer(octets); err != nil {
		return r, err
	}
	if _, octets, content, err = element(content); err != nil {
		return r, err
	}
	r.matchedDN = clean(octets)
	if _, octets, content, err = element(content); err != nil {
		return r, err
	}
	r.diagnostic = clean(octets)
	if len(content) > 0 && content[0] == tagReferral {
		if _, octets, _, err = element(content); err != nil {
			return r, err
		}
		if r.referrals, err = stringsOf(octets); err != nil {
			return r, err
		}
	}
	r.controls = append([]byte(nil), controls...)
	return r, nil
}

// single sends op and reads its one answer.
func (c *conn) single(want byte, op *ber.Packet, controls ...goldap.Control) (result, error) {
	if err := c.send(op, controls...); err != nil {
		return result{}, err
	}
	tag, content, answered, err := c.receive()
	if err != nil {
		return result{}, err
	}
	if tag != want {
		return result{}, fmt.Errorf("%w: operation %#x instead of %#x", errMalformed, tag, want)
	}
	return decodeResult(content, answered)
}

// startTLS changes to TLS on the same connection (RFC 4511 section 4.14). The
// plain reader is empty by then: nothing was asked before it, so bytes that
// arrived early are an injection and are refused.
func (c *conn) startTLS(ctx context.Context, config *tls.Config) error {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationExtendedRequest, nil, "StartTLS")
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, "1.3.6.1.4.1.1466.20037", "requestName"))
	answer, err := c.single(tagExtended, op)
	if err == nil {
		err = answer.err()
	}
	if err != nil {
		return err
	}
	if c.in.Buffered() > 0 {
		return fmt.Errorf("%w: data before the TLS handshake", errMalformed)
	}
	secured, err := handshake(ctx, c.nc, config, c.timeout)
	if err != nil {
		return err
	}
	c.stop()
	c.nc, c.in = secured, bufio.NewReaderSize(secured, 256<<10)
	c.stop = context.AfterFunc(ctx, func() { secured.Close() })
	return nil
}

// bind proves who asks (RFC 4511 section 4.2, simple). The answer is returned
// also with an error, for its password policy control.
func (c *conn) bind(dn, secret string) (result, error) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationBindRequest, nil, "bind")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 3, "version"))
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, "name"))
	op.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, secret, "simple"))
	answer, err := c.single(tagBindResult, op, goldap.NewControlBeheraPasswordPolicy())
	if err == nil {
		err = answer.err()
	}
	return answer, err
}

// query is one search.
type query struct {
	base      string
	scope     int // goldap.ScopeBaseObject, ScopeSingleLevel, ScopeWholeSubtree
	filter    string
	attrs     []string
	typesOnly bool // names only: proves a right without fetching a value
	limit     int  // entries; 0: none
	seconds   int  // the server may take; 0: as long as it likes
}

// request is q as it is sent (RFC 4511 section 4.5.1).
func (q query) request() (*ber.Packet, error) {
	filter, err := goldap.CompileFilter(q.filter)
	if err != nil {
		return nil, err
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchRequest, nil, "search")
	op.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, q.base, "baseObject"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, q.scope, "scope"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, goldap.NeverDerefAliases, "derefAliases"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, q.limit, "sizeLimit"))
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, q.seconds, "timeLimit"))
	op.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, q.typesOnly, "typesOnly"))
	op.AppendChild(filter)
	names := ber.NewSequence("attributes")
	for _, name := range q.attrs {
		names.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, name, "attribute"))
	}
	op.AppendChild(names)
	return op, nil
}

// search sends q and hands every entry and reference to the callbacks, either
// of which may be nil. The error is nil only after the server said success. The
// entry is valid during the call; an error of each ends the search without
// reading the rest, after which the connection is of no more use.
func (c *conn) search(q query, each func(*entry) error, reference func(urls []string) error, controls ...goldap.Control) (result, error) {
	op, err := q.request()
	if err != nil {
		return result{}, err
	}
	if err := c.send(op, controls...); err != nil {
		return result{}, err
	}
	for {
		tag, content, answered, err := c.receive()
		if err != nil {
			return result{}, err
		}
		switch tag {
		case tagIntermediate:
			if c.intermediate == nil {
				return result{}, fmt.Errorf("%w: an intermediate response nobody asked for", errMalformed)
			}
			if err := c.intermediate(content); err != nil {
				return result{}, err
			}
		case tagEntry:
			c.controls = answered
			if err := c.entry.decode(content); err != nil {
				return result{}, err
			}
			if each != nil {
				if err := each(&c.entry); err != nil {
					return result{}, err
				}
			}
		case tagReference:
			urls, err := stringsOf(content)
			if err != nil {
				return result{}, err
			}
			if reference != nil {
				if err := reference(urls); err != nil {
					return result{}, err
				}
			}
		case tagDone:
			done, err := decodeResult(content, answered)
			if err == nil {
				err = done.err()
			}
			return done, err
		default:
			return result{}, fmt.Errorf("%w: operation %#x in a search", errMalformed, tag)
		}
	}
}

// errUnpaged is what a server earns that ignores the paging control: its
// answer cannot be known to be whole.
var errUnpaged = errors.New("the server ignored the paging control")

// paged runs q page by page (RFC 2696). The error is nil only after the last
// page said success and gave no cookie. after, which may be nil, is called at
// the end of each page.
func (c *conn) paged(q query, size int, each func(*entry) error, reference func([]string) error, after func() error) error {
	paging := goldap.NewControlPaging(uint32(size))
	for {
		done, err := c.search(q, each, reference, paging)
		if err != nil {
			return err
		}
		answer, ok := done.control(goldap.ControlTypePaging).(*goldap.ControlPaging)
		if !ok {
			return errUnpaged
		}
		if after != nil {
			if err := after(); err != nil {
				return err
			}
		}
		if len(answer.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(answer.Cookie)
	}
}

// objects runs q and keeps its answer: entries as maps of lower-case attribute
// names without options, for the few small searches beside the bulk read.
func (c *conn) objects(q query) ([]object, error) {
	var all []object
	_, err := c.search(q, func(e *entry) error {
		o := object{dn: clean(e.dn), attrs: make(map[string][]string, len(e.attributes))}
		for _, a := range e.attributes {
			name, _ := splitOptions(a.name)
			folded := lowerASCII(string(name))
			if isNeverRead(folded) {
				continue
			}
			values := o.attrs[folded]
			if values == nil {
				values = []string{}
			}
			for _, v := range a.values {
				values = append(values, clean(v))
			}
			o.attrs[folded] = values
		}
		all = append(all, o)
		return nil
	}, nil)
	return all, err
}

type object struct {
	dn    string
	attrs map[string][]string
}

func (o object) first(name string) string {
	if v := o.attrs[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}
