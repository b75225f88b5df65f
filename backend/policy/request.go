package policy

// Request is one question: may this principal do this action on this resource
// in this context.
type Request struct {
	Principal Principal
	Action    string // "s3:GetObject"; compared without regard to case
	Resource  Resource
	Context   Context
}

// PrincipalType is the sort of caller.
type PrincipalType uint8

// The sorts of callers.
const (
	User      PrincipalType = iota + 1 // an IAM user
	Session                            // a session of an assumed role
	Federated                          // a federated user of GetFederationToken
	Service                            // an AWS service acting for itself
	Anonymous                          // nobody signed the request
)

// Principal is who asks.
type Principal struct {
	Type    PrincipalType
	ARN     string // arn:aws:iam::123456789012:user/anna, arn:aws:sts::123456789012:assumed-role/Admin/anna
	Account string // twelve digits; "" for a service and for nobody
	Role    string // of a session: the ARN of its role
	User    string // of a federated session: the ARN of the user who made it
	Name    string // of a service: "lambda.amazonaws.com"
	// Canonical is the canonical user id of the account, "" where it is not
	// known; only policies of S3 name accounts that way.
	Canonical string
}

// Resource is what is asked for.
type Resource struct {
	ARN     string // "*" for actions without a resource
	Account string // whose it is; "" means the principal's own
}

// Context is what is known of a request. The zero Context is complete and empty.
type Context struct {
	// Keys maps a condition key in lower case to its value.
	Keys map[string]ContextValue
	// Incomplete says that a key that is not in Keys may still be there: what
	// depends on it is unknown, never guessed.
	Incomplete bool
}

// ContextValue is the value of a condition key. A multivalued key needs a set
// operator, however many values it has.
type ContextValue struct {
	Values []string
	Multi  bool
}

// Set is the policies that bear on a request. A nil Document in it is a policy
// that exists and was not read: what depends on it is unknown.
type Set struct {
	Identity []Named
	Boundary *Named    // nil: the principal has no permission boundary
	Session  *Named    // nil: no session policy
	Resource *Named    // nil: the resource has no policy of its own
	SCP      [][]Named // by level, root first; nil: not in an organization
	RCP      [][]Named // by level of the resource's account; RCPFullAWSAccess stands at every level
}

// Named is a document and what it is called.
type Named struct {
	Name     string
	Source   string // where it comes from, for words: "group Admins", an ARN
	Document *Document
}

// LayerKind is the sort of a layer.
type LayerKind uint8

// The layers, in the order in which matches are listed and in which they are
// named when several deny. When nothing denies, the layer named is the first
// that does not allow in the order of evaluation: SCP, resource, identity,
// boundary, session.
const (
	LayerIdentity LayerKind = iota + 1
	LayerBoundary
	LayerSession
	LayerResource
	LayerSCP
	LayerRCP
)

// Layer is a sort of policies that bear on a request; Level counts the levels
// of an organization from 0, the root.
type Layer struct {
	Kind  LayerKind
	Level int
}

// Verdict is the answer.
type Verdict uint8

// The verdicts. Unknown is never Allowed: a key or a policy that would decide
// is missing.
const (
	ImplicitlyDenied Verdict = iota
	Allowed
	ExplicitlyDenied
	Unknown
)

// Match is a statement that applies to the request: all its elements match.
type Match struct {
	Layer     Layer
	Policy    int // index in the layer's (and level's) policies
	Statement int // index in the document
	Effect    Effect
}

// Decision is the answer to a request. Its slices are reused when it is handed
// to another Decide.
type Decision struct {
	Verdict Verdict
	Blocked Layer    // what denies, or leaves unknown; zero when allowed
	Matched []Match  // by layer, policy, statement
	Missing []string // keys that a condition tested and the request has not, as the first policy writes them

	tally []tally // of each layer
}
