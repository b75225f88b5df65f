package policy

import (
	"fmt"
	"testing"

	"gatehouse/backend/policy"
)

// The careful company: its policies look at who asks. Two thousand groups nested
// five deep give rights to users with a tag, everyone has a home, and the
// organization keeps all but a few from IAM.
const (
	teams    = 2000 // groups; each is in that with a fifth of its number
	teamTags = 50   // that policies name
	userTags = 97   // that users have
)

func newCareful(b *testing.B, users int) *policy.Principals {
	b.Helper()
	document := func(text string) []policy.Named {
		return []policy.Named{{Name: "policy", Document: parse(b, `{"Version": "2012-10-17", "Statement": [`+text+`]}`)}}
	}
	u := &policy.Universe{Account: account, Users: map[string]policy.UniverseUser{}, Groups: map[string]policy.UniverseGroup{}}
	for t := range teams {
		g := policy.UniverseGroup{Policies: document(fmt.Sprintf(
			`{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "t%d"}}}`, t%teamTags))}
		if t > 0 {
			g.Parents = []string{fmt.Sprint("team", (t-1)/5)}
		}
		u.Groups[fmt.Sprint("team", t)] = g
	}
	u.Groups["everyone"] = policy.UniverseGroup{Policies: document(
		`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}`)}
	for n := range users {
		u.Users[userName(n)] = policy.UniverseUser{
			ARN: userARN(n), Groups: []string{fmt.Sprint("team", n%teams), "everyone"}, Tags: map[string]string{"team": fmt.Sprint("t", n%userTags)},
		}
	}
	full := document(`{"Effect": "Allow", "Action": "*", "Resource": "*"}`)
	guard := document(`{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/u00000?"}}}`)
	u.SCP = [][]policy.Named{full, append(full, guard...)}
	p, err := policy.NewPrincipals(u)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// mayByTag is how many users have the tag of one of their teams.
func mayByTag(users int) (n int) {
	for u := range users {
		for t := u % teams; ; t = (t - 1) / 5 {
			if t%teamTags == u%userTags {
				n++
				break
			}
			if t == 0 {
				break
			}
		}
	}
	return n
}
