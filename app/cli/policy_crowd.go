package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"gatehouse/backend/policy"
)

// crowdAnswerer answers queries about one universe.
type crowdAnswerer struct {
	principals *policy.Principals
	account    string
}

// crowdBlock is how many queries a goroutine takes at once: an answer may be as
// long as the universe.
const crowdBlock = 1

// crowdAnswer is the answer to one query: {"id", "allowed", "explicitlyDenied",
// "unknown", "why"}.
type crowdAnswer struct {
	id    json.RawMessage
	crowd *policy.Crowd
}

func (c crowdAnswerer) answer(line []byte) (any, error) {
	var query struct {
		ID       json.RawMessage            `json:"id"`
		Action   string                     `json:"action"`
		Resource evalResource               `json:"resource"`
		Context  map[string]json.RawMessage `json:"context"`
	}
	if err := decodeLine(line, &query); err != nil {
		return nil, err
	}
	if err := checkAsked(query.Action, query.Resource.ARN); err != nil {
		return nil, err
	}
	keys, err := contextOf(query.Context)
	if err != nil {
		return nil, err
	}
	crowd := c.principals.WhoCan(policy.Question{
		Action: query.Action, Resource: query.Resource.resource(), Context: policy.Context{Keys: keys},
	})
	if query.ID == nil {
		query.ID = json.RawMessage("null")
	}
	return crowdAnswer{query.ID, crowd}, nil
}

// writeLine writes the answer as encoding/json would, which takes several times
// as long: it may tell of every user.
func (a crowdAnswer) writeLine(out *bytes.Buffer) {
	b := append(make([]byte, 0, 1<<17), `{"id":`...)
	b = append(b, a.id...)
	b = appendNames(append(b, `,"allowed":`...), a.crowd.Allowed)
	b = appendNames(append(b, `,"explicitlyDenied":`...), a.crowd.ExplicitlyDenied)
	b = appendNames(append(b, `,"unknown":`...), a.crowd.Unknown)
	b = append(b, `,"why":{`...)
	why := slices.Concat(a.crowd.Allowed, a.crowd.ExplicitlyDenied)
	slices.Sort(why)
	for i, name := range why {
		b = appendReasons(append(appendText(separate(b, i), name), ':'), a.crowd.Why(name))
		if len(b) > 1<<16 {
			out.Write(b)
			b = b[:0]
		}
	}
	out.Write(append(b, "}}\n"...))
}

// appendReasons writes a list of {"layer", "policy"?, "statement", "via"?}.
func appendReasons(b []byte, reasons []policy.Reason) []byte {
	b = append(b, '[')
	for i, r := range reasons {
		b = appendText(append(separate(b, i), `{"layer":`...), layerWord(r.Layer))
		if r.Policy != "" {
			b = appendText(append(b, `,"policy":`...), r.Policy)
		}
		b = strconv.AppendInt(append(b, `,"statement":`...), int64(r.Statement)+1, 10)
		if r.Via != "" {
			b = appendText(append(b, `,"via":`...), r.Via)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendNames(b []byte, names []string) []byte {
	b = append(b, '[')
	for i, name := range names {
		b = appendText(separate(b, i), name)
	}
	return append(b, ']')
}

// separate writes the comma before all but the first.
func separate(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// appendText writes a text of JSON. Only texts with something to escape take
// the long way.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

func appendEscaped(b []byte, text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a text can always be written
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}
