package policy

import (
	"cmp"
	"encoding/base64"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// trial is a value to try for a condition key; nil stands for a request
// without the key. A fixed one is a text or address that the policies name, so
// that not everyone can bring it along.
type trial struct {
	value *ContextValue
	fixed bool
}

// tested is a condition as it stands in the document and made ready.
type tested struct {
	*condition
	source *Condition
}

// trialsFor are values that stand for all values a key may have, as far as
// the conditions can tell them apart. exact is false if that is not certain.
// A key has several values only if some condition tests it as a set.
func trialsFor(conditions []tested, variables map[string][]string) (all []trial, exact bool) {
	s := &samples{exact: true}
	s.collect(conditions, variables)
	all = []trial{{}}
	asSet, alone := 0, false
	for _, c := range conditions {
		if c.set != single {
			asSet++
		} else if c.family != ofPresence {
			alone = true
		}
	}
	for _, t := range s.texts {
		all = append(all, trial{&ContextValue{Values: []string{t.text}}, t.fixed})
	}
	if asSet == 0 {
		return all, s.exact
	}
	all = append(all, trial{&ContextValue{Values: []string{""}}, false})
	sets := s.subsets(asSet)
	for _, set := range sets {
		one := trial{value: &ContextValue{Multi: true}}
		for _, t := range set {
			one.value.Values = append(one.value.Values, t.text)
			one.fixed = one.fixed || t.fixed
		}
		if len(set) > 1 || alone {
			all = append(all, one)
		}
	}
	return all, s.exact
}

type sample struct {
	text  string
	fixed bool
}

// samples are the values of one key, one at a time.
type samples struct {
	texts []sample
	exact bool
}

func (s *samples) add(text string, fixed bool) {
	if !slices.ContainsFunc(s.texts, func(t sample) bool { return t.text == text }) {
		s.texts = append(s.texts, sample{text, fixed})
	}
}

// manySubsets is how many sets of values of a key are tried.
const manySubsets = 300

// subsets are the sets of up to n samples: a set condition is decided by one
// value of the set, so that more values than conditions tell nothing new.
func (s *samples) subsets(n int) (sets [][]sample) {
	sets = [][]sample{{}}
	for i, grown := 0, 0; i < len(sets); i++ {
		if len(sets[i]) == n {
			continue
		}
		for j := range s.texts {
			last := len(sets[i]) - 1
			if last >= 0 && slices.Index(s.texts, sets[i][last]) >= j {
				continue
			}
			if grown++; grown > manySubsets {
				s.exact = false
				return sets
			}
			sets = append(sets, append(slices.Clone(sets[i]), s.texts[j]))
		}
	}
	return sets
}

func (s *samples) collect(conditions []tested, variables map[string][]string) {
	var texts, arns []region
	var numbers, dates []string
	var networks []netip.Prefix
	var binaries []string
	folds, families := 0, map[family]bool{}
	bools := false
	for _, c := range conditions {
		switch c.family {
		case ofPresence:
			continue
		case ofText, ofFolded, ofLike:
			families[ofText] = true
			if c.family == ofFolded {
				folds |= 1
			} else {
				folds |= 2
			}
			for i := range c.texts {
				for _, g := range c.texts[i].globs(variables) {
					texts = append(texts, region{g})
				}
			}
		case ofARN:
			families[ofARN] = true
			for i := range c.arns {
				arns = append(arns, c.arns[i].regions(variables)...)
			}
		default:
			families[c.family] = true
			for _, v := range c.source.Values {
				switch c.family {
				case ofNumber:
					numbers = append(numbers, v.Text)
				case ofDate:
					dates = append(dates, v.Text)
				case ofBinary:
					binaries = append(binaries, v.Text)
				}
			}
			networks = append(networks, c.networks...)
			bools = bools || c.family == ofBool
		}
	}
	// Of a key that is tested in several manners, the values that several
	// conditions have in common are not looked for.
	s.exact = s.exact && len(families) < 2 && folds != 3
	if families[ofText] {
		s.cut([]region{{glob{anyRunRune}}}, texts, "")
	}
	if families[ofARN] {
		s.add("x", false)
		s.cut([]region{wholeARN(anyRunRune)}, arns, ":")
	}
	if bools {
		s.add("true", false)
		s.add("false", false)
	}
	for _, b := range binaries {
		s.add(b, true)
	}
	if families[ofBinary] {
		s.add(base64.StdEncoding.EncodeToString([]byte(strings.Join(binaries, "")+"x")), false)
	}
	s.numbers(numbers, families[ofNumber])
	s.dates(dates, families[ofDate])
	s.addresses(networks, families[ofAddress])
	if len(families) == 0 {
		s.add("x", false)
	}
}

// cut adds the texts of the corners that patterns cut.
func (s *samples) cut(whole, patterns []region, between string) {
	found, ok := corners(whole, patterns)
	f := fillerFor(patterns)
	for _, r := range found {
		texts, all := f.texts(r, between)
		ok = ok && all
		for _, t := range texts {
			s.add(t, !r.open())
		}
	}
	s.exact = s.exact && ok
}

// open says that the region has a wildcard.
func (r region) open() bool {
	for _, g := range r {
		if slices.Contains(g, anyRunRune) || slices.Contains(g, anyOneRune) {
			return true
		}
	}
	return false
}

// numbers adds the thresholds, and one number in each gap.
func (s *samples) numbers(texts []string, any bool) {
	var at []*big.Rat
	for _, t := range texts {
		d, ok := parseDecimal(t)
		if !ok {
			continue // a value that is no number matches nothing
		}
		if d.scale > 60 || d.scale < -60 || len(d.digits) > 60 {
			s.exact = false
			continue
		}
		if r, ok := new(big.Rat).SetString(t); ok {
			at = append(at, r)
		}
	}
	if !any {
		return
	}
	slices.SortFunc(at, (*big.Rat).Cmp)
	number := func(r *big.Rat) string {
		text := r.FloatString(130)
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if len(at) == 0 {
		s.add("1", false)
		return
	}
	one := big.NewRat(1, 1)
	s.add(number(new(big.Rat).Sub(at[0], one)), false)
	for i, r := range at {
		s.add(number(r), false)
		next := new(big.Rat).Add(r, one)
		if i+1 < len(at) {
			next = new(big.Rat).Add(r, at[i+1])
			next.Mul(next, big.NewRat(1, 2))
		}
		s.add(number(next), false)
	}
}

// dates adds the moments that are named, and one between each two.
func (s *samples) dates(texts []string, any bool) {
	var at []time.Time
	for _, t := range texts {
		if i, ok := parseInstant(t); ok {
			at = append(at, time.Unix(i.seconds, int64(i.nanos)).UTC())
		}
	}
	if !any {
		return
	}
	if len(at) == 0 {
		at = append(at, time.Unix(1e9, 0).UTC())
	}
	slices.SortFunc(at, time.Time.Compare)
	add := func(t time.Time) {
		if t.Year() < 1 || t.Year() > 9999 {
			s.exact = false
			return
		}
		s.add(t.Format("2006-01-02T15:04:05.999999999Z"), false)
	}
	add(at[0].Add(-time.Hour))
	for i, t := range at {
		add(t)
		next := t.Add(time.Hour)
		if i+1 < len(at) {
			next = t.Add(at[i+1].Sub(t) / 2)
		}
		add(next)
	}
}

// addresses adds the first address of each stretch that the ranges cut out of
// all addresses. A stretch that is small is fixed: policies that name it mean
// somebody.
func (s *samples) addresses(networks []netip.Prefix, any bool) {
	if !any {
		return
	}
	starts := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, n := range networks {
		n = n.Masked()
		starts = append(starts, n.Addr())
		if end := lastOf(n).Next(); end.IsValid() {
			starts = append(starts, end)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	starts = slices.Compact(starts)
	for i, a := range starts {
		size := distance(a, starts, i)
		wide := a.Is4() && size.BitLen() > 24 || a.Is6() && size.BitLen() > 96
		s.add(a.String(), !wide)
	}
}

// lastOf is the last address of a range.
func lastOf(n netip.Prefix) netip.Addr {
	b := n.Addr().AsSlice()
	for i := range b {
		for bit := range 8 {
			if i*8+bit >= n.Bits() {
				b[i] |= 1 << (7 - bit)
			}
		}
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// distance is how many addresses there are from one start to the next.
func distance(a netip.Addr, starts []netip.Addr, i int) *big.Int {
	number := func(a netip.Addr) *big.Int { return new(big.Int).SetBytes(a.AsSlice()) }
	end := new(big.Int).Lsh(big.NewInt(1), uint(a.BitLen()))
	if i+1 < len(starts) && starts[i+1].BitLen() == a.BitLen() {
		end = number(starts[i+1])
	}
	return end.Sub(end, number(a))
}

// wholeARN is the region of all ARNs.
func wholeARN(first ...rune) region {
	r := region{glob(first)}
	for len(r) < arnParts {
		r = append(r, glob{anyRunRune})
	}
	return r
}

// regions are what the pattern of an ARN matches, one for each way to fill in
// its variables.
func (p *arnPattern) regions(variables map[string][]string) []region {
	if p.all || p.never {
		return nil // matches everything, or nothing
	}
	all := []region{{}}
	extend := func(globs []glob) {
		var longer []region
		for _, r := range all {
			for _, g := range globs {
				longer = append(longer, append(slices.Clone(r), g))
			}
		}
		all = longer
	}
	if p.first == nil {
		for _, part := range strings.Split(strings.TrimSuffix(p.lead, ":"), ":") {
			extend([]glob{glob(part)})
		}
	} else {
		for i := range p.first {
			extend(p.first[i].globs(variables))
		}
	}
	extend(p.last.globs(variables))
	return all
}

// variableKeys are the keys of the variables in a pattern.
func (p *pattern) variableKeys(add func(string)) {
	for i := range p.pieces {
		if p.pieces[i].kind == instead {
			add(p.pieces[i].v.key)
		}
	}
}

func (p *arnPattern) variableKeys(add func(string)) {
	if p.first != nil {
		for i := range p.first {
			p.first[i].variableKeys(add)
		}
	}
	p.last.variableKeys(add)
}

func (c *condition) variableKeys(add func(string)) {
	for i := range c.texts {
		c.texts[i].variableKeys(add)
	}
	for i := range c.arns {
		c.arns[i].variableKeys(add)
	}
}

// plainer orders candidates so that simple witnesses come first.
func plainer(a, b trial) int {
	size := func(c trial) int {
		if c.value == nil {
			return 0
		}
		return 1 + len(c.value.Values)
	}
	return cmp.Compare(size(a), size(b))
}
