package demo

import (
	"bytes"
	"fmt"
	"io"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// Result codes of RFC 4511 appendix A that the server gives.
const (
	success                  = 0
	protocolError            = 2
	sizeLimitExceeded        = 4
	compareFalse             = 5
	compareTrue              = 6
	authMethodNotSupported   = 7
	strongerAuthRequired     = 8
	unavailableExtension     = 12
	noSuchAttribute          = 16
	undefinedAttributeType   = 17
	constraintViolation      = 19
	attributeOrValueExists   = 20
	invalidAttributeSyntax   = 21
	noSuchObject             = 32
	invalidDNSyntax          = 34
	invalidCredentials       = 49
	insufficientAccessRights = 50
	unwillingToPerform       = 53
	objectClassViolation     = 65
	notAllowedOnNonLeaf      = 66
	notAllowedOnRDN          = 67
	entryAlreadyExists       = 68
	otherError               = 80
)

// fault is a refusal as the client gets it.
type fault struct {
	code    int
	matched string
	text    string
}

func (f *fault) Error() string { return fmt.Sprintf("%s (%d)", f.text, f.code) }

func faultf(code int, format string, args ...any) *fault {
	return &fault{code: code, text: fmt.Sprintf(format, args...)}
}

// Controls and extended operations the server knows.
const (
	controlPaging      = "1.2.840.113556.1.4.319"  // RFC 2696
	controlManageDsaIT = "2.16.840.1.113730.3.4.2" // RFC 3296; there are no referrals, so it changes nothing
	extendedPassword   = "1.3.6.1.4.1.4203.1.11.1" // RFC 3062
	extendedWhoAmI     = "1.3.6.1.4.1.4203.1.11.3" // RFC 4532
	noticeDisconnect   = "1.3.6.1.4.1.1466.20036"  // RFC 4511 section 4.4.1
)

// Application tags of the operations (RFC 4511 section 4.2 and following).
const (
	opBind             ber.Tag = 0
	opBindResult       ber.Tag = 1
	opUnbind           ber.Tag = 2
	opSearch           ber.Tag = 3
	opSearchEntry      ber.Tag = 4
	opSearchDone       ber.Tag = 5
	opModify           ber.Tag = 6
	opAdd              ber.Tag = 8
	opDelete           ber.Tag = 10
	opRename           ber.Tag = 12
	opCompare          ber.Tag = 14
	opAbandon          ber.Tag = 16
	opExtended         ber.Tag = 23
	opExtendedResponse ber.Tag = 24
)

// message is one request.
type message struct {
	id       int64
	op       ber.Tag
	request  any // bindRequest, searchRequest, change, compareRequest, abandonRequest, extendedRequest or nil for unbind
	controls []control
}

type control struct {
	oid      string
	critical bool
	value    string
}

type bindRequest struct {
	version  int64
	dn       string
	password string
	simple   bool
}

type searchRequest struct {
	base      string
	scope     int64 // 0 base, 1 one level, 2 subtree
	sizeLimit int64
	typesOnly bool
	filter    filter
	attrs     []string
}

type compareRequest struct{ dn, attr, value string }

type abandonRequest struct{ id int64 }

type extendedRequest struct{ name, value string }

// maxMessage is the longest request accepted, far above what a client of this
// directory has to say.
const maxMessage = 4 << 20

// readMessage reads the bytes of one message. The length is checked before
// anything is allocated for it.
func readMessage(r io.Reader) ([]byte, error) {
	head := make([]byte, 2, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	if head[0] != 0x30 {
		return nil, faultf(protocolError, "not an LDAP message")
	}
	length := int64(head[1])
	if length >= 0x80 {
		n := int(length & 0x7f)
		if n == 0 || n > 4 {
			return nil, faultf(protocolError, "bad length")
		}
		head = head[:2+n]
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return nil, err
		}
		length = 0
		for _, b := range head[2:] {
			length = length<<8 | int64(b)
		}
	}
	if length > maxMessage {
		return nil, faultf(protocolError, "message of %d bytes is too long", length)
	}
	raw := make([]byte, len(head)+int(length))
	_, err := io.ReadFull(r, raw[copy(raw, head):])
	return raw, err
}

// text is the content of a primitive element.
func text(p *ber.Packet) string { return p.Data.String() }

func number(p *ber.Packet) int64 {
	n, err := ber.ParseInt64(p.Data.Bytes())
	if err != nil {
		return -1
	}
	return n
}

// decode reads one message (RFC 4511 section 4.1.1). It fails with
// protocolError; the message then has its number, if that could be read.
func decode(raw []byte) (message, error) {
	m := message{}
	bad := faultf(protocolError, "cannot decode the message")
	p, err := ber.DecodePacketErr(raw)
	if err != nil || len(p.Children) < 2 {
		return m, bad
	}
	m.id = number(p.Children[0])
	body := p.Children[1]
	m.op = body.Tag
	if m.id < 0 || m.id > 1<<31-1 || body.ClassType != ber.ClassApplication {
		return m, bad
	}
	if m.request, err = decodeRequest(body); err != nil {
		return m, err
	}
	if len(p.Children) > 2 {
		for _, c := range p.Children[2].Children {
			if len(c.Children) == 0 {
				return m, bad
			}
			one := control{oid: text(c.Children[0])}
			for _, field := range c.Children[1:] {
				if field.Tag == ber.TagBoolean {
					one.critical = number(field) != 0
				} else {
					one.value = text(field)
				}
			}
			m.controls = append(m.controls, one)
		}
	}
	return m, nil
}

func decodeRequest(p *ber.Packet) (any, error) {
	bad := faultf(protocolError, "cannot decode the request")
	kids := p.Children
	switch p.Tag {
	case opUnbind:
		return nil, nil
	case opAbandon:
		return abandonRequest{number(p)}, nil
	case opDelete:
		return removal{text(p)}, nil
	case opBind:
		if len(kids) < 3 {
			return nil, bad
		}
		return bindRequest{number(kids[0]), text(kids[1]), text(kids[2]), kids[2].Tag == 0}, nil
	case opCompare:
		if len(kids) != 2 || len(kids[1].Children) != 2 {
			return nil, bad
		}
		return compareRequest{text(kids[0]), text(kids[1].Children[0]), text(kids[1].Children[1])}, nil
	case opSearch:
		if len(kids) < 8 {
			return nil, bad
		}
		f, err := decodeFilter(kids[6], 0)
		if err != nil {
			return nil, err
		}
		req := searchRequest{base: text(kids[0]), scope: number(kids[1]), sizeLimit: number(kids[3]), typesOnly: number(kids[5]) != 0, filter: f}
		for _, a := range kids[7].Children {
			req.attrs = append(req.attrs, text(a))
		}
		return req, nil
	case opAdd:
		if len(kids) != 2 {
			return nil, bad
		}
		req := addition{dn: text(kids[0])}
		for _, a := range kids[1].Children {
			ch, ok := decodeChange(a)
			if !ok {
				return nil, bad
			}
			req.attrs = append(req.attrs, ch)
		}
		return req, nil
	case opModify:
		if len(kids) != 2 {
			return nil, bad
		}
		req := modification{dn: text(kids[0])}
		for _, c := range kids[1].Children {
			if len(c.Children) != 2 {
				return nil, bad
			}
			ch, ok := decodeChange(c.Children[1])
			if !ok {
				return nil, bad
			}
			ch.op = number(c.Children[0])
			req.changes = append(req.changes, ch)
		}
		return req, nil
	case opRename:
		if len(kids) < 3 {
			return nil, bad
		}
		req := rename{dn: text(kids[0]), newRDN: text(kids[1]), deleteOld: number(kids[2]) != 0}
		if len(kids) > 3 {
			req.superior, req.move = text(kids[3]), true
		}
		return req, nil
	case opExtended:
		req := extendedRequest{}
		for _, kid := range kids {
			switch kid.Tag {
			case 0:
				req.name = text(kid)
			case 1:
				req.value = text(kid)
			}
		}
		return req, nil
	}
	return nil, faultf(protocolError, "there is no operation %d", p.Tag)
}

func decodeChange(p *ber.Packet) (valueChange, bool) {
	if len(p.Children) != 2 {
		return valueChange{}, false
	}
	ch := valueChange{attr: text(p.Children[0])}
	for _, v := range p.Children[1].Children {
		ch.values = append(ch.values, text(v))
	}
	return ch, true
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func integer(tag ber.Tag, n int64) *ber.Packet {
	return ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, tag, n, "")
}

func application(tag ber.Tag, kids ...*ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	for _, kid := range kids {
		p.AppendChild(kid)
	}
	return p
}

// result is an LDAPResult (RFC 4511 section 4.1.9) as the operation's answer.
func result(tag ber.Tag, err error, extra ...*ber.Packet) *ber.Packet {
	f := &fault{}
	if err != nil {
		f = asFault(err)
	}
	kids := []*ber.Packet{integer(ber.TagEnumerated, int64(f.code)), octets(f.matched), octets(f.text)}
	return application(tag, append(kids, extra...)...)
}

// asFault is err for a client. What is none of the protocol's refusals, such as
// a full disk, is other (80).
func asFault(err error) *fault {
	if f, ok := err.(*fault); ok {
		return f
	}
	return faultf(otherError, "%s", err)
}

// searchEntry is one entry of an answer.
func searchEntry(name string, attrs []attribute) *ber.Packet {
	list := ber.NewSequence("")
	for _, a := range attrs {
		one, set := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a.values {
			set.AppendChild(octets(v))
		}
		one.AppendChild(octets(a.typ.name()))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	return application(opSearchEntry, octets(name), list)
}

// envelope is the message that answers request id.
func envelope(id int64, body *ber.Packet, controls ...*ber.Packet) []byte {
	p := ber.NewSequence("")
	p.AppendChild(integer(ber.TagInteger, id))
	p.AppendChild(body)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		p.AppendChild(list)
	}
	return p.Bytes()
}

// paging is the control of RFC 2696: a page size in a request, a cookie in both.
type paging struct {
	size   int64
	cookie string
}

func decodePaging(value string) (paging, error) {
	p, err := ber.DecodePacketErr([]byte(value))
	if err != nil || len(p.Children) != 2 || number(p.Children[0]) < 0 {
		return paging{}, faultf(protocolError, "bad paged results control")
	}
	return paging{number(p.Children[0]), text(p.Children[1])}, nil
}

func (pg paging) encode() *ber.Packet {
	value := ber.NewSequence("")
	value.AppendChild(integer(ber.TagInteger, pg.size))
	value.AppendChild(octets(pg.cookie))
	c := ber.NewSequence("")
	c.AppendChild(octets(controlPaging))
	c.AppendChild(octets(string(bytes.Clone(value.Bytes()))))
	return c
}
