// Package reference is what AWS services are made of: their actions, resource
// types and condition keys, as the service authorization reference lists them.
// The data is embedded, says its date, and gives way to a newer file.
package reference

// Data is the service authorization reference of one day. It never changes.
type Data struct {
	Date     string // the day it was collected, "2026-09-26"
	services map[string]*lazy
	foreign  []string // services that have keys of other prefixes
	globals  []ConditionKey
	global   keyIndex
}

// Service is one service prefix.
type Service struct {
	Prefix    string // "s3"
	Name      string // "Amazon S3"
	RCP       bool   // resource control policies are evaluated for it
	Actions   []Action
	Resources []ResourceType
	Keys      []ConditionKey
}

// Action is what a policy may allow.
type Action struct {
	Name      string           // "GetObject"
	Access    string           // List, Read, Write, Tagging or Permissions management
	Resources []ActionResource // none: the action matches only the resource "*"
	Keys      []string         // the condition keys that stand for the action itself
	Dependent []string         // actions that are needed as well, where the reference lists them: the embedded one does not
}

// ActionResource is a resource type that an action works on.
type ActionResource struct {
	Type     string
	Required bool
	Keys     []string // the condition keys that come with that type
}

// ResourceType is a sort of resource and the form of its ARN.
type ResourceType struct {
	Name string   // "object"
	ARN  string   // "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
	Keys []string // the condition keys of such a resource
}

// ConditionKey is a key that conditions may test.
type ConditionKey struct {
	Name string // "s3:prefix", "aws:RequestTag/${TagKey}"
	Type string // String, ArrayOfString, Numeric, Bool, ARN, Date, IPAddress, …
}
