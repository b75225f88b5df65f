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
	d, err := Read(bytes.NewReader(packed))
	if err != nil {
		panic(fmt.Sprintf("the embedded service reference: %v", err))
	}
	return d
})

// Embedded is the reference that this build brings along. It is decoded when it
// is first asked for.
func Embedded() *Data { return embedded() }

// largest is how big a reference may be when it is unpacked. That of 2026 has
// 4 MB.
const largest = 64 << 20

// Read reads a reference in the format of the embedded one: JSON, as it is or
// compressed by gzip,
//
//	{"date": "2026-09-26",
//	 "services": [{"prefix": "s3", "name": "Amazon S3", "rcp": true,
//	   "actions":   [{"name": "GetObject", "access": "Read", "keys": [KEY…], "dependent": [ACTION…],
//	                  "resources": [{"type": "object", "required": true, "keys": [KEY…]}]}],
//	   "resources": [{"name": "object", "arn": "arn:${Partition}:s3:::${BucketName}/${ObjectName}", "keys": [KEY…]}],
//	   "keys":      [{"name": "s3:prefix", "type": "String"}]}],
//	 "globals": [{"name": "aws:SourceIp", "type": "IPAddress"}]}
//
// where lists and the booleans may be left out. The part of a key that a policy
// chooses is written ${TagKey} or the like.
func Read(r io.Reader) (*Data, error) {
	text, err := plain(r)
	if err != nil {
		return nil, refused("It cannot be read: %v.", err).By(err)
	}
	var file struct {
		Date     string
		Services []Service
		Globals  []ConditionKey
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, refused("It is no JSON of the documented form: %v.", err).By(err)
	}
	if _, err := time.Parse(time.DateOnly, file.Date); err != nil {
		return nil, refused("Its date is %q.", file.Date)
	}
	if len(file.Services) == 0 {
		return nil, refused("It lists no services.")
	}
	d := &Data{Date: file.Date, globals: file.Globals, services: make(map[string]*Service, len(file.Services))}
	for i := range file.Services {
		s := &file.Services[i]
		prefix := strings.ToLower(s.Prefix)
		if prefix == "" || d.services[prefix] != nil {
			return nil, refused("It lists the service %q twice, or without its prefix.", s.Prefix)
		}
		slices.SortFunc(s.Actions, func(a, b Action) int { return byName(a, strings.ToLower(b.Name)) })
		d.services[prefix] = s
	}
	d.index()
	return d, nil
}

func refused(format string, args ...any) *iam.Error {
	return iam.Errorf(iam.Invalid, "This is no service reference. "+format, args...).
		Fix("Choose a file as docs/policy.md describes it, or leave it out: the program brings a reference along.")
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
