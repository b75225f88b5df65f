package lint

import (
	"slices"
	"strings"

	"gatehouse/backend/policy"
	"gatehouse/backend/policy/reference"
)

// checkActions looks at the actions of a statement
// (reference_policies_elements_action.html).
func (l *linter) checkActions(s *statement) {
	for _, n := range s.action.values {
		prefix, name, found := strings.Cut(n.Text, ":")
		switch {
		case n.Text == "*" || strings.Contains(n.Text, "${"): // variables are reported as such
		case !found || prefix == "" || name == "":
			l.report("INVALID_ACTION", n, n.Text, hint("Write it as service:Name.", !found))
		case strings.ContainsAny(prefix, "*?"):
			l.report("WILDCARD_IN_SERVICE_NAME", n, prefix)
		default:
			l.checkAction(n, prefix, name)
		}
	}
	if l.kind == policy.TrustPolicy && !s.action.not {
		l.checkTrustActions(s)
	}
}

func (l *linter) checkAction(n *policy.Node, prefix, name string) {
	if l.data == nil {
		return
	}
	service := l.data.Service(prefix)
	if service == nil {
		near := nearest(prefix, l.data.Services())
		l.report("INVALID_SERVICE_IN_ACTION", n, prefix, hint("Did you mean "+near+"?", near != ""))
		return
	}
	if len(service.Actions) == 0 || l.matchesAction(service, name) {
		return
	}
	near := nearest(name, actionNames(service))
	l.report("INVALID_ACTION", n, n.Text, hint("Did you mean "+service.Prefix+":"+near+"?", near != ""))
}

func (l *linter) matchesAction(service *reference.Service, name string) bool {
	if !strings.ContainsAny(name, "*?") {
		return service.Action(name) != nil
	}
	return slices.ContainsFunc(service.Actions, func(a reference.Action) bool { return policy.Contains(name, a.Name, true) })
}

// actionsOf are the actions of the reference that a pattern stands for, with
// their service; none where it is * or names no service.
func (l *linter) actionsOf(text string) (*reference.Service, []*reference.Action) {
	prefix, name, found := strings.Cut(text, ":")
	if l.data == nil || !found {
		return nil, nil
	}
	service := l.data.Service(prefix)
	if service == nil {
		return nil, nil
	}
	if !strings.ContainsAny(name, "*?") {
		if a := service.Action(name); a != nil {
			return service, []*reference.Action{a}
		}
		return service, nil
	}
	var all []*reference.Action
	for i := range service.Actions {
		if policy.Contains(name, service.Actions[i].Name, true) {
			all = append(all, &service.Actions[i])
		}
	}
	return service, all
}

// exact reports whether an action is written without a wildcard.
func exact(action string) bool { return !strings.ContainsAny(action, "*?") }

// covers reports whether the actions of a statement hold one, however they do.
func (s *statement) covers(action string) bool {
	if !s.action.there() {
		return false
	}
	listed := slices.ContainsFunc(s.action.values, func(n *policy.Node) bool { return policy.Contains(n.Text, action, true) })
	return listed != s.action.not
}

func actionNames(service *reference.Service) []string {
	names := make([]string, len(service.Actions))
	for i, a := range service.Actions {
		names[i] = a.Name
	}
	return names
}

// hint is a sentence to put behind another.
func hint(text string, wanted bool) string {
	if !wanted {
		return ""
	}
	return " " + text
}

// nearest is the name that differs least from a word, if it differs little.
func nearest(word string, names []string) string {
	best, most := "", min(3, len(word)/3+1)+1
	low := strings.ToLower(word)
	for _, name := range names {
		if d := distance(low, strings.ToLower(name), most); d < most {
			best, most = name, d
		}
	}
	return best
}

// distance is how many characters must be changed, added or taken away to make
// b of a, or most if it is not less.
func distance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			next := min(row[j]+1, row[j+1]+1, corner)
			if a[i] != b[j] {
				next = min(row[j]+1, row[j+1]+1, corner+1)
			}
			corner, row[j+1] = row[j+1], next
			least = min(least, next)
		}
		if least >= most {
			return most
		}
	}
	return row[len(b)]
}

// checkHome looks for actions and resources of a resource's policy that cannot
// be meant there. The service whose actions come most often is taken for the
// resource's own.
func (l *linter) checkHome() {
	if l.kind != policy.ResourcePolicy || l.data == nil {
		return
	}
	home := l.home()
	if home == nil {
		return
	}
	served := map[string]bool{}
	for _, r := range home.Resources {
		served[arnPart(r.ARN, 2)] = true
	}
	for _, s := range l.statements {
		if s.action.not {
			continue
		}
		for _, n := range s.action.values {
			service, actions := l.actionsOf(n.Text)
			switch {
			case service == nil || len(actions) == 0:
			case service != home:
				l.report("UNSUPPORTED_ACTION_IN_POLICY", n, n.Text, "a resource of "+home.Name)
			// With * for the resource it may be the policy of a VPC endpoint.
			case exact(n.Text) && len(actions[0].Resources) == 0 && len(home.Resources) > 0 && !slices.Contains(s.resource.texts(), "*"):
				l.report("UNSUPPORTED_ACTION_IN_POLICY", n, n.Text, "a resource, because it works on none")
			}
		}
		for _, n := range s.resource.values {
			name := arnPart(n.Text, 2)
			if name == "" || strings.ContainsAny(name, "*?$") || len(served) == 0 || served[name] || !l.knownARNService(name) {
				continue
			}
			l.report("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", n, n.Text, home.Name)
		}
	}
}

// home is the service that most actions name, the first of several.
func (l *linter) home() (home *reference.Service) {
	count := map[*reference.Service]int{}
	for _, s := range l.statements {
		for _, n := range s.action.values {
			if service, _ := l.actionsOf(n.Text); service != nil {
				count[service]++
				if home == nil {
					home = service
				}
			}
		}
	}
	for service, n := range count {
		if n > count[home] {
			home = service
		}
	}
	return home
}
