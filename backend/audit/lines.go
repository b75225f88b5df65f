package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"gatehouse/backend/iam"
)

// MaxLine is the longest line of the export form in bytes.
const MaxLine = 16 << 20

// Line is one line of the export form.
type Line struct {
	Record Record
	Detail *Detail // nil if the event never had one, or it was purged
}

// line and object are the keys of the export form, in the order written.
type line struct {
	Version     int      `json:"v"`
	Seq         int64    `json:"seq"`
	Time        int64    `json:"time"`
	Clock       string   `json:"clock"`
	Actor       string   `json:"actor"`
	OSUser      string   `json:"osUser"`
	Host        string   `json:"host"`
	Channel     string   `json:"channel"`
	Address     string   `json:"address"`
	Action      string   `json:"action"`
	Objects     []object `json:"objects"`
	Outcome     string   `json:"outcome"`
	Reason      string   `json:"reason"`
	Ticket      string   `json:"ticket"`
	Correlation string   `json:"correlation"`
	DetailHash  digest   `json:"detailHash"`
	Prev        digest   `json:"prev"`
	Hash        digest   `json:"hash"`
	Salt        *salt    `json:"salt,omitempty"`
	Detail      *string  `json:"detail,omitempty"`
}

type object struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

type (
	digest [32]byte
	salt   [saltSize]byte
)

func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }
func (s salt) MarshalText() ([]byte, error)   { return hex.AppendEncode(nil, s[:]), nil }

func (d *digest) UnmarshalText(b []byte) error { return unhex(d[:], b) }
func (s *salt) UnmarshalText(b []byte) error   { return unhex(s[:], b) }

func unhex(dst, src []byte) error {
	if len(src) != hex.EncodedLen(len(dst)) {
		return fmt.Errorf("want %d hexadecimal digits, got %d characters", hex.EncodedLen(len(dst)), len(src))
	}
	if _, err := hex.Decode(dst, src); err != nil {
		return errors.New("not hexadecimal digits")
	}
	return nil
}

// WriteLine writes one event in the export form: a JSON object and a newline.
// d is nil for an event without a detail and for one whose detail was purged.
func WriteLine(w io.Writer, r Record, d *Detail) error {
	l := line{
		Version: r.Version, Seq: int64(r.Seq), Time: r.Time, Clock: r.Clock,
		Actor: string(r.Actor), OSUser: r.OSUser, Host: r.Host, Channel: r.Channel, Address: r.Address,
		Action: r.Action, Objects: make([]object, len(r.Objects)),
		Outcome: string(r.Outcome), Reason: r.Reason, Ticket: r.Ticket, Correlation: r.Correlation,
		DetailHash: r.DetailHash, Prev: r.Prev, Hash: r.Hash,
	}
	for i, o := range r.Objects {
		l.Objects[i] = object(o)
	}
	if d != nil {
		s := salt(d.Salt)
		l.Salt, l.Detail = &s, &d.Text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return fmt.Errorf("event %d: %w", r.Seq, err)
	}
	if b.Len() > MaxLine {
		return fmt.Errorf("event %d is %d bytes long, more than the %d of a line", r.Seq, b.Len(), MaxLine)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// ReadLines reads the export form, one Line an event. It is strict, so that a
// line cannot show one thing to a reader and prove another: each key once, in
// its exact spelling, none missing, none unknown. The first error, which names
// the line, ends the sequence.
func ReadLines(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(nil, MaxLine)
		n := 0
		for s.Scan() {
			n++
			l, err := parseLine(s.Bytes())
			if err != nil {
				yield(Line{}, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(l, nil) {
				return
			}
		}
		if err := s.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(Line{}, fmt.Errorf("line %d: longer than %d bytes", n+1, MaxLine))
		} else if err != nil {
			yield(Line{}, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

func parseLine(b []byte) (Line, error) {
	if !utf8.Valid(b) {
		return Line{}, errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	var l line
	var objects objectList
	err := decodeObject(dec, map[string]any{
		"v": &l.Version, "seq": &l.Seq, "time": &l.Time, "clock": &l.Clock,
		"actor": &l.Actor, "osUser": &l.OSUser, "host": &l.Host, "channel": &l.Channel, "address": &l.Address,
		"action": &l.Action, "objects": &objects, "outcome": &l.Outcome, "reason": &l.Reason,
		"ticket": &l.Ticket, "correlation": &l.Correlation,
		"detailHash": &l.DetailHash, "prev": &l.Prev, "hash": &l.Hash,
		"salt": &l.Salt, "detail": &l.Detail,
	}, "salt", "detail")
	if err != nil {
		return Line{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return Line{}, errors.New("something follows the JSON object")
	}
	if (l.Salt == nil) != (l.Detail == nil) {
		return Line{}, errors.New("salt and detail stand together or not at all")
	}
	out := Line{Record: Record{
		Version: l.Version, Seq: iam.Seq(l.Seq), Time: l.Time, Clock: l.Clock,
		Actor: iam.Actor(l.Actor), OSUser: l.OSUser, Host: l.Host, Channel: l.Channel, Address: l.Address,
		Action: l.Action, Objects: objects, Outcome: iam.Outcome(l.Outcome), Reason: l.Reason,
		Ticket: l.Ticket, Correlation: l.Correlation,
		DetailHash: l.DetailHash, Prev: l.Prev, Hash: l.Hash,
	}}
	if l.Salt != nil {
		out.Detail = &Detail{Salt: *l.Salt, Text: *l.Detail}
	}
	return out, nil
}

type objectList []iam.Object

func (o *objectList) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return errors.New("not a list")
	}
	*o = objectList{}
	for dec.More() {
		var v iam.Object
		if err := decodeObject(dec, map[string]any{"kind": &v.Kind, "id": &v.ID, "name": &v.Name}); err != nil {
			return err
		}
		*o = append(*o, v)
	}
	return nil
}

// decodeObject reads a JSON object whose keys are those of into, all of them
// but the optional ones required. encoding/json alone would fold the case of
// keys and let a repeated key or a null pass.
func decodeObject(dec *json.Decoder, into map[string]any, optional ...string) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		key := t.(string)
		dst, ok := into[key]
		if !ok {
			return fmt.Errorf("the key %q is unknown or there twice", key)
		}
		delete(into, key)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if string(raw) == "null" {
			return fmt.Errorf("%s: null", key)
		}
		if err := json.Unmarshal(raw, dst); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	for _, key := range optional {
		delete(into, key)
	}
	for key := range into {
		return fmt.Errorf("the key %q is missing", key)
	}
	return nil
}
