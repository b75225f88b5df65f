package policy

import (
	"regexp"
	"slices"
	"strings"

	"gatehouse/backend/policy/reference"
)

// trailRecord is one event of CloudTrail
// (cloudtrail-event-reference-record-contents.html).
type trailRecord struct {
	EventTime, EventSource, EventName, ErrorCode string
	Resources                                    []struct{ ARN string }
}

// record takes an event. What was refused or failed needs no permission.
func (u *Usage) record(r *trailRecord, data *reference.Data) {
	if r.ErrorCode != "" {
		u.Failed++
		return
	}
	actions := trailActions(r, data)
	if len(actions) == 0 {
		u.NotMapped = append(u.NotMapped, NotMapped{What: r.EventSource + " " + r.EventName, Count: 1, Why: "No action of the service reference is known for this event."})
		return
	}
	for _, name := range actions {
		prefix, action, _ := strings.Cut(name, ":")
		service := data.Service(prefix)
		found := false
		for _, resource := range r.Resources {
			if resource.ARN != "" && worksOn(service, service.Action(action), resource.ARN) {
				found = true
				u.Observed = append(u.Observed, Observation{name, resource.ARN, 1, r.EventTime})
			}
		}
		if !found {
			u.Observed = append(u.Observed, Observation{Action: name, Count: 1, LastUsed: r.EventTime})
		}
	}
}

// eventServices are the event sources whose name is not the service prefix.
var eventServices = map[string]string{"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}

// eventActions are the events that have another name than the action that
// permits them, as the pages on the required permissions tell
// (using-with-s3-policy-actions.html of the S3 guide, the Lambda API reference).
var eventActions = map[string][]string{
	"s3:HeadObject":              {"s3:GetObject"},
	"s3:HeadBucket":              {"s3:ListBucket"},
	"s3:ListObjects":             {"s3:ListBucket"},
	"s3:ListObjectsV2":           {"s3:ListBucket"},
	"s3:ListObjectVersions":      {"s3:ListBucketVersions"},
	"s3:ListBuckets":             {"s3:ListAllMyBuckets"},
	"s3:ListMultipartUploads":    {"s3:ListBucketMultipartUploads"},
	"s3:ListParts":               {"s3:ListMultipartUploadParts"},
	"s3:CreateMultipartUpload":   {"s3:PutObject"},
	"s3:UploadPart":              {"s3:PutObject"},
	"s3:CompleteMultipartUpload": {"s3:PutObject"},
	"s3:CopyObject":              {"s3:GetObject", "s3:PutObject"},
	"s3:UploadPartCopy":          {"s3:GetObject", "s3:PutObject"},
	"s3:DeleteObjects":           {"s3:DeleteObject"},
	"s3:GetBucketEncryption":     {"s3:GetEncryptionConfiguration"},
	"s3:PutBucketEncryption":     {"s3:PutEncryptionConfiguration"},
	"s3:DeleteBucketEncryption":  {"s3:PutEncryptionConfiguration"},
	"s3:GetBucketLifecycle":      {"s3:GetLifecycleConfiguration"},
	"s3:PutBucketLifecycle":      {"s3:PutLifecycleConfiguration"},
	"s3:DeleteBucketLifecycle":   {"s3:PutLifecycleConfiguration"},
	"s3:GetBucketReplication":    {"s3:GetReplicationConfiguration"},
	"s3:PutBucketReplication":    {"s3:PutReplicationConfiguration"},
	"s3:DeleteBucketReplication": {"s3:PutReplicationConfiguration"},
	"s3:DeleteBucketTagging":     {"s3:PutBucketTagging"},
	"s3:DeleteBucketCors":        {"s3:PutBucketCORS"},
	"lambda:Invoke":              {"lambda:InvokeFunction"},
}

// dated is the version of an API that some services write behind the names of
// their events: CreateFunction20150331, ListDistributions2020_05_31.
var dated = regexp.MustCompile(`(20\d{6}|20\d\d_\d\d_\d\d)(v\d+)?$`)

// trailActions are the actions that an event needs, empty where that is not
// known. A name is taken to be that of an action only if the reference has it.
func trailActions(r *trailRecord, data *reference.Data) []string {
	source, _, _ := strings.Cut(r.EventSource, ".")
	if other, ok := eventServices[source]; ok {
		source = other
	}
	service := data.Service(source)
	if service == nil {
		return nil
	}
	name := dated.ReplaceAllString(r.EventName, "")
	if other, ok := eventActions[service.Prefix+":"+name]; ok {
		return other
	}
	if a := service.Action(name); a != nil {
		return []string{service.Prefix + ":" + a.Name}
	}
	return nil
}

// worksOn says that an ARN is one of a type that the action works on. An ARN
// is of the type whose form fixes most of it: "arn:aws:s3:::bucket/key" is an
// object, though a bucket's form might be stretched over it.
func worksOn(service *reference.Service, action *reference.Action, arn string) bool {
	name := typeOf(service, arn)
	return name != "" && slices.ContainsFunc(action.Resources, func(r reference.ActionResource) bool { return r.Type == name })
}

func typeOf(service *reference.Service, arn string) string {
	best, most := "", -1
	a := newARNText(arn)
	for i := range service.Resources {
		form := variablePart.ReplaceAllString(service.Resources[i].ARN, "*")
		p := newARNPattern(form, arnRule{})
		if n := len(strings.ReplaceAll(form, "*", "")); n > most && p.match(&a, &Context{}) == yes {
			best, most = service.Resources[i].Name, n
		}
	}
	return best
}

// variablePart is what the form of an ARN leaves open.
var variablePart = regexp.MustCompile(`\$\{[^}]*\}`)
