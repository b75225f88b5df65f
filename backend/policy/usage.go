package policy

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/policy/reference"
)

// Usage is what was seen to be used, added up.
type Usage struct {
	Observed  []Observation
	NotMapped []NotMapped
	Failed    int // events that were refused or failed: they need no permission
}

// Observation is the use of an action on a resource.
type Observation struct {
	Action   string // as the service reference writes it, if it is known there
	Resource string // "" where the source does not say
	Count    int64  // 0 where the source only says that it was used
	LastUsed string // RFC 3339, "" where the source does not say
}

// NotMapped is something that was used and cannot be said as an action.
type NotMapped struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
	Why   string `json:"why"`
}

// largestUsage is how big one file of usage may be when it is unpacked.
const largestUsage = 1 << 30

// Read adds what a file says, as it is or compressed by gzip. It may be a list
// {"observed": [{action, resource, count, lastUsed}]}, a log file of CloudTrail
// {"Records": [...]} or the answer of generate-service-last-accessed-details
// {"ServicesLastAccessed": [...]}.
func (u *Usage) Read(r io.Reader, data *reference.Data) error {
	text, err := unpacked(r)
	if err != nil {
		return iam.Errorf(iam.Invalid, "The usage cannot be read: %v.", err).By(err)
	}
	var file struct {
		Observed             *[]observedUse
		Records              *[]trailRecord
		ServicesLastAccessed *[]lastAccessed
	}
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(text, &file); errors.As(err, &mistyped) {
		return iam.Errorf(iam.Invalid, "The usage is no JSON of a known form: %s.", misplaced(mistyped)).Fix(usageForms).By(err)
	} else if err != nil {
		return iam.Errorf(iam.Invalid, "The usage is no JSON of a known form: %v.", err).Fix(usageForms).By(err)
	}
	switch {
	case file.Observed != nil:
		for i, o := range *file.Observed {
			if err := u.observed(o, data); err != nil {
				return iam.Errorf(iam.Invalid, "Entry %d of the usage: %v.", i+1, err).Fix(`An entry is {"action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key", "count": 3}.`)
			}
		}
	case file.Records != nil:
		for i := range *file.Records {
			u.record(&(*file.Records)[i], data)
		}
	case file.ServicesLastAccessed != nil:
		for i := range *file.ServicesLastAccessed {
			u.accessed(&(*file.ServicesLastAccessed)[i], data)
		}
	default:
		return iam.Errorf(iam.Invalid, "The usage is of no known form.").Fix(usageForms)
	}
	u.tidy()
	return nil
}

const usageForms = `It is {"observed": [...]}, {"Records": [...]} of CloudTrail, or {"ServicesLastAccessed": [...]}.`

// misplaced says which member of a usage is of the wrong type.
func misplaced(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return "it is no object"
	}
	return fmt.Sprintf("%s must not be of the type %s", strings.ToLower(err.Field), err.Value)
}

func unpacked(r io.Reader) ([]byte, error) {
	bounded := func(r io.Reader) ([]byte, error) {
		text, err := io.ReadAll(io.LimitReader(r, largestUsage+1))
		if err == nil && len(text) > largestUsage {
			err = errors.New("it is larger than 1 GB")
		}
		return text, err
	}
	text, err := bounded(r)
	if err != nil || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return bytes.TrimPrefix(text, []byte(mark)), err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return bounded(z)
}

// tidy adds up what is the same and puts everything in order.
func (u *Usage) tidy() {
	slices.SortStableFunc(u.Observed, func(a, b Observation) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource))
	})
	var all []Observation
	for _, o := range u.Observed {
		if last := len(all) - 1; last >= 0 && all[last].Action == o.Action && all[last].Resource == o.Resource {
			all[last].Count += o.Count
			all[last].LastUsed = max(all[last].LastUsed, o.LastUsed)
			continue
		}
		all = append(all, o)
	}
	u.Observed = all
	slices.SortStableFunc(u.NotMapped, func(a, b NotMapped) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why))
	})
	var rest []NotMapped
	for _, n := range u.NotMapped {
		if last := len(rest) - 1; last >= 0 && rest[last].What == n.What && rest[last].Why == n.Why {
			rest[last].Count += n.Count
			continue
		}
		rest = append(rest, n)
	}
	u.NotMapped = rest
}

type observedUse struct {
	Action, Resource string
	Count            int64
	LastUsed         string
}

func (u *Usage) observed(o observedUse, data *reference.Data) error {
	prefix, name, ok := strings.Cut(o.Action, ":")
	switch {
	case !ok || prefix == "" || name == "" || strings.ContainsAny(o.Action, "*? "):
		return fmt.Errorf("%q is no action", o.Action)
	case o.Resource != "" && o.Resource != "*" && strings.Count(o.Resource, ":") < arnParts-1:
		return fmt.Errorf("%q is no ARN", o.Resource)
	case strings.ContainsAny(o.Resource, "*?") && o.Resource != "*" || strings.Contains(o.Resource, "${"):
		return fmt.Errorf("%q is a pattern; what was used is one resource", o.Resource)
	case o.Count < 0:
		return fmt.Errorf("a count of %d", o.Count)
	}
	if s := data.Service(prefix); s != nil {
		prefix = s.Prefix
		if a := s.Action(name); a != nil {
			name = a.Name
		}
	}
	u.Observed = append(u.Observed, Observation{prefix + ":" + name, o.Resource, o.Count, o.LastUsed})
	return nil
}

// lastAccessed is a service of the last-accessed data
// (access_policies_last-accessed.html).
type lastAccessed struct {
	ServiceNamespace           string
	LastAuthenticated          string
	TrackedActionsLastAccessed []struct{ ActionName, LastAccessedTime string }
}

// accessed takes the actions that the data tracks. Of a service that was used
// otherwise it only says that it was.
func (u *Usage) accessed(s *lastAccessed, data *reference.Data) {
	if s.LastAuthenticated == "" {
		return // never used in the time that the data covers
	}
	found := false
	for _, a := range s.TrackedActionsLastAccessed {
		if a.LastAccessedTime == "" {
			continue
		}
		found = true
		if service := data.Service(s.ServiceNamespace); service != nil && service.Action(a.ActionName) != nil {
			u.Observed = append(u.Observed, Observation{Action: service.Prefix + ":" + service.Action(a.ActionName).Name, LastUsed: a.LastAccessedTime})
			continue
		}
		u.NotMapped = append(u.NotMapped, NotMapped{What: s.ServiceNamespace + ":" + a.ActionName, Why: "The service reference does not list this action."})
	}
	if !found {
		u.NotMapped = append(u.NotMapped, NotMapped{What: s.ServiceNamespace, Why: "The service was used; the data does not say with which actions."})
	}
}
