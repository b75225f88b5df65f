package file

import (
	"errors"
	"strings"
)

// filter tests an entry of an LDIF file: the part of RFC 4515 that tells
// accounts and groups apart, with and, or, not, presence and equality.
type filter func(entry) bool

var errFilter = errors.New("no filter")

// parseFilter reads a filter such as (&(objectClass=person)(!(uid=x))).
func parseFilter(s string) (filter, error) {
	f, rest, err := parseTerm(strings.TrimSpace(s), 0)
	if err == nil && rest != "" {
		err = errFilter
	}
	return f, err
}

func parseTerm(s string, depth int) (filter, string, error) {
	if depth > 50 || len(s) < 2 || s[0] != '(' {
		return nil, "", errFilter
	}
	switch s[1] {
	case '&', '|', '!':
		var all []filter
		rest := s[2:]
		for strings.HasPrefix(rest, "(") {
			f, more, err := parseTerm(rest, depth+1)
			if err != nil {
				return nil, "", err
			}
			all, rest = append(all, f), more
		}
		if !strings.HasPrefix(rest, ")") || len(all) == 0 || s[1] == '!' && len(all) != 1 {
			return nil, "", errFilter
		}
		return combine(s[1], all), rest[1:], nil
	}
	term, rest, ok := strings.Cut(s[1:], ")")
	attr, value, equal := strings.Cut(term, "=")
	if !ok || !equal || attr == "" || value == "" || strings.ContainsAny(attr, "<>~:( ") {
		return nil, "", errFilter
	}
	attr = strings.ToLower(attr)
	if value == "*" {
		return func(e entry) bool { return len(e.values[attr]) > 0 }, rest, nil
	}
	if strings.ContainsAny(value, `*\(`) {
		return nil, "", errFilter
	}
	return func(e entry) bool {
		for _, v := range e.values[attr] {
			if strings.EqualFold(v, value) {
				return true
			}
		}
		return false
	}, rest, nil
}

func combine(how byte, all []filter) filter {
	return func(e entry) bool {
		for _, f := range all {
			switch fits := f(e); {
			case how == '!':
				return !fits
			case how == '|' && fits:
				return true
			case how == '&' && !fits:
				return false
			}
		}
		return how == '&'
	}
}
