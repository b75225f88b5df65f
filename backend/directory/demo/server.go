package demo

import (
	"bufio"
	"errors"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// session is one connection. Requests are answered in the order in which they
// came; only abandon and unbind are heeded while another runs.
type session struct {
	company *Company
	conn    net.Conn
	out     *bufio.Writer
	bound   string // DN, empty: anonymous
	cookie  string // of the paged search under way

	mu        sync.Mutex
	abandoned map[int64]bool
}

// queue is how many requests a client may send ahead of the answers.
const queue = 32

// Serve answers LDAP (RFC 4511) on conn until the client unbinds or goes, and
// closes it. It returns when the last answer is written.
func (c *Company) Serve(conn net.Conn) {
	s := &session{company: c, conn: conn, out: bufio.NewWriterSize(conn, 32<<10), abandoned: map[int64]bool{}}
	requests := make(chan message, queue)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m := range requests {
			if s.answer(m) != nil {
				conn.Close() // the reader below ends, and with it this queue
			}
		}
	}()
	err := s.read(requests)
	close(requests)
	if err == nil { // unbind: nothing that waits is wanted any more
		conn.Close()
	}
	<-done
	var f *fault
	if errors.As(err, &f) {
		notice := result(opExtendedResponse, f, tagged(10, noticeDisconnect))
		conn.Write(envelope(0, notice)) // the connection ends here either way
	}
	conn.Close()
}

// read passes requests on until the connection ends. It returns nil after an
// unbind and a *fault after a message that cannot be read.
func (s *session) read(requests chan<- message) error {
	for {
		raw, err := readMessage(s.conn)
		if err != nil {
			return err
		}
		m, err := decode(raw)
		if err != nil && m.request == nil && (m.id == 0 || m.op == opUnbind) {
			return err
		}
		if err != nil {
			m.request = err
		}
		switch req := m.request.(type) {
		case nil:
			return nil
		case abandonRequest:
			s.mu.Lock()
			s.abandoned[req.id] = true
			s.mu.Unlock()
		default:
			requests <- m
		}
	}
}

func (s *session) isAbandoned(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.abandoned[id]
}

// answer does what the message asks. It fails only if the answer cannot be
// written.
func (s *session) answer(m message) error {
	if s.isAbandoned(m.id) {
		return nil
	}
	for _, c := range m.controls {
		if c.critical && c.oid != controlPaging && c.oid != controlManageDsaIT {
			m.request = error(faultf(unavailableExtension, "critical extension %s is not known", c.oid))
		}
	}
	switch req := m.request.(type) {
	case bindRequest:
		return s.reply(m.id, result(opBindResult, s.bind(req)))
	case searchRequest:
		return s.search(m, req)
	case compareRequest:
		return s.reply(m.id, result(opCompare+1, s.company.tree().compare(req, s.isAdmin())))
	case change:
		return s.reply(m.id, result(m.op+1, s.update(req)))
	case extendedRequest:
		return s.reply(m.id, s.extended(req))
	case error:
		return s.reply(m.id, result(answerTo(m.op), req))
	}
	return nil
}

// answerTo is the tag of an operation's answer: one above it, except that a
// search ends with SearchResultDone.
func answerTo(op ber.Tag) ber.Tag {
	if op == opSearch {
		return opSearchDone
	}
	return op + 1
}

func (s *session) reply(id int64, body *ber.Packet, controls ...*ber.Packet) error {
	if _, err := s.out.Write(envelope(id, body, controls...)); err != nil {
		return err
	}
	return s.out.Flush()
}

// bind is RFC 4511 section 4.2 and RFC 4513 section 5.1. A failed bind leaves
// the session anonymous.
func (s *session) bind(req bindRequest) error {
	s.bound = ""
	switch {
	case req.version != 3:
		return faultf(protocolError, "only LDAP version 3 is spoken")
	case !req.simple:
		return faultf(authMethodNotSupported, "only simple bind is supported")
	}
	d, err := parseDN(req.dn)
	switch {
	case err != nil:
		return err
	case len(d) == 0 && req.password == "":
		return nil
	case req.password == "":
		return faultf(unwillingToPerform, "unauthenticated bind is disallowed")
	}
	t := s.company.tree()
	e := t.entries[d.key()]
	if e == nil || lockedNow(t, e, s.company.clock()) || !fits(e.values("userPassword"), req.password) {
		return faultf(invalidCredentials, "invalid credentials")
	}
	s.bound = e.dn.String()
	return nil
}

func (s *session) search(m message, req searchRequest) error {
	var page *paging
	for _, c := range m.controls {
		if c.oid != controlPaging {
			continue
		}
		pg, err := decodePaging(c.value)
		if err == nil && pg.cookie != "" && (pg.cookie != s.cookie || len(pg.cookie) != 8) {
			err = faultf(protocolError, "paged results cookie is invalid")
		}
		if err != nil {
			return s.reply(m.id, result(opSearchDone, err))
		}
		if page = &pg; pg.size == 0 && pg.cookie != "" { // RFC 2696 section 3: the client gives up
			s.cookie = ""
			return s.reply(m.id, result(opSearchDone, nil), paging{}.encode())
		}
	}
	admin := s.isAdmin()
	out := s.company.tree().search(req, page, admin)
	for _, e := range out.entries {
		if s.isAbandoned(m.id) {
			return nil
		}
		if _, err := s.out.Write(envelope(m.id, searchEntry(e.dn.String(), selected(e, req, admin)))); err != nil {
			return err
		}
	}
	var controls []*ber.Packet
	if out.next != nil {
		s.cookie = out.next.cookie
		controls = append(controls, out.next.encode())
	}
	return s.reply(m.id, result(opSearchDone, out.err), controls...)
}

// update checks the right to write and makes the change. The administrator
// writes everything, everyone else nothing.
func (s *session) update(ch change) error {
	switch {
	case s.bound == "":
		return faultf(strongerAuthRequired, "modifications require authentication")
	case !s.isAdmin():
		return faultf(insufficientAccessRights, "no write access")
	}
	return s.company.write(author{s.bound, s.company.clock()}, ch)
}

func (s *session) isAdmin() bool {
	admin, _ := parseDN(AdminDN)
	d, _ := parseDN(s.bound)
	return d.key() == admin.key()
}

func (s *session) extended(req extendedRequest) *ber.Packet {
	switch req.name {
	case extendedWhoAmI:
		who := ""
		if s.bound != "" {
			who = "dn:" + s.bound
		}
		return result(opExtendedResponse, nil, tagged(11, who))
	case extendedPassword:
		made, err := s.changePassword(req.value)
		if err != nil || made == "" {
			return result(opExtendedResponse, err)
		}
		value := ber.NewSequence("")
		value.AppendChild(tagged(0, made))
		return result(opExtendedResponse, nil, tagged(11, string(value.Bytes())))
	}
	return result(opExtendedResponse, faultf(protocolError, "extended operation %s is not supported", req.name))
}

// changePassword is RFC 3062. The administrator sets anyone's, everyone else
// their own if they know the old one. A password made up by the server is
// returned.
func (s *session) changePassword(value string) (made string, err error) {
	req, err := decodePasswordChange(value)
	if err != nil {
		return "", err
	}
	if s.bound == "" {
		return "", faultf(strongerAuthRequired, "only for authenticated users")
	}
	if req.user == "" {
		req.user = s.bound
	}
	t := s.company.tree()
	e, err := t.find(req.user)
	if err != nil {
		return "", err
	}
	own := e.dn.String() == s.bound
	switch {
	case !own && !s.isAdmin():
		return "", faultf(insufficientAccessRights, "no write access to another password")
	case (req.old != "" || !s.isAdmin()) && !fits(e.values("userPassword"), req.old):
		return "", faultf(unwillingToPerform, "unwilling to verify old password")
	}
	if req.new == "" {
		made = invented()
		req.new = made
	}
	set := modification{req.user, []valueChange{{op: 2, attr: "userPassword", values: []string{req.new}}}}
	return made, s.company.write(author{s.bound, s.company.clock()}, set)
}

// tagged is a primitive element with a context tag.
func tagged(tag ber.Tag, content string) *ber.Packet {
	return ber.NewString(ber.ClassContext, ber.TypePrimitive, tag, content, "")
}
