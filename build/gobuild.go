package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// windowPackages are the Debian packages that the window is built from.
const windowPackages = "libgtk-3-dev libwebkit2gtk-4.1-dev pkg-config build-essential"

// install is the one command that brings the packages.
func install(packages string) string {
	return "sudo apt-get install -y --no-install-recommends " + packages
}

// canBuildWindow reports whether the window can be compiled here for this
// system. Windows needs nothing; the others need a C compiler and headers.
func canBuildWindow(ctx context.Context) bool {
	switch runtime.GOOS {
	case "windows":
		return true
	case "darwin":
		_, err := output(ctx, "xcode-select", "-p")
		return err == nil
	case "linux":
		return has("pkg-config") && has("gcc") &&
			program(ctx, "", nil, "pkg-config", "--exists", "gtk+-3.0", "webkit2gtk-4.1").Run() == nil
	}
	return false
}

// hasDisplay reports whether a window or a browser could be seen here.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// binary describes one executable to build.
type binary struct {
	out      string
	os, arch string // empty: this system
	window   bool
	tags     []string
	release  bool // stripped, without paths of this machine
}

func (b binary) build(ctx context.Context) error {
	if b.os == "" {
		b.os, b.arch = runtime.GOOS, runtime.GOARCH
	}
	tags, link := b.tags, ""
	cgo := "0"
	if b.window {
		tags = append([]string{"desktop", "production"}, tags...)
		if b.os == "linux" {
			tags = append(tags, "webkit2_41")
		}
		if b.os != "windows" {
			cgo = "1"
		}
	}
	args := []string{"build", "-o", b.out}
	if len(tags) > 0 {
		args = append(args, "-tags", strings.Join(tags, ","))
	}
	if b.release {
		link = "-s -w"
		args = append(args, "-trimpath")
	} else {
		args = append(args, "-buildvcs=false") // a clone owned by somebody else still builds
	}
	if b.window && b.os == "windows" {
		link = strings.TrimSpace(link + " -H windowsgui")
	}
	if link != "" {
		args = append(args, "-ldflags", link)
	}
	env := []string{"CGO_ENABLED=" + cgo, "GOOS=" + b.os, "GOARCH=" + b.arch}
	return step(ctx, "", env, "go", append(args, ".")...)
}

// executable is name as a file of this system.
func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// tool is a Go program of build/tools.mod, built once per version of it and of
// Go, and kept in the user's cache.
func tool(ctx context.Context, module, pkg string) (string, error) {
	version, err := output(ctx, "go", "list", "-modfile=build/tools.mod", "-m", "-f", "{{.Version}}", module)
	if err != nil {
		return "", err
	}
	goVersion, err := output(ctx, "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "gatehouse", "tools", executable(filepath.Base(pkg)+"-"+version+"-"+goVersion))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	say("build: compiling %s %s, once", filepath.Base(pkg), version)
	return path, step(ctx, "", []string{"CGO_ENABLED=0"}, "go", "build", "-modfile=build/tools.mod", "-o", path, pkg)
}

// digest is the SHA-256 over the names and contents of files, in their order.
func digest(files []string) (string, error) {
	h := sha256.New()
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(name), len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
