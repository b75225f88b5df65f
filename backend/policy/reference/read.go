package reference

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/backend/iam"
)

// packed is what the build made of the data set named in build/reference; its
// licence stands beside it in data/LICENSE.txt.
//
//go:embed data/reference.json.gz
var packed []byte

var embedded = sync.OnceValue(func() *Data {
	d, err := open(bytes.NewReader(packed))
	if err != nil {
		panic(fmt.Sprintf("the embedded service reference: %v", err))
	}
	return d
})

// Embedded is the reference that this build brings along. It is unpacked when
// it is first asked for, and of the services those are decoded that are asked
// for.
func Embedded() *Data { return embedded() }

// largest is how big a reference may be when it is unpacked. That of 2026 has
// 3 MB.
const largest = 64 << 20

// Read reads a reference in the format of the embedded one: lines of JSON, as
// they are or compressed by gzip. The first says what there is, and each of the
// others is a service, in the order of that list:
//
//	{"date": "2026-09-26", "services": ["s3", …], "foreign": ["sts", …],
//	 "globals": [{"name": "aws:SourceIp", "type": "IPAddress"}, …]}
//	{"prefix": "s3", "name": "Amazon S3", "rcp": true,
//	 "actions":   [{"name": "GetObject", "access": "Read", "keys": [KEY, …], "dependent": [ACTION, …],
//	                "resources": [{"type": "object", "required": true, "keys": [KEY, …]}]}, …],
//	 "resources": [{"name": "object", "arn": "arn:${Partition}:s3:::${BucketName}/${ObjectName}", "keys": [KEY, …]}, …],
//	 "keys":      [{"name": "s3:prefix", "type": "String"}, …]}
//
// Lists and booleans may be left out; foreign are the services that have keys
// whose names do not start with their prefix, such as "saml:aud" of sts. The
// part of a key that a policy chooses is written ${TagKey} or the like.
func Read(r io.Reader) (*Data, error) {
	d, err := open(r)
	if err != nil {
		return nil, err
	}
	for _, l := range d.services {
		if _, err := l.decoded(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// open reads the first line and leaves the services for later.
func open(r io.Reader) (*Data, error) {
	text, err := plain(r)
	if err != nil {
		return nil, refused("It cannot be read: %v.", err).By(err)
	}
	lines := bytes.Split(bytes.TrimRight(text, "\r\n"), []byte("\n"))
	var head struct {
		Date              string
		Services, Foreign []string
		Globals           []ConditionKey
	}
	if err := json.Unmarshal(lines[0], &head); err != nil {
		return nil, refused("Its first line is no JSON of the documented form: %v.", err).By(err)
	}
	if _, err := time.Parse(time.DateOnly, head.Date); err != nil {
		return nil, refused("Its date is %q.", head.Date)
	}
	if lines = lines[1:]; len(lines) == 0 || len(lines) != len(head.Services) {
		return nil, refused("It lists %d services and describes %d.", len(head.Services), len(lines))
	}
	d := &Data{Date: head.Date, globals: head.Globals, foreign: head.Foreign, services: make(map[string]*lazy, len(lines))}
	d.global = index(d.globals)
	for i, prefix := range head.Services {
		if prefix == "" || prefix != strings.ToLower(prefix) || d.services[prefix] != nil {
			return nil, refused("It lists the service %q twice, or not in lower case.", prefix)
		}
		d.services[prefix] = &lazy{prefix: prefix, text: lines[i]}
	}
	return d, nil
}

// lazy is a service that is decoded when it is first asked for.
type lazy struct {
	prefix string
	text   []byte
	once   sync.Once
	*Service
	keys keyIndex
	err  error
}

func (l *lazy) decoded() (*Service, error) {
	l.once.Do(func() {
		var s Service
		if err := json.Unmarshal(l.text, &s); err != nil {
			l.err = refused("The line of the service %q is no JSON of the documented form: %v.", l.prefix, err).By(err)
			return
		}
		if s.Prefix != l.prefix {
			l.err = refused("The line of the service %q describes %q.", l.prefix, s.Prefix)
			return
		}
		slices.SortFunc(s.Actions, func(a, b Action) int { return byName(a, strings.ToLower(b.Name)) })
		l.Service, l.keys, l.text = &s, index(s.Keys), nil
	})
	return l.Service, l.err
}

func refused(format string, args ...any) *iam.Error {
	return iam.Errorf(iam.Invalid, "This is no service reference. "+format, args...).
		Fix("Choose a file as docs/policy.md describes it, or none: the program brings a reference along.")
}

// plain is what r holds, unpacked.
func plain(r io.Reader) ([]byte, error) {
	text, err := bounded(r)
	if err != nil || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return text, err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return bounded(z)
}

func bounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err == nil && len(text) > largest {
		err = errors.New("it is larger than 64 MB")
	}
	return text, err
}

// byName compares an action with a name in lower case.
func byName(a Action, name string) int { return cmp.Compare(strings.ToLower(a.Name), name) }
