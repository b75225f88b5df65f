package sheet

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/xuri/excelize/v2"

	"gatehouse/backend/iam"
)

var testForm = Form{
	Title: "Accounts", Help: "Fill in the yellow columns.",
	Columns: []FormColumn{{Title: "Id", Hidden: true}, {Title: "Login"}, {Title: "Owner", Fill: true}},
	Rows:    [][]string{{"1", "svc-a", ""}, {"2", "=2+3", "Ann"}, {"3", "007", "-"}},
}

// TestFormRoundTrip: what was written is read again to the letter, formulas and
// leading zeros are texts, the id column is hidden and the sheet protected.
func TestFormRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if err := WriteForm(&b, testForm); err != nil {
		t.Fatal(err)
	}
	rows, numbers, err := ReadForm(b.Bytes(), testForm.Columns)
	if err != nil || !reflect.DeepEqual(rows, testForm.Rows) || !reflect.DeepEqual(numbers, []int{4, 5, 6}) {
		t.Fatalf("%q %v %v", rows, numbers, err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	if visible, err := x.GetColVisible("Sheet1", "A"); err != nil || visible {
		t.Errorf("the id column is visible: %v", err)
	}
	if p, err := x.GetSheetProtection("Sheet1"); err != nil || p.EditObjects {
		t.Errorf("protection %+v %v", p, err)
	}
}

// FuzzReadForm: whatever comes back is rows or a refusal with a remedy.
func FuzzReadForm(f *testing.F) {
	var b bytes.Buffer
	if err := WriteForm(&b, testForm); err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{b.Bytes(), b.Bytes()[:len(b.Bytes())/2], nil, []byte("PK\x03\x04"), []byte("no workbook")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, _, err := ReadForm(content, testForm.Columns); err != nil && iam.KindOf(err) != iam.Invalid {
			t.Errorf("%v", err)
		}
	})
}
