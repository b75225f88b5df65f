package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// outDir receives what is given away; git ignores it.
const outDir = "build/out"

// pack builds the portable executables. Each is one file that needs no
// installation; those with a window use the web view of the system.
func pack(ctx context.Context) error {
	version, err := productVersion()
	if err != nil {
		return err
	}
	if err := frontendDist(ctx); err != nil {
		return err
	}
	stem := filepath.Join(outDir, "gatehouse-"+version+"-")
	binaries := []binary{
		{out: stem + "linux-amd64-server", os: "linux", arch: "amd64"},
		{out: stem + "windows-amd64.exe", os: "windows", arch: "amd64", window: true},
		{out: stem + "windows-amd64-console.exe", os: "windows", arch: "amd64"},
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && canBuildWindow(ctx) {
		binaries = append(binaries, binary{out: stem + "linux-amd64", os: "linux", arch: "amd64", window: true})
	} else {
		say("build: without the Linux window; on Linux it needs `%s`", install(windowPackages))
	}
	var sums strings.Builder
	for _, b := range binaries {
		b.release = true
		if err := b.build(ctx); err != nil {
			return err
		}
		content, err := os.ReadFile(b.out)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), filepath.Base(b.out))
		fmt.Printf("%s, %.1f MB\n", b.out, float64(len(content))/1e6)
	}
	path := filepath.Join(outDir, "SHA256SUMS")
	fmt.Println(path)
	return os.WriteFile(path, []byte(sums.String()), 0o644)
}

// productVersion is the constant that the program itself reports.
func productVersion() (string, error) {
	const source = "app/local/local.go"
	b, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`(?m)^const Version = "([^"]+)"$`).FindSubmatch(b)
	if m == nil {
		return "", fmt.Errorf("%s no longer says `const Version`", source)
	}
	return string(m[1]), nil
}
