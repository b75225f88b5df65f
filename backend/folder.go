package backend

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/backend/iam"
)

// prepareFolder makes the data folder, for this OS user alone, and refuses one
// in which SQLite's locks and journal cannot be trusted.
func prepareFolder(dir string) error {
	if dir == "" {
		return iam.Errorf(iam.Invalid, "No data folder is given.").Fix("Name one with --data.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return iam.Errorf(iam.Unavailable, "The data folder %s cannot be made.", dir).Fix("Choose a folder you may write to with --data.").By(err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if name := syncedBy(abs); name != "" {
		return iam.Errorf(iam.Unsupported, "The data folder %s is synchronised by %s, which would damage the database and copy it elsewhere.", abs, name).
			Fix("Choose a folder on a local disk with --data.")
	}
	if kind := networkFileSystem(abs); kind != "" {
		return iam.Errorf(iam.Unsupported, "The data folder %s is on a network file system (%s), where the database's locks do not hold.", abs, kind).
			Fix("Choose a folder on a local disk with --data; a second person uses gatehouse serve and a browser.")
	}
	return nil
}

// syncedBy names the cloud service whose folder dir lies in, empty if none.
func syncedBy(dir string) string {
	for _, part := range strings.Split(filepath.ToSlash(dir), "/") {
		for _, name := range []string{"Dropbox", "OneDrive", "Google Drive", "GoogleDrive", "iCloud Drive", "Mobile Documents", "Nextcloud", "ownCloud"} {
			if strings.EqualFold(part, name) || name == "OneDrive" && strings.HasPrefix(strings.ToLower(part), "onedrive - ") {
				return name
			}
		}
	}
	return ""
}

// errHeld says that another process holds the lock.
var errHeld = errors.New("the lock is held")

// patience is how long to wait for a process that is about to end.
const patience = 3 * time.Second

// lockFolder takes DIR/lock. The system frees it when the process ends, however
// it ends.
func lockFolder(dir string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, iam.Errorf(iam.Unavailable, "The data folder %s cannot be written to.", dir).Fix("Choose a folder you may write to with --data.").By(err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		err = lockFile(f)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, errHeld) || time.Now().After(until) || answers(dir) {
			break
		}
	}
	_ = f.Close()
	if errors.Is(err, errHeld) {
		return nil, iam.Errorf(iam.Conflict, "Another Gatehouse process owns the data folder %s.", dir).
			Fix("Close it, or use the command line, which speaks to it.").By(err)
	}
	return nil, iam.Errorf(iam.Unavailable, "The lock of the data folder %s cannot be taken.", dir).By(err)
}
