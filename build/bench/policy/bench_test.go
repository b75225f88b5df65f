package policy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatehouse/backend/policy"
)

// BenchmarkPolicy prints each figure beside its budget or its peers.
func BenchmarkPolicy(b *testing.B) {
	decide(b)
	fmt.Println()
	fmt.Println("one decision, roles in groups nested five deep          ours       OPA   Cedar   (time of each over ours)")
	for _, users := range []int{1_000, 10_000, 100_000} {
		sideBySide(b, users)
	}
	fmt.Println()
	whoCan(b)
	whoCanByCaller(b)
}

func decide(b *testing.B) {
	policies, requests := hundred(b)
	var d policy.Decision
	verdicts := map[policy.Verdict]int{}
	var decided, explained []time.Duration
	for range 200 {
		for i := range requests {
			began := time.Now()
			policies.Decide(&requests[i], &d)
			decided = append(decided, time.Since(began))
			verdicts[d.Verdict]++
		}
	}
	for i := range requests {
		policies.Decide(&requests[i], &d)
		began := time.Now()
		policies.Explain(&requests[i], &d)
		explained = append(explained, time.Since(began))
	}
	if verdicts[policy.Allowed] == 0 || verdicts[policy.ImplicitlyDenied] == 0 {
		b.Fatalf("the requests do not differ: %v", verdicts)
	}
	allocations := testing.AllocsPerRun(100, func() {
		for i := range requests {
			policies.Decide(&requests[i], &d)
		}
	})
	fmt.Printf("decide, 91 statements in five layers: %v median, budget 2µs; %.0f allocations, budget 0\n", median(decided), allocations/float64(len(requests)))
	fmt.Printf("explain the same in words:            %v median, budget 1ms\n", median(explained))
}

// sideBySide asks every engine the same questions in turn and insists that all
// answer them rightly.
func sideBySide(b *testing.B, users int) {
	c := newCompany(users)
	asked := c.ask()
	engines := []struct {
		name   string
		answer func(question) bool
		asked  []question
	}{{"ours", newOurs(b, c, asked), asked}, {"OPA", newOPA(b, c), asked}, {"Cedar", newCedar(b, c), asked[:1024]}}
	times := make([]time.Duration, len(engines))
	for round := range 4 { // the first to warm up; of the others the quickest, which other programs disturbed least
		for i, e := range engines {
			began := time.Now()
			for _, q := range e.asked {
				if e.answer(q) != q.truth {
					b.Fatalf("%s answers wrongly: %+v", e.name, q)
				}
			}
			if took := time.Since(began) / time.Duration(len(e.asked)); round <= 1 || took < times[i] {
				times[i] = took
			}
		}
	}
	fmt.Printf("%7d users                                      %9v  %6.0fx %6.0fx\n", users, times[0], float64(times[1])/float64(times[0]), float64(times[2])/float64(times[0]))
}

// whoCan asks who can use an object among 100,000 users. The peers have no such
// question: theirs is a decision for each user.
func whoCan(b *testing.B) {
	const users = 100_000
	c := newCompany(users)
	began := time.Now()
	principals := newPrincipals(b, c)
	load := time.Since(began)
	var took []time.Duration
	for o := range 40 {
		object := o * (objects / 40)
		began := time.Now()
		crowd := principals.WhoCan(policy.Question{Action: "s3:ListBucket", Resource: policy.Resource{ARN: objectName(object)}})
		took = append(took, time.Since(began))
		want := 0
		for u := range c.users {
			if c.may(u, object) {
				want++
			}
		}
		if len(crowd.Allowed) != want {
			b.Fatalf("%d of %d users may use %s", len(crowd.Allowed), want, objectName(object))
		}
	}
	ours := median(took)
	fmt.Printf("who can, %d users in groups nested %d deep: %v median, %v at most, budget 100ms; made ready in %v\n", users, depth, ours, slices.Max(took), load.Round(time.Millisecond))
	for _, peer := range []struct {
		name   string
		answer func(question) bool
	}{{"OPA", newOPA(b, c)}, {"Cedar", newCedar(b, c)}} {
		began := time.Now()
		const sample = 2000
		for u := range sample {
			peer.answer(question{user: u * (users / sample), object: 7})
		}
		fmt.Printf("  %s, a decision for each user: %.0fx (from %d of them)\n", peer.name, float64(time.Since(began)*(users/sample))/float64(ours), sample)
	}
}

// whoCanByCaller asks what has to be decided for each user anew, because
// policies look at who asks.
func whoCanByCaller(b *testing.B) {
	const users = 100_000
	principals := newCareful(b, users)
	for _, one := range []struct {
		name, action, resource string
		want                   int // users who may
	}{
		{"own home by a variable", "s3:GetObject", "arn:aws:s3:::home/" + userName(123) + "/x", 1},
		{"by a tag of the user", "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:" + account + ":table/t", mayByTag(users)},
		{"an SCP that spares some", "iam:GetUser", "*", 10},
	} {
		var took []time.Duration
		for range 20 {
			began := time.Now()
			crowd := principals.WhoCan(policy.Question{Action: one.action, Resource: policy.Resource{ARN: one.resource}})
			took = append(took, time.Since(began))
			if len(crowd.Allowed) != one.want {
				b.Fatalf("%s: %d may, not %d", one.name, len(crowd.Allowed), one.want)
			}
		}
		fmt.Printf("  the policies look at each user, %-24s %v median, %v at most, budget 100ms\n", one.name+":", median(took), slices.Max(took))
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
