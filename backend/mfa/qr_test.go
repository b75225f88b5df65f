package mfa

import (
	"bytes"
	"image/png"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPathHasEveryDarkModuleOnce(t *testing.T) {
	q := QR{{true, true, false, true}, {false, false, false, false}, {false, true, true, true}}
	if got, want := q.Path(), "M0 0h2M3 0h1M1 2h3"; got != want {
		t.Errorf("the path is %s, want %s", got, want)
	}
}

func TestPicturesOfACode(t *testing.T) {
	q, err := NewQR("otpauth://totp/x")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := q.PNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil || img.Bounds().Dx() != (len(q)+8)*8 {
		t.Fatalf("the picture is %v wide, %v", img.Bounds(), err)
	}
	for y := range q {
		for x := range q[y] {
			r, _, _, _ := img.At((x+4)*8+3, (y+4)*8+3).RGBA()
			if (r == 0) != q[y][x] {
				t.Fatalf("module %d, %d is drawn wrong", x, y)
			}
		}
	}
	// On a terminal each sign is two modules: the colour above, the ground below.
	drawn := map[[2]int]bool{}
	for row, line := range strings.Split(strings.TrimSuffix(q.Terminal(), "\n"), "\n") {
		for column, m := range regexp.MustCompile("\x1b\\[(30|97);(40|107)m▀").FindAllStringSubmatch(line, -1) {
			drawn[[2]int{column - 4, 2*row - 4}], drawn[[2]int{column - 4, 2*row - 3}] = m[1] == "30", m[2] == "40"
		}
	}
	for y := -4; y < len(q)+4; y++ {
		for x := -4; x < len(q)+4; x++ {
			if dark, there := drawn[[2]int{x, y}]; !there || dark != q.dark(x, y) {
				t.Fatalf("module %d, %d on a terminal: %t, %t", x, y, dark, there)
			}
		}
	}
}

func FuzzLink(f *testing.F) {
	f.Add("dpatel@halden")
	f.Add("Zoë O'Brien & sons/ %41?#@corp")
	f.Add("a:b\x00\u202e")
	f.Fuzz(func(t *testing.T, label string) {
		if !utf8.ValidString(label) || plain(label) == "" {
			return
		}
		s, err := newSecret(plain(label))
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(s.link)
		if err != nil || u.Path != "/Gatehouse:"+plain(label) || u.Query().Get("secret") != s.key || u.Fragment != "" {
			t.Errorf("%q: %s, %v", label, u, err)
		}
		if _, err := NewQR(s.link); err != nil {
			t.Errorf("%q cannot be drawn: %v", label, err)
		}
	})
}
