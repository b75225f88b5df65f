package policy

// truth is a value of three-valued logic: what depends on a key or a policy
// that was not read is unsure. The order makes "and" the smaller of two truths
// and "or" the larger.
type truth uint8

const (
	no truth = iota
	unsure
	yes
)

func whether(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return yes - t }
