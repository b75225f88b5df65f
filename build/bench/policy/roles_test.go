package policy

import (
	"fmt"
	"math/rand/v2"
)

// company is the workload that every engine answers: roles that each allow to
// use some objects, given to the topmost of a chain of nested groups, and people
// in the lowest groups of two chains.
type company struct {
	users  [][2]int // the chains each is in
	grants []map[int]bool
}

const (
	roles       = 100
	permissions = 20 // objects of a role
	objects     = 2000
	depth       = 5 // groups of a chain, each in the next
	questions   = 4096
)

func newCompany(users int) *company {
	random := rand.New(rand.NewPCG(1, uint64(users)))
	c := &company{users: make([][2]int, users), grants: make([]map[int]bool, roles)}
	for r := range c.grants {
		c.grants[r] = map[int]bool{}
		for len(c.grants[r]) < permissions {
			c.grants[r][random.IntN(objects)] = true
		}
	}
	for u := range c.users {
		c.users[u] = [2]int{random.IntN(roles), random.IntN(roles)}
	}
	return c
}

// question asks whether a person may use an object; truth is the answer.
type question struct {
	user, object int
	truth        bool
}

// ask makes questions of which about half are answered yes.
func (c *company) ask() []question {
	random := rand.New(rand.NewPCG(2, uint64(len(c.users))))
	out := make([]question, questions)
	for i := range out {
		q := question{user: random.IntN(len(c.users)), object: random.IntN(objects)}
		if i%2 == 0 {
			for object := range objects {
				if object = (object + q.object) % objects; c.may(q.user, object) {
					q.object = object
					break
				}
			}
		}
		q.truth = c.may(q.user, q.object)
		out[i] = q
	}
	return out
}

func (c *company) may(user, object int) bool {
	for _, chain := range c.users[user] {
		if c.grants[chain][object] {
			return true
		}
	}
	return false
}

func userName(u int) string         { return fmt.Sprintf("u%06d", u) }
func objectName(o int) string       { return fmt.Sprintf("arn:aws:s3:::bucket-%04d", o) }
func groupName(chain, n int) string { return fmt.Sprintf("g%03d-%d", chain, n) } // n from 0, the lowest
