package task

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// DirObjects keeps objects as files: a bucket is a directory right below the root, the key is the path below it. Nothing outside
// of the root can be reached, neither by ".." nor by symbolic links. Keys that are no clean relative paths ("a//b", "/a", "../a")
// name no object. It serves local runs: data sets in files, results to look at.
type DirObjects struct{ root *os.Root }

var _ Objects = (*DirObjects)(nil)

// OpenDir opens a directory as a place for objects. Close it when it is not used any more.
func OpenDir(dir string) (*DirObjects, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("task: objects: %w", err)
	}
	return &DirObjects{root}, nil
}

// Close releases the directory.
func (d *DirObjects) Close() error { return d.root.Close() }

// filePath returns the path of an object below the root.
func filePath(name ObjectName) (string, error) {
	if !fs.ValidPath(name.Bucket) || name.Bucket == "." || strings.Contains(name.Bucket, "/") {
		return "", fmt.Errorf("%w: %.64q", ErrNoBucket, name.Bucket)
	}
	if !fs.ValidPath(name.Key) || name.Key == "." {
		return "", fmt.Errorf("%w: %.64q in %.64q", ErrNoObject, name.Key, name.Bucket)
	}
	return path.Join(name.Bucket, name.Key), nil
}

// Get implements [Objects]. Files have no versions.
func (d *DirObjects) Get(ctx context.Context, name ObjectName) (io.ReadCloser, error) {
	return FSObjects{d.root.FS()}.Get(ctx, name)
}

// List implements [Objects]. It walks the whole bucket for each page.
func (d *DirObjects) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Object, error) {
	return FSObjects{d.root.FS()}.List(ctx, bucket, prefix, after, limit)
}

// Put implements [Objects].
func (d *DirObjects) Put(_ context.Context, name ObjectName, body []byte) (err error) {
	at, err := filePath(name)
	if err != nil {
		return err
	}
	if err := d.root.MkdirAll(path.Dir(at), 0o755); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	next := at + ".part"
	if err := d.root.WriteFile(next, body, 0o644); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	if err := d.root.Rename(next, at); err != nil {
		return fmt.Errorf("task: objects: %w", err)
	}
	return nil
}

// etag is the ETag that S3 gives an object which was put as a whole.
func etag(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}
