package ldap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxMessage bounds one message of the server: a group of a million members
// fits, a flood does not.
const maxMessage = 64 << 20

// The BER tags a directory answers with (RFC 4511 section 4, appendix B).
const (
	tagBoolean      = 0x01
	tagInteger      = 0x02
	tagOctets       = 0x04
	tagEnumerated   = 0x0a
	tagSequence     = 0x30
	tagSet          = 0x31
	tagControls     = 0xa0
	tagReferral     = 0xa3
	tagBindResult   = 0x61
	tagEntry        = 0x64
	tagDone         = 0x65
	tagReference    = 0x73
	tagExtended     = 0x78
	tagIntermediate = 0x79
)

var errMalformed = errors.New("malformed LDAP message")

// element splits the first BER element off b. Only the definite lengths that
// RFC 4511 section 5.1 allows are accepted.
func element(b []byte) (tag byte, content, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, errMalformed
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		octets := n & 0x7f
		if octets == 0 || octets > 4 || len(b) < 2+octets {
			return 0, nil, nil, errMalformed
		}
		n = 0
		for _, c := range b[2 : 2+octets] {
			n = n<<8 | int(c)
		}
		head += octets
	}
	if n < 0 || n > len(b)-head {
		return 0, nil, nil, errMalformed
	}
	return b[0], b[head : head+n], b[head+n:], nil
}

// integer is the value of a BER INTEGER or ENUMERATED.
func integer(content []byte) (int, error) {
	if len(content) == 0 || len(content) > 4 {
		return 0, errMalformed
	}
	n := int(int8(content[0]))
	for _, c := range content[1:] {
		n = n<<8 | int(c)
	}
	return n, nil
}

// readMessage reads the content of one LDAPMessage into buf, growing it if
// needed. An end of the stream is always an error: io.EOF between messages,
// io.ErrUnexpectedEOF within one.
func readMessage(r *bufio.Reader, buf []byte) ([]byte, error) {
	tag, err := r.ReadByte()
	if err != nil {
		return buf, err
	}
	if tag != tagSequence {
		return buf, errMalformed
	}
	first, err := r.ReadByte()
	if err != nil {
		return buf, unexpected(err)
	}
	n := int(first)
	if n >= 0x80 {
		octets := n & 0x7f
		if octets == 0 || octets > 4 {
			return buf, errMalformed
		}
		n = 0
		for range octets {
			c, err := r.ReadByte()
			if err != nil {
				return buf, unexpected(err)
			}
			n = n<<8 | int(c)
		}
	}
	if n < 0 || n > maxMessage {
		return buf, fmt.Errorf("%w: %d bytes, more than %d", errMalformed, n, maxMessage)
	}
	if cap(buf) < n {
		buf = make([]byte, n+n/4)
	}
	buf = buf[:n]
	_, err = io.ReadFull(r, buf)
	return buf, unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// attribute is one attribute of an entry as it lies in the message.
type attribute struct {
	name   []byte // with its options
	values [][]byte
}

// entry is one SearchResultEntry. Its slices point into the message and are
// valid until the next one is read.
type entry struct {
	dn         []byte
	attributes []attribute
	values     [][]byte // backs attributes
}

// decode fills e from a SearchResultEntry (RFC 4511 section 4.5.2).
func (e *entry) decode(content []byte) error {
	var list []byte
	var err error
	if _, e.dn, content, err = element(content); err != nil {
		return err
	}
	if _, list, _, err = element(content); err != nil {
		return err
	}
	e.attributes, e.values = e.attributes[:0], e.values[:0]
	for len(list) > 0 {
		var one, name, set, value []byte
		if _, one, list, err = element(list); err != nil {
			return err
		}
		if _, name, one, err = element(one); err != nil {
			return err
		}
		if _, set, _, err = element(one); err != nil {
			return err
		}
		from := len(e.values)
		for len(set) > 0 {
			if _, value, set, err = element(set); err != nil {
				return err
			}
			e.values = append(e.values, value)
		}
		// A later append may move the backing array; the values already cut out
		// stay valid, since they are never written again.
		e.attributes = append(e.attributes, attribute{name, e.values[from:len(e.values):len(e.values)]})
	}
	return nil
}

// stringsOf reads a sequence of octet strings.
func stringsOf(content []byte) ([]string, error) {
	var all []string
	for len(content) > 0 {
		var one []byte
		var err error
		if _, one, content, err = element(content); err != nil {
			return nil, err
		}
		all = append(all, clean(one))
	}
	return all, nil
}
