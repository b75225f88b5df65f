package vault

import (
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gatehouse/backend/iam"
)

// A key file is one line: 32 random bytes in base64 (RFC 4648, padded).

// readKeyFile reads the secret of a key file that only its owner can read.
func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, iam.Errorf(iam.Unavailable, "The key file %s does not exist: put it back, or name another with --vault-key-file FILE.", name).In("keyFile").By(err)
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(name, err)
	}
	// Windows has no such bits; there the folder's access list decides.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, iam.Errorf(iam.Unavailable, "The key file %s can be read by others (mode %04o): run chmod 600 %s.", name, info.Mode().Perm(), name).In("keyFile")
	}
	b, err := io.ReadAll(io.LimitReader(f, 256))
	defer clear(b)
	if err != nil {
		return nil, unreadable(name, err)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != keySize {
		// The decoder's error is left out: it quotes what it read.
		return nil, iam.Errorf(iam.Unavailable, "The key file %s does not hold a key: it must be %d bytes in base64.", name, keySize).In("keyFile")
	}
	return secret, nil
}

// CheckKeyFile refuses a key file that could not be used, before anything else is
// asked. One that does not exist is made when it is needed.
func CheckKeyFile(name string) error {
	if _, err := os.Stat(name); name == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	secret, err := readKeyFile(name)
	clear(secret)
	return err
}

// ensureKeyFile reads the key file, making it first if it does not exist.
func ensureKeyFile(name string) ([]byte, error) {
	if _, err := os.Lstat(name); err == nil {
		return readKeyFile(name)
	}
	secret, err := random(keySize)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, unreadable(name, err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(secret) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil && runtime.GOOS != "windows" {
		err = syncFolder(filepath.Dir(name))
	}
	if err != nil {
		return nil, errors.Join(unreadable(name, err), os.Remove(name))
	}
	return secret, nil
}

// syncFolder makes a new file's name last through a power loss.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func unreadable(name string, cause error) error {
	return iam.Errorf(iam.Unavailable, "The key file %s cannot be read or made: check the folder and its rights, or name another with --vault-key-file FILE.", name).In("keyFile").By(cause)
}
