package reference

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"gatehouse/backend/iam"
)

func TestTheEmbeddedReference(t *testing.T) {
	d := Embedded()
	var actions, resources, keys, rcp int
	for _, prefix := range d.Services() {
		s := d.Service(prefix)
		actions, resources, keys = actions+len(s.Actions), resources+len(s.Resources), keys+len(s.Keys)
		if s.RCP {
			rcp++
		}
		for i := range s.Actions {
			if a := &s.Actions[i]; s.Action(strings.ToUpper(a.Name)) != a {
				t.Errorf("%s:%s is not found by its name", prefix, a.Name)
			} else if !slices.Contains([]string{"List", "Read", "Write", "Tagging", "Permissions management"}, a.Access) {
				t.Errorf("%s:%s has the access level %q", prefix, a.Name, a.Access)
			} else {
				for _, k := range a.Keys {
					if d.Key(k) == nil {
						t.Errorf("the key %s of %s:%s is not listed", k, prefix, a.Name)
					}
				}
				for _, r := range a.Resources {
					if s.Resource(r.Type) == nil {
						t.Errorf("the resource type %s of %s:%s is not listed", r.Type, prefix, a.Name)
					}
				}
			}
		}
	}
	got := []int{len(d.Services()), actions, resources, keys, rcp, len(d.Globals())}
	if want := []int{456, 22091, 2334, 2578, 62, 59}; d.Date != "2026-09-26" || !slices.Equal(got, want) {
		t.Errorf("%s: services, actions, resource types, keys, services with resource control policies, global keys: %v, want %v", d.Date, got, want)
	}
	if !slices.IsSorted(d.Services()) {
		t.Error("the services are not sorted")
	}
}

func TestKnownActions(t *testing.T) {
	d := Embedded()
	for _, c := range []struct{ action, access, resources, keys string }{
		{"s3:GetObject", "Read", "accesspointobject object", "s3:ExistingObjectTag/${TagKey}"},
		{"S3:getobject", "Read", "accesspointobject object", "s3:TlsVersion"},
		{"s3:ListAllMyBuckets", "List", "", "s3:TlsVersion"},
		{"iam:PassRole", "Write", "role", "iam:PassedToService"},
		{"iam:PutRolePolicy", "Permissions management", "role", "iam:PermissionsBoundary"},
		{"ec2:CreateTags", "Tagging", "", "ec2:CreateAction"},
	} {
		prefix, name, _ := strings.Cut(c.action, ":")
		a := d.Service(prefix).Action(name)
		var types []string
		for _, r := range a.Resources {
			types = append(types, r.Type)
		}
		slices.Sort(types)
		if a.Access != c.access || c.resources != "" && strings.Join(types, " ") != c.resources || !slices.Contains(a.Keys, c.keys) {
			t.Errorf("%s: %+v", c.action, *a)
		}
	}
	if got := d.Service("s3").Resource("object").ARN; got != "arn:${Partition}:s3:::${BucketName}/${ObjectName}" {
		t.Errorf("an object is %s", got)
	}
	if d.Service("s4") != nil || d.Service("s3").Action("GetObjekt") != nil || d.Service("s3").Resource("objekt") != nil {
		t.Error("what does not exist is found")
	}
	if !d.Service("S3").RCP || d.Service("sns").RCP {
		t.Error("resource control policies are evaluated for s3 and not for sns")
	}
}

func TestKeysAreFoundByName(t *testing.T) {
	d := Embedded()
	for name, want := range map[string]string{
		"aws:SourceIp": "aws:SourceIp IPAddress", "AWS:sourceip": "aws:SourceIp IPAddress",
		"aws:ResourceTag/team": "aws:ResourceTag/${TagKey} String", "aws:PrincipalTag/a/b": "aws:PrincipalTag/${TagKey} String",
		"aws:RequestTag/${TagKey}": "aws:RequestTag/${TagKey} String", "aws:TagKeys": "aws:TagKeys ArrayOfString",
		"s3:ExistingObjectTag/x": "s3:ExistingObjectTag/${TagKey} String", "iam:PassedToService": "iam:PassedToService String",
		"saml:aud": "saml:aud String", "token.actions.githubusercontent.com:repository": "token.actions.githubusercontent.com:repository String",
		"kms:EncryptionContext:app":                          "kms:EncryptionContext:${EncryptionContextKey} String",
		"codebuild:environment.environmentVariables/A.value": "codebuild:environment.environmentVariables/${name}.value String",
		"aws:ResourceTag":                                    "", "aws:ResourceTag/": "", "aws:Nothing": "", "nothing": "", "": "",
		"codebuild:environment.environmentVariables/.value": "",
	} {
		got := ""
		if k := d.Key(name); k != nil {
			got = k.Name + " " + k.Type
		}
		if got != want {
			t.Errorf("the key %q is %q, want %q", name, got, want)
		}
	}
}

func TestReadTakesANewerFile(t *testing.T) {
	text := `{"date":"2027-01-02","services":["new"],"globals":[{"name":"aws:Global","type":"Bool"}]}
{"prefix":"new","name":"Amazon New","rcp":true,"actions":[{"name":"Zap","access":"Write","resources":[{"type":"thing","required":true}]},{"name":"apply","access":"Read"}],"resources":[{"name":"thing","arn":"arn:${Partition}:new:::${Thing}"}],"keys":[{"name":"new:Tag/${A}/of/${B}/end","type":"Bool"}]}
`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	z.Close()
	for _, source := range []string{text, packed.String()} {
		d, err := Read(strings.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		s := d.Service("NEW")
		if d.Date != "2027-01-02" || !s.RCP || !s.Action("zap").Resources[0].Required || s.Action("APPLY").Access != "Read" {
			t.Errorf("%+v", s)
		}
		if k := d.Key("new:tag/x/of/y/end"); k == nil || k.Type != "Bool" || d.Key("new:tag//of/y/end") != nil || d.Key("new:tag/x/of//end") != nil || d.Key("AWS:global") == nil || d.Key("aws:SourceIp") != nil {
			t.Errorf("%+v", k)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	head := func(services string) string { return `{"date":"2027-01-02","services":[` + services + "]}\n" }
	for source, want := range map[string]string{
		"":                             "first line is no JSON",
		"\x1f\x8bxx":                   "cannot be read",
		head(``):                       "lists 0 services and describes 0",
		head(`"a"`):                    "lists 1 services and describes 0",
		`{"services":["a"]}` + "\n{}":  `date is ""`,
		head(`"a","a"`) + "{}\n{}":     `"a" twice`,
		head(`"A"`) + "{}":             `"A" twice, or not in lower case`,
		head(`"a"`) + "x":              `The line of the service "a" is no JSON`,
		head(`"a"`) + `{"prefix":"b"}`: `The line of the service "a" describes "b"`,
	} {
		_, err := Read(strings.NewReader(source))
		if iam.KindOf(err) != iam.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}

// BenchmarkFirstUse is what a command pays that looks into a service.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		d, err := open(bytes.NewReader(packed))
		if err != nil || d.Service("ec2").Action("RunInstances") == nil || d.Key("saml:aud") == nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAll(b *testing.B) {
	for b.Loop() {
		if _, err := Read(bytes.NewReader(packed)); err != nil {
			b.Fatal(err)
		}
	}
}
