package policy

import "strings"

// callerKey is a key of the context that says who asks. A directory of users
// answers for it itself, so that asking for each of them needs no context of
// their own.
type callerKey uint8

const (
	notCaller callerKey = iota
	callerARN
	callerName
	callerTag
)

const tagPrefix = "aws:principaltag/"

// callerKeyOf sorts a key in lower case.
func callerKeyOf(key string) callerKey {
	switch {
	case key == "aws:principalarn":
		return callerARN
	case key == "aws:username":
		return callerName
	case strings.HasPrefix(key, tagPrefix):
		return callerTag
	}
	return notCaller
}

// caller is what is known of who asks.
type caller struct {
	arn, name [1]string
	tags      []tag
	anyone    bool // it is not said who: nothing is known of these keys
}

// tag is a tag of a caller, by its key in lower case.
type tag struct {
	key   string
	value [1]string
}

// look finds the value of a key. known is false where the request does not say
// whether it has the key; a key that is known to be absent has no values.
func (c *Context) look(key string, of callerKey) (v ContextValue, known bool) {
	if c.caller != nil && of != notCaller {
		if c.caller.anyone {
			return ContextValue{}, false
		}
		return ContextValue{Values: c.caller.value(key, of)}, true
	}
	v, told := c.Keys[key]
	return v, told || !c.Incomplete
}

func (c *caller) value(key string, of callerKey) []string {
	switch of {
	case callerARN:
		return c.arn[:]
	case callerName:
		return c.name[:]
	}
	for i := range c.tags {
		if c.tags[i].key == key[len(tagPrefix):] {
			return c.tags[i].value[:]
		}
	}
	return nil
}
